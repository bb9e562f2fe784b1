"""MIL op ``upsample_bilinear``, of family ``image_resizing``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from poseconvert.mil.ops.image_resizing.grids import grid_points, interpolated
from poseconvert.mil.ops.image_resizing.upsampling import scaled_sizes
from poseconvert.mil.ops.shared import Array, Facts, Variant, op, tensor


def _doubt_corners(given: Mapping[str, Any]) -> Iterator[Variant]:
    for align, half in ((False, False), (False, True), (True, False)):
        arguments: dict[str, Any] = {"align_corners": align}
        if "half_pixel_centers" in given:
            arguments["half_pixel_centers"] = half
        yield Variant("resize mode", f"align_corners {align}", arguments)


@op("upsample_bilinear", since="CoreML5", facts=Facts(doubts=_doubt_corners))
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


@op("upsample_bilinear", since="CoreML6", facts=Facts(doubts=_doubt_corners))
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


def _bilinear(
    x: Array, height_factor: float, width_factor: float, align_corners: bool, centred: bool
) -> Array:
    if align_corners and centred:
        raise ValueError("align_corners and half_pixel_centers exclude each other")
    sizes, outs = scaled_sizes(x, height_factor, width_factor)
    mode = "STRICT_ALIGN_CORNERS" if align_corners else "UNALIGN_CORNERS" if centred else "DEFAULT"
    y = tensor(x)
    for axis, size, out in zip((-1, -2), sizes[::-1], outs[::-1], strict=True):
        y = interpolated(y, axis, grid_points(mode, size, out))
    return y.numpy()
