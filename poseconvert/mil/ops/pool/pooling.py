"""Windows of a picture and what they reduce to, for family ``pool``."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, tensor
from poseconvert.mil.ops.shared.padding import torch_order
from poseconvert.mil.ops.shared.windows import Windows


def reduce_windows(
    join: Callable[..., torch.Tensor],
    reduce: Callable[..., torch.Tensor],
    x: torch.Tensor,
    windows: Windows,
) -> torch.Tensor:
    """Reduce each window, one dimension after the other.

    Joining whole slices is 5 to 30 times faster than torch's pooling of contiguous tensors.
    """
    places = zip(windows.kernel, windows.strides, windows.outs, strict=True)
    for dim, (k, s, out) in enumerate(places, start=2):
        if out == 1:
            x = reduce(x.narrow(dim, 0, k), dim=dim, keepdim=True)
            continue
        every = (slice(None),) * dim + (slice(None, None, s),)
        slices = [x.narrow(dim, first, (out - 1) * s + 1)[every] for first in range(k)]
        x = slices[0] if k == 1 else join(slices[0], slices[1])
        for following in slices[2:]:
            join(x, following, out=x)
    return x


def window_reach(x: Array, windows: Windows) -> list[int]:
    """Give the padding that lets every window end inside it, in torch's order."""
    return torch_order(
        [
            (before, max(0, (out - 1) * s + k - size - before))
            for size, k, s, (before, _), out in zip(
                x.shape[2:],
                windows.kernel,
                windows.strides,
                windows.pads,
                windows.outs,
                strict=True,
            )
        ]
    )


def pad_to_reach(x: Array, reach: list[int], value: float) -> torch.Tensor:
    """Pad so far that every window lies inside."""
    return F.pad(tensor(x), reach, value=value) if any(reach) else tensor(x)
