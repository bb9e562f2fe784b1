"""``resample`` and ``affine``: pictures read at given or computed coordinates."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.image_resizing.points import bilinear_at, taken_at
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, tensor

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
        _folded(_element(part, size, coordinates_mode, align_corners), size, padding_mode)
        for part, size in zip(tensor(coordinates).double().unbind(-1), x.shape[:1:-1], strict=True)
    )
    batch = torch.arange(x.shape[0])[:, None, None]
    value = float(padding_value)
    if sampling_mode == "nearest":
        y = taken_at(tensor(x), batch, rows.round(), columns.round(), outside=value)
    else:
        y = bilinear_at(tensor(x), batch, rows, columns, outside=value)
    return y.numpy()


@op("affine", since="CoreML5")
def affine(
    *,
    x: Array,
    transform_matrix: Array,
    output_height: int,
    output_width: int,
    sampling_mode: str,
    padding_mode: str,
    padding_value: float,
    coordinates_mode: str,
    align_corners: bool,
) -> Array:
    """``y[i, j] = x`` at column ``a0 * u + a1 * v + a2``, row ``b0 * u + b1 * v + b2``.

    ``u`` and ``v`` are the column and row of the output, all four in [-1, 1]; between elements
    ``x`` is bilinear, outside it is 0.

    Shapes
    ------
    ``x``: [B, C, H, W]; ``transform_matrix``: [B or 1, 6], ``a0 a1 a2 b0 b1 b2``; result:
    [B, C, output height, output width].

    Raises
    ------
    ValueError
        A mode is not the one that Core ML has, or the shapes do not fit each other.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``affine``; without ``align_corners``
    (declared unsupported, but converted) as PyTorch's ``affine_grid``.
    """
    modes = (sampling_mode.lower(), padding_mode.lower(), coordinates_mode.lower())
    if modes != ("bilinear", "constant", "normalized_minus_one_to_one") or float(padding_value):
        raise ValueError(f"modes {modes}, padding_value {float(padding_value)}: Core ML has none")
    if x.ndim != 4 or transform_matrix.shape not in ((1, 6), (x.shape[0], 6)) or 0 in x.shape:
        raise ValueError(f"transform_matrix {transform_matrix.shape} does not fit x {x.shape}")
    bounded([x.shape[0], x.shape[1], output_height, output_width])
    matrix = tensor(transform_matrix).double()[:, :, None, None]
    u = _ends(output_width, align_corners)
    v = _ends(output_height, align_corners)[:, None]
    columns = matrix[:, 0] * u + matrix[:, 1] * v + matrix[:, 2]
    rows = matrix[:, 3] * u + matrix[:, 4] * v + matrix[:, 5]
    batch = torch.arange(x.shape[0])[:, None, None]
    y = bilinear_at(
        tensor(x),
        batch,
        _element(rows, x.shape[2], coordinates_mode.lower(), align_corners),
        _element(columns, x.shape[3], coordinates_mode.lower(), align_corners),
        outside=0.0,
    )
    return y.numpy()


def _ends(count: int, align_corners: bool) -> torch.Tensor:
    """Centres of ``count`` elements in [-1, 1], float64 [count]; a single one is at 0."""
    if align_corners and count > 1:
        return torch.linspace(-1, 1, count, dtype=torch.float64)
    return (2 * torch.arange(count, dtype=torch.float64) + 1) / count - 1


def _element(
    points: torch.Tensor, size: int, coordinates_mode: str, align_corners: bool
) -> torch.Tensor:
    """Turn coordinates into elements, 0 being the centre of the first one."""
    if coordinates_mode == "unnormalized":
        return points
    if coordinates_mode == "normalized_minus_one_to_one":
        points = (points + 1) / 2
    return points * (size - 1) if align_corners else points * size - 0.5


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
