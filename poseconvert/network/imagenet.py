"""The normalisation of networks trained from ImageNet weights, as part of the graph.

Source: pytorch/examples `imagenet/main.py`: mean and standard deviation of RGB in 0-1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class FromPixels(nn.Module):
    """``(x / 255 - mean) / std`` of (N, 3, H, W) in 0-255, per channel in RGB order."""

    def __init__(self) -> None:
        super().__init__()
        mean, std = torch.tensor(MEAN), torch.tensor(STD)
        # Not among the weights: a checkpoint does not have them.
        self.scale = nn.Buffer((1 / (255 * std)).reshape(1, 3, 1, 1), persistent=False)
        self.bias = nn.Buffer((-mean / std).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map pixels to what the network was trained on."""
        return x * self.scale + self.bias
