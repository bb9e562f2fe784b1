"""SimCC: a joint is the peaks of two vectors, one along each axis."""

from __future__ import annotations

import numpy as np

from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, Tensor, float_tensor, require_shape


def simcc(outputs: Outputs, spec: DecodeSpec) -> tuple[Float64Array, Float64Array, Cells]:
    """Return positions (N, J, 2), scores (N, J) and cells (N, J) of a SimCC head.

    The score is the lower of the two peaks. Of equal bins the first is taken; NaN is never one.

    Source: ``open-mmlab/mmpose:mmpose/codecs/utils/post_processing.py`` ``get_simcc_maximum``.

    Raises
    ------
    DecodeError
        A vector is missing, not float, or of another length.
    """
    along_x, along_y = simcc_vectors(outputs, spec)
    (x, high), (y, tall) = _peak(along_x), _peak(along_y)
    geometry = geometry_of(spec)
    cell: Cells = y * spec.grid[1] + x
    position = geometry.origin + geometry.step * np.stack([x, y], axis=-1)
    return position, np.minimum(high, tall), cell


def simcc_vectors(outputs: Outputs, spec: DecodeSpec) -> tuple[Tensor, Tensor]:
    """Return the vectors along x (N, J, W) and along y (N, J, H)."""
    along_x = float_tensor(outputs, spec.heatmap)
    along_y = float_tensor(outputs, spec.offset)
    height, width = spec.grid
    require_shape(along_x, (len(along_x), spec.joints, width), name=spec.heatmap)
    require_shape(along_y, (len(along_x), spec.joints, height), name=spec.offset)
    return along_x, along_y


def _peak(vectors: Tensor) -> tuple[Cells, Float64Array]:
    place = vectors.argmax(axis=2)
    height = np.take_along_axis(vectors, place[..., None], axis=2)[..., 0]
    if np.isnan(height).any():  # argmax takes NaN for the largest value: look again without
        known = np.where(np.isnan(vectors), -np.inf, vectors)
        place = known.argmax(axis=2)
        height = np.take_along_axis(known, place[..., None], axis=2)[..., 0]
    return place, height.astype(np.float64)


def simcc_margins(outputs: Outputs, spec: DecodeSpec) -> Float64Array:
    """Return (N, J): peak minus the best value more than a bin away, the lesser of both axes."""
    return np.minimum(*(_margin(vectors) for vectors in simcc_vectors(outputs, spec)))


def _margin(vectors: Tensor) -> Float64Array:
    place, height = _peak(vectors)
    away = np.abs(np.arange(vectors.shape[2]) - place[..., None]) > 1
    elsewhere = np.where(away, vectors, -np.inf)
    margin: Float64Array = height - np.fmax.reduce(elsewhere, axis=2)
    return margin
