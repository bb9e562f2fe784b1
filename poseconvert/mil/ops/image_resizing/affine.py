"""MIL op ``affine``, of family ``image_resizing``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.image_resizing.coordinates import as_element
from poseconvert.mil.ops.image_resizing.points import bilinear_at
from poseconvert.mil.ops.shared import Array, bounded, op, tensor


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
        as_element(rows, x.shape[2], coordinates_mode.lower(), align_corners),
        as_element(columns, x.shape[3], coordinates_mode.lower(), align_corners),
        outside=0.0,
    )
    return y.numpy()


def _ends(count: int, align_corners: bool) -> torch.Tensor:
    """Centres of ``count`` elements in [-1, 1], float64 [count]; a single one is at 0."""
    if align_corners and count > 1:
        return torch.linspace(-1, 1, count, dtype=torch.float64)
    return (2 * torch.arange(count, dtype=torch.float64) + 1) / count - 1
