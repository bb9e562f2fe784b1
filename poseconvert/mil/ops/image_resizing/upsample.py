"""``upsample_nearest_neighbor`` and ``upsample_bilinear``: sizes given as factors."""

from __future__ import annotations

from math import floor

import numpy as np
import torch

from poseconvert.mil.ops.image_resizing.grids import grid_points, interpolated
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, tensor


@op("upsample_nearest_neighbor", since="CoreML5")
def upsample_nearest_neighbor(
    *, x: Array, scale_factor_height: float = 1, scale_factor_width: float = 1
) -> Array:
    """``y[i, j] = x[floor(i * H / H_out), floor(j * W / W_out)]``.

    Shapes
    ------
    ``x``: [..., H, W], rank 3 or more; result: [..., floor(H * factor), floor(W * factor)].

    Raises
    ------
    ValueError
        The rank is below 3, or the result would be empty or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``upsample_nearest_neighbor``; for
    fractional factors the source does not say which grid is used: this is PyTorch's.
    """
    sizes, outs = _sizes(x, scale_factor_height, scale_factor_width)
    y = tensor(x)
    for axis, size, out in zip((-1, -2), sizes[::-1], outs[::-1], strict=True):
        y = y.index_select(axis, torch.arange(out) * size // out)
    return y.numpy()


@op("upsample_bilinear", since="CoreML5")
def upsample_bilinear_ios15(
    *,
    x: Array,
    scale_factor_height: float = 1,
    scale_factor_width: float = 1,
    align_corners: bool = True,
) -> Array:
    """``y[i, j]`` is interpolated between the four elements around ``(g(i), g(j))``.

    ``g(i) = i * (H - 1) / (H_out - 1)`` with ``align_corners``, else
    ``g(i) = (i + 0.5) * H / H_out - 0.5``, held inside ``x``.

    Shapes
    ------
    ``x``: [..., H, W], rank 3 or more; result: [..., floor(H * factor), floor(W * factor)].

    Raises
    ------
    ValueError
        The rank is below 3, or the result would be empty or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``upsample_bilinear``.
    """
    return _bilinear(x, scale_factor_height, scale_factor_width, align_corners, not align_corners)


@op("upsample_bilinear", since="CoreML6")
def upsample_bilinear_ios16(
    *,
    x: Array,
    scale_factor_height: float = 1,
    scale_factor_width: float = 1,
    align_corners: bool = True,
    half_pixel_centers: bool | None = None,
) -> Array:
    """``y[i, j]`` is interpolated between the four elements around ``(g(i), g(j))``.

    As in iOS 15; ``half_pixel_centers`` is ``not align_corners`` unless given, and where both are
    false ``g(i) = i * H / H_out``.

    Shapes
    ------
    ``x``: [..., H, W], rank 3 or more; result: [..., floor(H * factor), floor(W * factor)].

    Raises
    ------
    ValueError
        The rank is below 3, the result would be empty or too large, or both flags are true.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/image_resizing.py, ``upsample_bilinear``.
    """
    centred = (not align_corners) if half_pixel_centers is None else half_pixel_centers
    return _bilinear(x, scale_factor_height, scale_factor_width, align_corners, centred)


def _sizes(x: Array, height_factor: float, width_factor: float) -> tuple[list[int], list[int]]:
    """Height and width before and after."""
    if x.ndim < 3:
        raise ValueError(f"x {x.shape} has rank {x.ndim}, expected 3 or more")
    factors = (height_factor, width_factor)
    outs = [
        floor(size * np.float32(factor)) for size, factor in zip(x.shape[-2:], factors, strict=True)
    ]
    bounded([*x.shape[:-2], *outs])
    if min(outs) < 1:
        raise ValueError(f"x {x.shape} scaled by {factors} is empty")
    return list(x.shape[-2:]), outs


def _bilinear(
    x: Array, height_factor: float, width_factor: float, align_corners: bool, centred: bool
) -> Array:
    if align_corners and centred:
        raise ValueError("align_corners and half_pixel_centers exclude each other")
    sizes, outs = _sizes(x, height_factor, width_factor)
    mode = "STRICT_ALIGN_CORNERS" if align_corners else "UNALIGN_CORNERS" if centred else "DEFAULT"
    y = tensor(x)
    for axis, size, out in zip((-1, -2), sizes[::-1], outs[::-1], strict=True):
        y = interpolated(y, axis, grid_points(mode, size, out))
    return y.numpy()
