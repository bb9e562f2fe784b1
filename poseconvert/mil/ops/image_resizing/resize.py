"""MIL op ``resize``, of family ``image_resizing``."""

from __future__ import annotations

from poseconvert.mil.ops.image_resizing.resizing import resized
from poseconvert.mil.ops.shared import Array, integers, op


@op("resize", since="CoreML7")
def resize(
    *,
    x: Array,
    shape: Array,
    resized_dims: int,
    interpolation_mode: str = "LINEAR",
    sampling_mode: str = "DEFAULT",
) -> Array:
    """``y`` is ``x`` read at ``g(i)`` along each of its last ``resized_dims`` dimensions.

    ``LINEAR`` interpolates at the grid of ``sampling_mode``, see ``grids.grid_points``;
    ``NEAREST_NEIGHBOR`` takes an element, see ``grids.nearest_indices``.

    Shapes
    ------
    ``x``: any; ``shape``: [k], ``resized_dims <= k <= rank of x``; result: the last
    ``resized_dims`` sizes are those of ``shape``, where 0 stands for the size in ``x``.

    Dtypes
    ------
    ``x``: float, or int32 with ``NEAREST_NEIGHBOR``.

    Raises
    ------
    ValueError
        A mode is unknown, ``shape`` does not fit ``x``, integers are to be interpolated, or the
        result would be empty or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/image_resizing.py, ``resize``; the elements that
    ``NEAREST_NEIGHBOR`` takes: mil/ops/tests/iOS17/test_image_resizing.py, ``TestResize``, and
    TensorFlow's ``ResizeNearestNeighbor`` with ``half_pixel_centers``, which is lowered to it.
    """
    targets = integers(shape)
    if not 0 <= resized_dims <= len(targets) <= x.ndim:
        raise ValueError(f"shape {targets}, resized_dims {resized_dims} do not fit x {x.shape}")
    chosen = targets[len(targets) - resized_dims :]
    kept = x.shape[x.ndim - resized_dims :]
    sizes = [target or size for target, size in zip(chosen, kept, strict=True)]
    return resized(x, sizes, interpolation_mode, sampling_mode)
