"""Reading pictures at scattered points; shared by ``crop_resize``, ``resample`` and ``affine``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.shared import bounded


def bilinear_at(
    x: torch.Tensor,
    batch: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
    *,
    outside: float,
) -> torch.Tensor:
    """Interpolate between the four elements around each point.

    Parameters
    ----------
    x
        float32 [B, C, H, W].
    batch, rows, columns
        int64, float64 and float64 of shapes that broadcast to [N, h, w].
    outside
        What elements outside ``x`` are taken to be.

    Returns
    -------
    torch.Tensor
        float32 [N, C, h, w].
    """
    height, width = x.shape[-2:]
    # Beyond one element outside all neighbours are padding: no farther, so that indices fit int64.
    rows = rows.nan_to_num(nan=-2).clamp(-2, height + 1)
    columns = columns.nan_to_num(nan=-2).clamp(-2, width + 1)
    top, left = rows.floor(), columns.floor()
    down, across = (rows - top).to(x.dtype)[:, None], (columns - left).to(x.dtype)[:, None]
    corners = [
        taken_at(x, batch, top + below, left + right, outside=outside)
        for below, right in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    upper = torch.lerp(corners[0], corners[1], across)
    lower = torch.lerp(corners[2], corners[3], across)
    return torch.lerp(upper, lower, down)


def taken_at(
    x: torch.Tensor,
    batch: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
    *,
    outside: float,
) -> torch.Tensor:
    """Take the element at each whole point; parameters and result as for ``bilinear_at``."""
    height, width = x.shape[-2:]
    shape = np.broadcast_shapes(batch.shape, rows.shape, columns.shape)
    bounded([*shape, x.shape[1]])
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    i = rows.nan_to_num(nan=0).clamp(0, height - 1).long()
    j = columns.nan_to_num(nan=0).clamp(0, width - 1).long()
    found = x[batch, :, i, j].movedim(-1, 1)
    return torch.where(inside[:, None], found, outside)
