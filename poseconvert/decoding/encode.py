"""Keypoints to target tensors: the inverse of decoding, for training and round trips."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Layout, layout_of
from poseconvert.errors import DecodeError


def encode(
    position: npt.NDArray[np.floating[Any]],
    spec: DecodeSpec,
    *,
    score: npt.NDArray[np.floating[Any]] | None = None,
    sigma: float = 1.0,
    dtype: npt.DTypeLike = np.float32,
) -> dict[str, npt.NDArray[np.floating[Any]]]:
    """Make the tensors that decode to these keypoints.

    The heatmap is a Gaussian around the keypoint, scaled so that its highest cell holds the
    score; offsets lead to the keypoint from every cell. Decoding gives keypoints inside the grid
    back: exactly (to `dtype`) for ``offset`` and ``regression``; within half a cell per axis for
    ``none`` and ``quarter_cell``, a quarter for ``quarter_cell`` where it is allowed to move;
    within 1e-3 cells for ``expectation``, 4 sigma or more from the grid's edge with sigma from
    0.7.

    Parameters
    ----------
    position
        ``(N, J, dims)`` in pixels, x first, in the spec's frame. NaN: absent.
    spec
        The head's decode spec.
    score
        ``(N, J)``: peak per joint, above the threshold and at most 1; 0: absent. Default 1, and
        0 where the position is NaN. Expectation and regression cannot express other values.
    sigma
        Standard deviation of the Gaussian in cells.
    dtype
        Of the tensors returned.

    Returns
    -------
    dict
        Tensors by output name, NCHW. Absent joints: heatmap and offsets 0, as logits -inf; for
        expectation a flat map, for regression NaN.

    Raises
    ------
    DecodeError
        Shapes do not fit the spec, a score is out of range, or sigma is not positive.
    """
    places: Float64Array = np.asarray(position, dtype=np.float64)
    peak = _checked_score(places, spec, score)
    if not sigma > 0:
        raise DecodeError(f"encode: sigma {sigma} is not positive. Give it in cells, e.g. 1.0.")
    present = peak > 0
    joints = np.where(present[..., None], places, 0)  # any finite number: masked below
    targets: dict[str, npt.NDArray[np.floating[Any]]] = {}
    if spec.heatmap is not None:
        layout = layout_of(spec, len(places))
        heatmap = _heatmap(joints, spec, peak, sigma)
        targets[spec.heatmap] = heatmap.reshape(layout.heatmap_shape).astype(dtype)
        if spec.offset is not None:
            offset = _offsets(joints, layout, present)
            if spec.interleaved:
                offset = offset.swapaxes(1, 2)
            targets[spec.offset] = offset.reshape(layout.offset_shape).astype(dtype)
    elif spec.offset is not None:
        targets[spec.offset] = _regression(places, spec, present).astype(dtype)
    return targets


def _checked_score(
    position: Float64Array, spec: DecodeSpec, score: npt.NDArray[np.floating[Any]] | None
) -> Float64Array:
    if position.ndim != 3 or position.shape[1:] != (spec.joints, spec.dims) or not position.size:
        raise DecodeError(
            f"encode: positions of shape {position.shape} do not fit (N, {spec.joints}, "
            f"{spec.dims}). Give every joint of skeleton {spec.skeleton}."
        )
    known: npt.NDArray[np.bool_] = np.all(np.isfinite(position), axis=2)
    if score is None:
        return known.astype(np.float64)
    peak: Float64Array = np.asarray(score, dtype=np.float64)
    if peak.shape != known.shape:
        raise DecodeError(
            f"encode: scores of shape {peak.shape} do not fit positions {position.shape}. "
            f"Give shape {known.shape}."
        )
    wrong = ~((peak == 0) | ((peak > spec.threshold) & (peak <= 1) & known))
    if wrong.any():
        frame, joint = np.argwhere(wrong)[0]
        raise DecodeError(
            f"encode: frame {frame}, joint {joint} has score {peak[frame, joint]:.6g} at "
            f"{position[frame, joint].tolist()}. Give finite positions and scores above the "
            f"threshold {spec.threshold:.6g} up to 1, or 0 for absent."
        )
    return peak


def _heatmap(
    joints: Float64Array, spec: DecodeSpec, score: Float64Array, sigma: float
) -> Float64Array:
    """Return maps ``(N, J, cells)``."""
    geometry = geometry_of(spec)
    index = (joints - geometry.origin) / geometry.step
    square = np.zeros((*score.shape, 1))
    for axis, side in zip(reversed(range(spec.dims)), spec.grid, strict=True):  # z, y, x
        along = (np.arange(side) - index[..., axis, None]) ** 2
        square = (square[..., None] + along[..., None, :]).reshape(*score.shape, -1)
    exponent = (square.min(axis=2, keepdims=True) - square) / (2 * sigma**2)
    if spec.refinement == "expectation":
        return np.where(score[..., None] > 0, exponent, 0.0)
    peaked: Float64Array = score[..., None] * np.exp(exponent)
    if spec.activation == "logit":
        with np.errstate(divide="ignore"):  # probabilities 0 and 1 are logits -inf and inf
            peaked = np.log(peaked) - np.log1p(-peaked)
    return peaked


def _offsets(joints: Float64Array, layout: Layout, present: npt.NDArray[np.bool_]) -> Float64Array:
    """Offsets ``(N, dims, J, cells)``, blocks in channel order."""
    geometry = layout.geometry
    away = joints.transpose(2, 0, 1)[..., None] - geometry.cell_position[:, None, None]
    offset = np.where(present[..., None], away / geometry.scale[..., None], 0)
    return offset[np.argsort(geometry.block)].swapaxes(0, 1)


def _regression(
    position: Float64Array, spec: DecodeSpec, present: npt.NDArray[np.bool_]
) -> Float64Array:
    """Coordinates ``(N, J * dims)``, a joint's numbers side by side."""
    geometry = geometry_of(spec)
    offset = (position - geometry.origin) / geometry.scale[:, 0, 0]
    ordered = np.where(present[..., None], offset, np.nan)[..., np.argsort(geometry.block)]
    return ordered.reshape(len(position), -1)
