"""Keypoints in the frame of the picture, whatever frame a system decodes them in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.spec import DecodeSpec


def from_corner(position: npt.NDArray[Any], spec: DecodeSpec) -> npt.NDArray[np.float64]:
    """Return positions (..., 2 or 3) in pixels from the top left corner, y down.

    Parameters
    ----------
    position
        As :func:`decode` gives them with ``spec``. z keeps its zero and its direction.
    """
    if spec.frame == "corner":
        return np.asarray(position, np.float64)
    height, width = spec.size
    flip, origin = np.ones(spec.dims), np.zeros(spec.dims)
    flip[1], origin[:2] = -1, (width / 2, height / 2)
    moved: npt.NDArray[np.float64] = position * flip + origin
    return moved
