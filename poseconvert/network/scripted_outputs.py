"""TorchScript that returns a dict or a list: the same network, returning a tuple."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def with_tuple_outputs(network: torch.jit.ScriptModule, example: Sequence[Tensor]) -> nn.Module:
    """Return ``network`` with its dict or list as a tuple, in the same order.

    Its own code stays as it was scripted, branches and loops too. Frozen, the dict is gone,
    which exporters have no op for.
    """
    flat = _Tuple(network)
    flat.training = False  # not eval(): a frozen network has no mode
    traced: Any = torch.jit.trace(flat, tuple(example), check_trace=False)  # type: ignore[no-untyped-call]
    buffer = io.BytesIO()  # a frozen trace shares memory with what it was made of: read it anew
    torch.jit.save(torch.jit.freeze(traced), buffer)
    buffer.seek(0)
    made: nn.Module = torch.jit.load(buffer)  # type: ignore[no-untyped-call]
    return made


class _Tuple(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        outputs = self.network(*inputs)
        return tuple(outputs.values() if isinstance(outputs, Mapping) else outputs)
