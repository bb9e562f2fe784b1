"""Joints to what the heads should answer: heatmaps, and the cells whose offsets count.

The targets are those of ``poseconvert.decoding.encode`` (a test compares them), made with torch
from separable parts: 24 joints times 2,744 cells cost too much in float64 while training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

SIDE = 224
# A joint the camera sees peaks at 1. One that is hidden but inside the picture peaks lower: the
# article's app draws what peaks at 0.5 as visible, and the rest, down to nearly 0, as hidden.
VISIBLE, OCCLUDED = 1.0, 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What one head should answer for a batch.

    Attributes
    ----------
    shape : (N, J, cells) Gaussian with peak 1; 0 where the joint lies out of the picture.
    peak : (N, J) its height: VISIBLE, OCCLUDED or 0.
    near : (N, J, K) flat indices of the K cells at the joint: its own and those beside it.
    offset : (N, axes, J, K) from those cells to the joint, in cells, x first.
    share : (N, J, K) weight of those cells: the Gaussian there.
    """

    shape: Tensor
    peak: Tensor
    near: Tensor
    offset: Tensor
    share: Tensor


def peaks(inside: Tensor, visible: Tensor) -> Tensor:
    """Heights (N, J) of the heatmaps."""
    hidden = torch.full_like(inside, OCCLUDED, dtype=torch.float32)
    return torch.where(visible, torch.full_like(hidden, VISIBLE), hidden) * inside


def target(place: Tensor, peak: Tensor, grid: tuple[int, ...], *, sigma: float) -> Target:
    """Make the target of one head.

    Parameters
    ----------
    place
        (N, J, axes) in cells of the grid, x first; the middle of cell i is i.
    peak
        (N, J) heights, 0 for joints that lie out of the picture.
    grid
        Cells (H, W) or (D, H, W).
    sigma
        Standard deviation of the Gaussian in cells.
    """
    sides = grid[::-1]  # x first
    own = torch.stack(
        [place[..., axis].round().clamp(0, side - 1) for axis, side in enumerate(sides)], dim=-1
    )
    shape = _gaussian(place, own, sides, sigma) * (peak > 0)[..., None]
    near = _neighbours(own, sides)
    flat = torch.zeros_like(near[..., 0])
    for axis in reversed(range(len(sides))):
        flat = flat * sides[axis] + near[..., axis]
    index = flat.long()
    offset = (place[:, :, None] - near).permute(0, 3, 1, 2)
    return Target(shape, peak, index, offset, shape.gather(2, index))


def _gaussian(place: Tensor, own: Tensor, sides: tuple[int, ...], sigma: float) -> Tensor:
    """Return a Gaussian around the joint that is 1 in the joint's own cell: (N, J, cells)."""
    product = torch.ones_like(place[..., :1])
    for axis in reversed(range(len(sides))):  # z, y, x: x varies fastest
        cells = torch.arange(sides[axis], device=place.device, dtype=place.dtype)
        least = (own[..., axis, None] - place[..., axis, None]) ** 2
        square = (cells - place[..., axis, None]) ** 2 - least
        along = torch.exp(square / (-2 * sigma**2))
        product = (product[..., :, None] * along[..., None, :]).flatten(2)
    return product


def _neighbours(own: Tensor, sides: tuple[int, ...]) -> Tensor:
    """Cells (N, J, K, axes): the joint's own, then one step to each side along each axis."""
    axes = len(sides)
    steps = torch.zeros(1 + 2 * axes, axes, device=own.device)
    for axis in range(axes):
        steps[1 + 2 * axis, axis], steps[2 + 2 * axis, axis] = -1, 1
    last = torch.tensor(sides, device=own.device, dtype=own.dtype) - 1
    return torch.minimum((own[:, :, None] + steps).clamp(min=0), last)
