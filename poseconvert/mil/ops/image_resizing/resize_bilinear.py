"""MIL op ``resize_bilinear``, of family ``image_resizing``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from poseconvert.mil.ops.image_resizing.resizing import as_image, resized
from poseconvert.mil.ops.shared import Array, Facts, Variant, op


def _doubt_grid(_: Mapping[str, Any]) -> Iterator[Variant]:
    for mode in (
        "DEFAULT",
        "STRICT_ALIGN_CORNERS",
        "ALIGN_CORNERS",
        "UNALIGN_CORNERS",
        "OFFSET_CORNERS",
    ):
        yield Variant("resize mode", f"sampling_mode {mode}", {"sampling_mode": mode})


@op("resize_bilinear", since="CoreML5", facts=Facts(doubts=_doubt_grid))
def resize_bilinear(
    *,
    x: Array,
    target_size_height: int = 1,
    target_size_width: int = 1,
    sampling_mode: str = "DEFAULT",
) -> Array:
    """``y[i, j]`` is interpolated between the four elements around ``(g(i), g(j))``.

    ``g`` is the grid of ``sampling_mode``, see ``grids.grid_points``.

    Shapes
    ------
    ``x``: [..., H, W], rank 3 or more; result: [..., target height, target width].

    Raises
    ------
    ValueError
        The rank is below 3, the mode is unknown, or the result would be empty or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``resize_bilinear``.
    """
    target = [int(target_size_height), int(target_size_width)]
    return resized(as_image(x), target, "LINEAR", sampling_mode)
