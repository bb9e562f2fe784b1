"""Resizing along both axes, for the ops of family ``image_resizing`` that resize."""

from __future__ import annotations

from poseconvert.mil.ops.image_resizing.grids import (
    SAMPLING_MODES,
    grid_points,
    interpolated,
    nearest_indices,
)
from poseconvert.mil.ops.shared import Array, bounded, tensor


def as_image(x: Array) -> Array:
    """View the last two axes as a picture: [N, C, H, W]; fewer than three axes are a ValueError."""
    if x.ndim < 3:
        raise ValueError(f"x {x.shape} has rank {x.ndim}, expected 3 or more")
    return x


def resized(x: Array, targets: list[int], interpolation: str, sampling: str) -> Array:
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
