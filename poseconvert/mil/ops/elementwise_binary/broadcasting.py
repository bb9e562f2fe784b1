"""Broadcasting that the binary ops share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from poseconvert.mil.ops.shared import Array, bounded, tensor


def check_broadcast(x: Array, y: Array) -> None:
    """Refuse shapes that do not broadcast, or to more than memory holds.

    Raises
    ------
    ValueError
        With the shapes.
    """
    if np.shape(x) != np.shape(y):
        bounded(np.broadcast_shapes(np.shape(x), np.shape(y)))


def broadcast(function: Callable[..., torch.Tensor], x: Array, y: Array) -> Array:
    """Apply a torch function of two tensors; a Python scalar takes the other side's dtype.

    Raises
    ------
    ValueError
        The shapes do not broadcast, or to more than memory holds.
    """
    check_broadcast(x, y)
    return function(tensor(x), tensor(y)).numpy()
