"""MIL op ``softmax``, of family ``activation``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from poseconvert.mil.ops.shared import Array, Facts, Variant, op, tensor


def _doubt_axis(given: Mapping[str, Any]) -> Iterator[Variant]:
    for axis in range(np.ndim(given["x"])):
        yield Variant("axis order", f"axis {axis}", {"axis": axis})


@op("softmax", since="CoreML5", facts=Facts(fresh=True, doubts=_doubt_axis))
def softmax(*, x: Array, axis: int = -1) -> Array:
    """``y = exp(x) / sum(exp(x))`` along ``axis``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``softmax``.
    """
    return torch.softmax(tensor(x), axis).numpy()
