"""``resize_bilinear``, ``resize_nearest_neighbor`` and ``resize``: sizes given as numbers."""

from __future__ import annotations

from poseconvert.mil.ops.image_resizing.grids import (
    SAMPLING_MODES,
    grid_points,
    interpolated,
    nearest_indices,
)
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers, tensor


@op("resize_bilinear", since="CoreML5")
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
    return _resized(_image(x), [target_size_height, target_size_width], "LINEAR", sampling_mode)


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
    return _resized(_image(x), targets, "NEAREST_NEIGHBOR", "DEFAULT")


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
    return _resized(x, sizes, interpolation_mode, sampling_mode)


def _image(x: Array) -> Array:
    if x.ndim < 3:
        raise ValueError(f"x {x.shape} has rank {x.ndim}, expected 3 or more")
    return x


def _resized(x: Array, targets: list[int], interpolation: str, sampling: str) -> Array:
    """Resize the last dimensions, one by one, the last of them first."""
    if sampling not in SAMPLING_MODES or interpolation not in ("LINEAR", "NEAREST_NEIGHBOR"):
        raise ValueError(f'unknown mode "{interpolation}" or "{sampling}"')
    if interpolation == "LINEAR" and x.dtype.kind != "f":
        raise ValueError(f"x is {x.dtype}: how integers are interpolated is not known")
    sizes = x.shape[x.ndim - len(targets) :]
    bounded([*x.shape[: x.ndim - len(targets)], *map(max, sizes, targets)])
    if min((*targets, *sizes), default=1) < 1:
        raise ValueError(f"x {x.shape} resized to {targets} is empty")
    y = tensor(x)
    for axis, size, target in zip(
        range(-1, -len(targets) - 1, -1), sizes[::-1], targets[::-1], strict=True
    ):
        if interpolation == "LINEAR":
            y = interpolated(y, axis, grid_points(sampling, size, target))
        else:
            y = y.index_select(axis, nearest_indices(sampling, size, target))
    return y.numpy()
