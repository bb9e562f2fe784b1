"""Heads to keypoints: the peak of every joint's heatmap, refined to pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poseconvert.decoding import refine
from poseconvert.decoding.coordinates import coordinates
from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.people.people import best_person, decode_people, frames_of
from poseconvert.decoding.simcc import simcc
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import (
    Cells,
    Layout,
    Outputs,
    Tensor,
    float_tensor,
    heatmaps,
    require_shape,
    sigmoid,
)
from poseconvert.errors import DecodeError

VISIBLE_SCORE = 0.5
"""A joint the camera sees scores this much or more; an occluded one less."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Keypoints of N frames.

    Attributes
    ----------
    position
        ``(N, J, 2)`` or ``(N, J, 3)``: x, y(, z) in input pixels, in the spec's frame. NaN where
        the joint is absent, or its offset is NaN.
    score
        ``(N, J)``: 0 where the joint is absent, else above the spec's threshold.
    cell
        ``(N, J)``: flat index of the peak in z, y, x order, -1 where the joint is absent.
    """

    position: Float64Array
    score: Float64Array
    cell: Cells

    def __repr__(self) -> str:
        inputs, joints = self.score.shape
        bands = {"visible": self.visible, "unsure": self.occluded, "absent": self.absent}
        counts = ", ".join(f"{int(band.sum())} {name}" for name, band in bands.items())
        return f"pose: {inputs} input{'s' * (inputs != 1)}, {joints} joints: {counts}"

    @property
    def visible(self) -> npt.NDArray[np.bool_]:
        """``(N, J)``: score 0.5 or more."""
        return self.score >= VISIBLE_SCORE

    @property
    def occluded(self) -> npt.NDArray[np.bool_]:
        """``(N, J)``: present with a score below 0.5."""
        return (self.cell >= 0) & (self.score < VISIBLE_SCORE)

    @property
    def absent(self) -> npt.NDArray[np.bool_]:
        """``(N, J)``: no score above the threshold."""
        return self.cell < 0


def decode(outputs: Outputs, spec: DecodeSpec) -> Pose:
    """Read one head.

    A joint is present where its score is strictly above ``spec.threshold``. Of equal peaks the
    lowest flat index in z, y, x order wins; NaN cells are never peaks. Peaks of logits are found
    before the sigmoid, whose plateaus tie. Of several people the best one is read; see
    :func:`decode_people`.

    Parameters
    ----------
    outputs
        Float tensors by name, with leading N: heatmap ``(N, J * D, H, W)``, offset ``(N, dims *
        J * D, H, W)`` with D 1 in 2D; for regression ``(N, J * dims)`` or ``(N, J, dims)``.
    spec
        The head's decode spec.

    Returns
    -------
    Pose
        Positions in input pixels, scores and peak cells.

    Raises
    ------
    DecodeError
        An output is missing, not float, empty or of another shape; or a map declared
        ``probability`` peaks above 1.

    Notes
    -----
    Formulae and their sources are on :class:`DecodeSpec` and in ``refine``.
    """
    if spec.people is not None:
        return Pose(*best_person(decode_people(outputs, spec), frames_of(outputs, spec), spec))
    if spec.refinement == "regression":
        return _decode_regression(outputs, spec)
    if spec.refinement == "coordinates":
        position, score = coordinates(outputs, spec)
        return _pose(position, score, np.zeros(score.shape, dtype=np.intp), spec)
    if spec.refinement == "simcc":
        return _pose(*simcc(outputs, spec), spec)
    maps, layout = heatmaps(outputs, spec)
    cell, peak, least = _peaks(maps, layout)
    if spec.refinement == "expectation":
        weights = refine.softmax(maps)
        return _pose(
            refine.by_expectation(weights, layout.geometry), weights.max(axis=2), cell, spec
        )
    if spec.refinement == "offset":
        offset = float_tensor(outputs, spec.offset)
        require_shape(offset, layout.offset_shape, name=spec.offset)
        position = refine.by_offset(offset, cell, layout)
    elif spec.refinement == "quarter_cell":
        position = refine.by_quarter_cell(maps, cell, layout.geometry)
    elif spec.refinement == "dark":
        position = refine.by_dark(maps, cell, layout.geometry, blur=spec.blur)
    else:
        position = refine.by_cell(cell, layout.geometry)
    score = _scores(peak, spec)
    return _pose(position, score, cell, spec, least=least if score is peak else None)


def _decode_regression(outputs: Outputs, spec: DecodeSpec) -> Pose:
    """Every finite pair of coordinates is a joint of score 1 in the only cell."""
    tensor = float_tensor(outputs, spec.offset)
    joints = (spec.joints, spec.dims) if tensor.ndim == 3 else (spec.joints * spec.dims,)
    require_shape(tensor, (len(tensor), *joints), name=spec.offset)
    geometry = geometry_of(spec)
    offset = tensor.reshape(-1, spec.joints, spec.dims)[..., geometry.block]
    position = geometry.origin + geometry.scale[:, 0, 0] * offset
    finite: npt.NDArray[np.bool_] = np.all(np.isfinite(position), axis=2)
    score = finite.astype(np.float64)
    return _pose(position, score, np.zeros(score.shape, dtype=np.intp), spec)


def _peaks(maps: Tensor, layout: Layout) -> tuple[Cells, Float64Array, float]:
    """Find the peak cells, their values, and the least of these."""
    cell = maps.argmax(axis=2)
    peak = _values(maps, cell, layout)
    least = _least(peak)
    if math.isnan(least):  # argmax takes NaN for the largest value: look again without
        cell = np.where(np.isnan(maps), -np.inf, maps).argmax(axis=2)
        peak = _values(maps, cell, layout)
        least = _least(peak)
    return cell, peak, least


def _values(maps: Tensor, cell: Cells, layout: Layout) -> Float64Array:
    return maps.reshape(-1).take(cell + layout.first_cell).astype(np.float64)


def _scores(peak: Float64Array, spec: DecodeSpec) -> Float64Array:
    if spec.activation == "logit":
        return sigmoid(peak)
    if spec.activation == "probability" and peak.max() > 1:
        raise DecodeError(
            f'output "{spec.heatmap}": peak {peak.max():.6g} is not a probability. Use activation '
            "logit if the network ends before its sigmoid, else linear."
        )
    return peak


def _pose(
    position: Float64Array,
    score: Float64Array,
    cell: Cells,
    spec: DecodeSpec,
    *,
    least: float | None = None,
) -> Pose:
    """Mark what is not above the threshold as absent; ``least`` is the least score if known."""
    if not (_least(score) if least is None else least) > spec.threshold:
        absent = ~(score > spec.threshold)
        position[absent], score[absent], cell[absent] = np.nan, 0, -1
    return Pose(position, score, cell)


def _least(values: Float64Array) -> float:
    """Smallest value, or NaN if there is one."""
    return values.item(values.argmin())
