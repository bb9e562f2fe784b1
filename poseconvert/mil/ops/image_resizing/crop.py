"""``crop``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, integers, op


@op("crop", since="CoreML5")
def crop(*, x: Array, crop_height: Array, crop_width: Array) -> Array:
    """``y[..., i, j] = x[..., i + crop_height[0], j + crop_width[0]]``.

    Shapes
    ------
    ``x``: [..., H, W], rank 3 or more; ``crop_height``, ``crop_width``: [2], before and after;
    result: [..., H - both, W - both].

    Raises
    ------
    ValueError
        The rank is below 3, or the crops do not fit ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``crop``.
    """
    crops = [integers(crop_height), integers(crop_width)]
    fits = x.ndim >= 3 and all(
        len(pair) == 2 and min(pair) >= 0 and sum(pair) <= size
        for pair, size in zip(crops, x.shape[-2:], strict=False)
    )
    if not fits:
        raise ValueError(f"crop_height {crops[0]}, crop_width {crops[1]} do not fit x {x.shape}")
    (top, bottom), (left, right) = crops
    height, width = x.shape[-2:]
    return x[..., top : height - bottom, left : width - right]
