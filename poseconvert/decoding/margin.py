"""How far each peak stands above everything away from it, and above every other cell."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from poseconvert.decoding.decode import Pose
from poseconvert.decoding.geometry import Float64Array
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Layout, Outputs, Tensor, heatmaps
from poseconvert.errors import DecodeError


def peak_margins(outputs: Outputs, spec: DecodeSpec, *, pose: Pose) -> Float64Array:
    """Peak minus the best value outside its 3x3 or 3x3x3 neighbourhood, on the raw heatmap.

    While every cell drifts by less than half its margin, a peak stays in its neighbourhood.

    Parameters
    ----------
    outputs, spec
        What :func:`decode` was given.
    pose
        What it returned.

    Returns
    -------
    array
        ``(N, J)`` float64, in units of the raw heatmap (logits for a logit heatmap). NaN where
        the joint is absent, inf where nothing but NaN lies outside the neighbourhood.

    Raises
    ------
    DecodeError
        The spec has no heatmap, the pose has another shape, or :func:`decode` would refuse.
    """
    maps, layout = _maps(outputs, spec, pose)
    cell = pose.cell
    elsewhere = maps.copy()
    flat = elsewhere.reshape(-1)
    peak = flat.take(cell + layout.first_cell).astype(np.float64)
    flat[neighbourhoods(spec.grid).take(cell, axis=0) + layout.first_cell[..., None]] = -np.inf
    margin: Float64Array = peak - np.fmax.reduce(elsewhere, axis=2)  # fmax passes NaN cells over
    if cell.item(cell.argmin()) < 0:
        margin[pose.absent] = np.nan
    return margin


# exp of more than this is inf in float64: the sigmoid of a logit below its negative is 0.
_LOGIT_END = 700.0
# The sigmoid and the softmax round: a logit this near the threshold's is not above it.
_LOGIT_ROUNDING = 1e-9


def strict_margins(outputs: Outputs, spec: DecodeSpec, *, pose: Pose) -> Float64Array:
    """Peak minus the best of all other cells, or twice its height over the threshold if less.

    While every cell of its own heatmap drifts by less than half its strict margin, a joint
    keeps its cell and stays present.

    Parameters
    ----------
    outputs, spec, pose
        As for :func:`peak_margins`.

    Returns
    -------
    array
        ``(N, J)`` float64, in units of the raw heatmap, 0 where two cells tie. NaN where the
        joint is absent, inf where nothing can make it flip.

    Raises
    ------
    DecodeError
        As :func:`peak_margins`.
    """
    maps, layout = _maps(outputs, spec, pose)
    others = maps.copy()
    flat = others.reshape(-1)
    index = np.maximum(pose.cell, 0) + layout.first_cell
    peak = flat.take(index).astype(np.float64)
    flat[index] = -np.inf
    with np.errstate(invalid="ignore"):  # inf - inf: two infinite cells have no margin
        lead = peak - np.fmax.reduce(others, axis=2)
        margin: Float64Array = np.minimum(lead, _presence(peak, others, spec))
    margin[pose.absent] = np.nan
    return margin


def _presence(peak: Float64Array, others: Tensor, spec: DecodeSpec) -> Float64Array:
    """Twice the drift that would bring a score down to the threshold."""
    t = spec.threshold
    level = math.log(t / (1 - t)) if t else -math.inf
    level += _LOGIT_ROUNDING * max(1.0, abs(level)) if t else 0.0
    if spec.refinement == "expectation":
        # The peak's weight is 1 / (1 + rest), and e ** (2 * drift) the most rest can grow by.
        with np.errstate(divide="ignore", over="ignore"):
            rest = np.nansum(np.exp(others.astype(np.float64) - peak[..., None]), axis=2)
            found: Float64Array = np.minimum(-np.log(rest), _LOGIT_END) - level
        return found
    if spec.activation == "logit":
        return 2 * (peak - max(level, -_LOGIT_END))
    return 2 * (peak - t)


def _maps(outputs: Outputs, spec: DecodeSpec, pose: Pose) -> tuple[Tensor, Layout]:
    """Return the heatmaps that a pose was read from."""
    if spec.heatmap is None:
        raise DecodeError("margins: regression has no heatmap. Leave its margins out.")
    maps, layout = heatmaps(outputs, spec)
    if pose.cell.shape != maps.shape[:2]:
        raise DecodeError(
            f"margins: pose of shape {pose.cell.shape}, heatmap of {maps.shape[:2]} (N, J). "
            "Give the pose decoded from these outputs."
        )
    return maps, layout


@lru_cache(maxsize=8)
def neighbourhoods(grid: tuple[int, ...]) -> Cells:
    """Flat indices of each cell and the cells around it, ``(cells, 3 ** dims)``.

    Beyond an edge the edge's own cells repeat.
    """
    around = np.indices((3,) * len(grid)).reshape(len(grid), 1, -1) - 1
    index = np.indices(grid).reshape(len(grid), -1, 1) + around
    cells: Cells = np.ravel_multi_index(tuple(index), grid, mode="clip")
    return cells
