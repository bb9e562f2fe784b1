"""How far each peak stands above everything away from it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from poseconvert.decoding.decode import Pose
from poseconvert.decoding.geometry import Float64Array
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, heatmaps
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
    if spec.heatmap is None:
        raise DecodeError("peak_margins: regression has no heatmap. Leave its margins out.")
    maps, layout = heatmaps(outputs, spec)
    cell = pose.cell
    if cell.shape != maps.shape[:2]:
        raise DecodeError(
            f"peak_margins: pose of shape {cell.shape}, heatmap of {maps.shape[:2]} (N, J). "
            "Give the pose decoded from these outputs."
        )
    elsewhere = maps.copy()
    flat = elsewhere.reshape(-1)
    peak = flat.take(cell + layout.first_cell).astype(np.float64)
    flat[neighbourhoods(spec.grid).take(cell, axis=0) + layout.first_cell[..., None]] = -np.inf
    margin: Float64Array = peak - np.fmax.reduce(elsewhere, axis=2)  # fmax passes NaN cells over
    if cell.item(cell.argmin()) < 0:
        margin[pose.absent] = np.nan
    return margin


@lru_cache(maxsize=8)
def neighbourhoods(grid: tuple[int, ...]) -> Cells:
    """Flat indices of each cell and the cells around it, ``(cells, 3 ** dims)``.

    Beyond an edge the edge's own cells repeat.
    """
    around = np.indices((3,) * len(grid)).reshape(len(grid), 1, -1) - 1
    index = np.indices(grid).reshape(len(grid), -1, 1) + around
    cells: Cells = np.ravel_multi_index(tuple(index), grid, mode="clip")
    return cells
