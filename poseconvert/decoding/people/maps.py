"""Reading of maps that several decoders share: local peaks, and values at cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, Tensor, float_tensor, require_shape


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


def local_peaks(maps: Tensor) -> npt.NDArray[np.bool_]:
    """Return (C, H, W): whether a cell is as high as the eight around it; NaN hides none."""
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    across = np.fmax(np.fmax(padded[..., :-2], padded[..., 1:-1]), padded[..., 2:])
    highest = np.fmax(np.fmax(across[:, :-2], across[:, 1:-1]), across[:, 2:])
    found: npt.NDArray[np.bool_] = maps == highest
    return found


def peaks_above(maps: Tensor, least: float, *, equal: bool = False) -> tuple[Cells, ...]:
    """Return channel, y and x of local peaks above ``least``: best first, then in their order.

    Parameters
    ----------
    equal
        Take peaks of just that height as well.
    """
    high = maps >= least if equal else maps > least
    if not high.any():
        none = np.empty(0, np.intp)
        return none, none, none
    found = np.nonzero(high & local_peaks(maps))
    order = np.argsort(-maps[found], kind="stable")
    return tuple(index[order] for index in found)
