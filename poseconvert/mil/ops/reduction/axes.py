"""Over several axes, or all, for family ``reduction``; integers wrap, or are cut where real."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from poseconvert.mil.ops.shared import Array, integers, saturated, tensor
from poseconvert.mil.ops.shared.fp16_accumulate import running_sum


def reduce_over(
    reduction: Callable[..., torch.Tensor], x: Array, axes: Array | None, keep_dims: bool
) -> Array:
    """Apply a torch reduction over the axes, or over all of them."""
    x = np.asarray(x)
    dims = list(range(x.ndim)) if axes is None else integers(axes)
    if not dims:
        return x
    return reduction(tensor(x), dim=dims, keepdim=keep_dims).numpy()


def as_real(x: Array) -> Array:
    """Integers as float64, for functions that leave the integers."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def back_from_real(x: Array, real: Array) -> Array:
    """Bring a real result back to the integers when ``x`` holds integers."""
    return real if np.asarray(x).dtype.kind == "f" else saturated(real, "int32")


def reduce_sum_in_fp16(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """Sum with one running fp16 sum over the reduced dimensions."""
    chosen = range(x.ndim) if axes is None else [axis % x.ndim for axis in integers(axes)]
    kept = [axis for axis in range(x.ndim) if axis not in chosen]
    ordered = tensor(x).float().permute(*kept, *sorted(chosen))
    flat = ordered.reshape(*ordered.shape[: len(kept)], -1)
    total = running_sum(torch.zeros(flat.shape[:-1]), flat.unbind(-1)).numpy()
    return np.expand_dims(total, tuple(sorted(chosen))) if keep_dims else total
