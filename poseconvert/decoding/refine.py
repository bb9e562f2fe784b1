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


def by_dark(maps: Tensor, cell: Cells, geometry: Geometry, *, blur: int) -> Float64Array:
    """Peak cell, moved to the top of a parabola through the logarithm of the blurred map.

    Peaks within two cells of an edge stay where they are, as do those of flat maps.

    Source: ``open-mmlab/mmpose:mmpose/codecs/utils/refinement.py`` ``refine_keypoints_dark``; the
    kernel is that of OpenCV for a sigma of 0.
    """
    height, width = geometry.grid
    y, x = np.divmod(cell, width)
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    around = np.log(np.maximum(_blurred(maps, x, y, geometry.grid, blur), 1e-10))
    middle = around[..., 2, 2]
    dx = (around[..., 2, 3] - around[..., 2, 1]) / 2
    dy = (around[..., 3, 2] - around[..., 1, 2]) / 2
    dxx = (around[..., 2, 4] - 2 * middle + around[..., 2, 0]) / 4
    dyy = (around[..., 4, 2] - 2 * middle + around[..., 0, 2]) / 4
    dxy = (around[..., 3, 3] - around[..., 1, 3] - around[..., 3, 1] + around[..., 1, 1]) / 4
    determinant = dxx * dyy - dxy**2
    curved = inside & (determinant != 0) & np.isfinite(determinant)
    divisor = np.where(curved, determinant, 1)
    shift = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], axis=-1) / divisor[..., None]
    return by_cell(cell, geometry) + np.where(curved[..., None], shift, 0) * geometry.step


def _blurred(maps: Tensor, x: Cells, y: Cells, grid: tuple[int, ...], blur: int) -> Float64Array:
    """Blur the 5x5 cells around a peak, beyond the edges of the map zeros: (N, J, 5, 5)."""
    reach = blur // 2 + 2
    steps = np.arange(-reach, reach + 1)
    rows, columns = y[..., None] + steps, x[..., None] + steps
    known = ((rows >= 0) & (rows < grid[0]))[..., :, None]
    known = known & ((columns >= 0) & (columns < grid[1]))[..., None, :]
    flat = rows.clip(0, grid[0] - 1)[..., :, None] * grid[1]
    flat = flat + columns.clip(0, grid[1] - 1)[..., None, :]
    patch = np.take_along_axis(maps, flat.reshape(*x.shape, -1), axis=2).reshape(flat.shape)
    patch = np.where(known, patch, 0).astype(np.float64)
    sigma = 0.3 * ((blur - 1) / 2 - 1) + 0.8
    kernel = np.exp(-((np.arange(blur) - blur // 2) ** 2) / (2 * sigma**2))
    kernel /= kernel.sum()
    windows = np.lib.stride_tricks.sliding_window_view(patch, blur, axis=-1) @ kernel
    blurred: Float64Array = (
        np.lib.stride_tricks.sliding_window_view(windows, blur, axis=-2) @ kernel
    )
    return blurred


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
