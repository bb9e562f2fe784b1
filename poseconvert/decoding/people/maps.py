"""Reading of maps that several decoders share: local peaks, and values at cells."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, Tensor, float_tensor, require_shape

# The sigmoid of a float may round to just the threshold: logits this much lower are looked at.
_ROUNDED = 1e-3


def plane(outputs: Outputs, name: str, channels: int, spec: DecodeSpec, n: int) -> Tensor:
    """Return the maps (channels, H, W) of picture ``n``, of the spec's grid.

    Raises
    ------
    DecodeError
        The output is missing, not float, or of another shape.
    """
    tensor = float_tensor(outputs, name)
    require_shape(tensor, (len(tensor), channels, *spec.grid), name=name)
    picture: Tensor = tensor[n]
    return picture


def logit(probability: float) -> float:
    """Return the number whose sigmoid this is; infinite for 0 and 1."""
    if not 0 < probability < 1:
        return math.inf if probability >= 1 else -math.inf
    return math.log(probability) - math.log1p(-probability)


def cells_above(maps: Tensor, least: float, *, equal: bool = False) -> tuple[Cells, ...]:
    """Return channel, y and x of the cells above ``least`` (or at it), in their order.

    One pass over the maps; what follows looks at these cells alone, and they are few.
    """
    high = maps >= least if equal else maps > least
    channel, y, x = np.unravel_index(np.flatnonzero(high), maps.shape)
    return channel, y, x


def highest_around(maps: Tensor, cells: tuple[Cells, ...]) -> Tensor:
    """Return the highest of each cell and the eight around it; NaN counts as nothing."""
    channel, y, x = cells
    height, width = maps.shape[1:]
    rows = [np.maximum(y - 1, 0), y, np.minimum(y + 1, height - 1)]
    columns = [np.maximum(x - 1, 0), x, np.minimum(x + 1, width - 1)]
    around = [(channel * height + row) * width + column for row in rows for column in columns]
    found: Tensor = np.fmax.reduce(maps.reshape(-1)[np.stack(around)], axis=0)
    return found


def peaks_above(
    maps: Tensor,
    least: float,
    *,
    equal: bool = False,
    activation: Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None = None,
) -> tuple[tuple[Cells, ...], npt.NDArray[Any]]:
    """Return local peaks above ``least``, best first, then in their order.

    Parameters
    ----------
    maps
        (C, H, W).
    equal
        Take peaks of just that height as well.
    activation
        What makes heights of logits: peaks are those of the heights, which may tie.

    Returns
    -------
    tuple
        Channel, y and x, and the heights.
    """
    bound = least
    if activation:
        bound = logit(least)
        bound -= _ROUNDED * max(1.0, abs(bound)) if math.isfinite(bound) else 0.0
    cells = cells_above(maps, bound, equal=equal or activation is not None)
    height: npt.NDArray[Any] = maps[cells]
    highest: npt.NDArray[Any] = highest_around(maps, cells)
    if activation:
        height, highest = activation(height), activation(highest)
    stay = np.flatnonzero((height == highest) & (height >= least if equal else height > least))
    order = stay[np.argsort(-height[stay], kind="stable")]
    return tuple(index[order] for index in cells), height[order]
