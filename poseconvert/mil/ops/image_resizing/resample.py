"""MIL op ``resample``, of family ``image_resizing``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.image_resizing.coordinates import as_element
from poseconvert.mil.ops.image_resizing.points import bilinear_at, taken_at
from poseconvert.mil.ops.shared import Array, op, tensor

_PADDING_MODES = ("constant", "border", "reflection", "symmetric")


_COORDINATES = ("unnormalized", "normalized_minus_one_to_one", "normalized_zero_to_one")


@op("resample", since="CoreML5")
def resample(
    *,
    x: Array,
    coordinates: Array,
    sampling_mode: str,
    padding_mode: str,
    padding_value: float,
    coordinates_mode: str,
    align_corners: bool,
) -> Array:
    """``y[b, c, i, j] = x[b, c]`` at row ``coordinates[b, i, j, 1]``, column ``[b, i, j, 0]``.

    Coordinates outside are first brought inside: ``border`` holds them at the edge, ``reflection``
    mirrors them at the first and last element, ``symmetric`` half an element farther out;
    ``constant`` reads ``padding_value`` there. Then ``bilinear`` interpolates, ``nearest`` rounds,
    halves to even. ``align_corners`` only tells what normalised coordinates mean.

    Shapes
    ------
    ``x``: [B, C, H, W]; ``coordinates``: [B, h, w, 2]; result: [B, C, h, w].

    Raises
    ------
    ValueError
        A mode is unknown, or the shapes do not fit each other.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``resample``; the order of folding and
    rounding: mil/ops/tests/iOS15/test_image_resizing.py, ``TestResample``.
    """
    if (
        sampling_mode not in ("bilinear", "nearest")
        or padding_mode not in _PADDING_MODES
        or coordinates_mode not in _COORDINATES
    ):
        raise ValueError(
            f'unknown mode "{sampling_mode}", "{padding_mode}" or "{coordinates_mode}"'
        )
    fits = x.ndim == 4 and coordinates.ndim == 4 and coordinates.shape[::3] == (x.shape[0], 2)
    if not fits or 0 in x.shape:
        raise ValueError(f"coordinates {coordinates.shape} do not fit x {x.shape}")
    columns, rows = (
        _folded(as_element(part, size, coordinates_mode, align_corners), size, padding_mode)
        for part, size in zip(tensor(coordinates).double().unbind(-1), x.shape[:1:-1], strict=True)
    )
    batch = torch.arange(x.shape[0])[:, None, None]
    value = float(padding_value)
    if sampling_mode == "nearest":
        y = taken_at(tensor(x), batch, rows.round(), columns.round(), outside=value)
    else:
        y = bilinear_at(tensor(x), batch, rows, columns, outside=value)
    return y.numpy()


def _folded(points: torch.Tensor, size: int, padding_mode: str) -> torch.Tensor:
    """Bring points inside [0, size - 1], but for ``constant``."""
    if padding_mode == "constant":
        return points
    points = points.nan_to_num(nan=0, posinf=0, neginf=0) if padding_mode != "border" else points
    if padding_mode in ("reflection", "symmetric"):
        low = 0.0 if padding_mode == "reflection" else -0.5
        span = size - 1 - 2 * low
        away = (points - low).abs() % (2 * span) if span else torch.zeros_like(points)
        points = low + torch.minimum(away, 2 * span - away)
    return points.clamp(0, size - 1)
