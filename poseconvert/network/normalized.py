"""Picture normalisation in front of a network that expects it outside."""

from __future__ import annotations

import torch
from torch import Tensor, nn

PerChannel = tuple[float, float, float]


class Normalized(nn.Module):
    """``network(x * scale + bias)`` on (N, 3, H, W), per channel in RGB order."""

    def __init__(self, network: nn.Module, *, scale: PerChannel, bias: PerChannel):
        super().__init__()
        self.network = network
        self.scale = nn.Buffer(torch.tensor(scale).reshape(1, 3, 1, 1))
        self.bias = nn.Buffer(torch.tensor(bias).reshape(1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) in 0-255 to whatever the network returns."""
        out: Tensor = self.network(x * self.scale + self.bias)
        return out


def normalized(network: nn.Module, *, scale: PerChannel, bias: PerChannel) -> nn.Module:
    """Put the normalisation in front of ``network``, TorchScript or not."""
    wrapped = Normalized(network, scale=scale, bias=bias).eval()
    if isinstance(network, torch.jit.ScriptModule):
        return torch.jit.script(wrapped)
    return wrapped
