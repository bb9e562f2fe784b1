"""Picture normalisation in front of a network that expects it outside."""

from __future__ import annotations

from typing import no_type_check

import torch
from torch import Tensor, nn

PerChannel = tuple[float, float, float]


class Normalized(nn.Module):
    """``network(x * scale + bias)`` on (N, C, H, W), per channel, in RGB order where C is 3."""

    def __init__(self, network: nn.Module, *, scale: tuple[float, ...], bias: tuple[float, ...]):
        super().__init__()
        self.network = network
        self.scale = nn.Buffer(torch.tensor(scale).reshape(1, -1, 1, 1))
        self.bias = nn.Buffer(torch.tensor(bias).reshape(1, -1, 1, 1))

    # No return type: TorchScript then takes the network's own, a tensor or several.
    @no_type_check
    def forward(self, x: Tensor):  # noqa: ANN201
        """Map (N, 3, H, W) in 0-255 to whatever the network returns."""
        return self.network(x * self.scale + self.bias)


def normalized(
    network: nn.Module, *, scale: tuple[float, ...], bias: tuple[float, ...]
) -> nn.Module:
    """Put the normalisation in front of ``network`` (in eval mode), TorchScript or not."""
    wrapped = Normalized(network, scale=scale, bias=bias)
    wrapped.training = False  # not eval(): an exported program refuses the call
    if isinstance(network, torch.jit.ScriptModule):
        return torch.jit.script(wrapped)
    return wrapped
