"""Picture normalisation in front of a network that expects it outside."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Normalization:
    """Per-channel ``x * scale + bias`` on RGB in 0-255, in RGB order."""

    scale: tuple[float, float, float]
    bias: tuple[float, float, float]


class Normalized(nn.Module):
    """``network(x * scale + bias)`` on (N, 3, H, W)."""

    def __init__(self, network: nn.Module, normalization: Normalization):
        super().__init__()
        self.network = network
        self.register_buffer("scale", torch.tensor(normalization.scale).reshape(1, 3, 1, 1))
        self.register_buffer("bias", torch.tensor(normalization.bias).reshape(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) in 0-255 to whatever the network returns."""
        return self.network(x * self.scale + self.bias)  # type: ignore[operator, no-any-return]


def normalized(network: nn.Module, normalization: Normalization) -> nn.Module:
    """Put the normalisation in front of ``network``, TorchScript or not."""
    wrapped = Normalized(network, normalization).eval()
    if isinstance(network, torch.jit.ScriptModule):
        return torch.jit.script(wrapped)
    return wrapped
