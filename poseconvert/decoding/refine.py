"""From peak cells to positions in pixels, one function per refinement.

Heatmaps are ``(N, J, cells)``, peak cells ``(N, J)``, positions ``(N, J, dims)``, x first.
"""

from __future__ import annotations

import numpy as np

from poseconvert.decoding.geometry import Float64Array, Geometry
from poseconvert.decoding.tensors import Cells, Layout, Tensor


def by_cell(cell: Cells, geometry: Geometry) -> Float64Array:
    """Position of the peak cell itself."""
    return geometry.cell_position.take(cell, axis=1).transpose(1, 2, 0)


def by_offset(offset: Tensor, cell: Cells, layout: Layout) -> Float64Array:
    """Peak cell plus the offset read at it.

    Source: ``tensorflow/tfjs-models:posenet/src/single_pose/util.ts`` ``getOffsetPoints``.
    """
    geometry = layout.geometry
    read = offset.reshape(-1).take(cell + layout.first_offset)
    position = read * geometry.scale + geometry.cell_position.take(cell, axis=1)
    return position.transpose(1, 2, 0)


def by_quarter_cell(maps: Tensor, cell: Cells, geometry: Geometry) -> Float64Array:
    """Peak cell, a quarter cell toward the larger neighbour if ``1 < x < W-1`` and y alike.

    Source: ``microsoft/human-pose-estimation.pytorch:lib/core/inference.py``
    ``get_final_preds``.
    """
    height, width = geometry.grid
    y, x = np.divmod(cell, width)
    inside = (x > 1) & (x < width - 1) & (y > 1) & (y < height - 1)

    def toward_larger(neighbour: int) -> Float64Array:
        after, before = (
            _values(maps, np.where(inside, cell + n, 0)) for n in (neighbour, -neighbour)
        )
        # Two comparisons and not a sign: a NaN neighbour moves nothing.
        return 0.25 * (after > before) - 0.25 * (before > after)

    shift = np.stack([toward_larger(1), toward_larger(width)], axis=-1)
    return by_cell(cell, geometry) + shift * geometry.step


def by_expectation(weights: Float64Array, geometry: Geometry) -> Float64Array:
    """Mean cell position under the softmax ``weights``, ``(N, J, cells)``.

    Source: ``mks0601/3DMPPE_POSENET_RELEASE:main/model.py`` ``soft_argmax``.
    """
    position: Float64Array = weights @ geometry.cell_position.T
    return position


def softmax(maps: Tensor) -> Float64Array:
    """Softmax over each joint's cells, in float64; NaN cells weigh nothing."""
    logits = np.where(np.isnan(maps), -np.inf, maps).astype(np.float64)
    with np.errstate(invalid="ignore"):  # a map of -inf only has no softmax: NaN, so absent
        weights: Float64Array = np.exp(logits - logits.max(axis=2, keepdims=True))
    total: Float64Array = weights.sum(axis=2, keepdims=True)
    return weights / total


def _values(maps: Tensor, cell: Cells) -> Tensor:
    return np.take_along_axis(maps, cell[..., None], axis=2)[..., 0]
