"""MIL op ``resize_nearest_neighbor``, of family ``image_resizing``."""

from __future__ import annotations

from poseconvert.mil.ops.image_resizing.resizing import as_image, resized
from poseconvert.mil.ops.shared import Array, op


@op("resize_nearest_neighbor", since="CoreML5")
def resize_nearest_neighbor(*, x: Array, target_size_height: int, target_size_width: int) -> Array:
    """``y[i, j] = x[floor((i + 0.5) * H / H_out), floor((j + 0.5) * W / W_out)]``.

    Shapes
    ------
    ``x``: [..., H, W], rank 3 or more; result: [..., target height, target width].

    Raises
    ------
    ValueError
        The rank is below 3, or the result would be empty or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``resize_nearest_neighbor``, which gives
    no formula; this is what coremltools lowers to it: TensorFlow's ``ResizeNearestNeighbor`` with
    ``half_pixel_centers`` (frontend/tensorflow/ops.py; without them it takes
    ``upsample_nearest_neighbor``).
    """
    targets = [target_size_height, target_size_width]
    return resized(as_image(x), targets, "NEAREST_NEIGHBOR", "DEFAULT")
