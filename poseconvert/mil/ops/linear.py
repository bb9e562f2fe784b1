"""MIL op family ``linear``."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import optional_tensor, tensor


@op("linear", since="CoreML5")
def linear(*, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """``y = x @ weight.T + bias``.

    Shapes
    ------
    ``x``: [..., D_in]; ``weight``: [D_out, D_in]; ``bias``: [D_out]; result: [..., D_out].

    Raises
    ------
    RuntimeError
        The shapes do not fit each other.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/linear.py, ``linear``.
    """
    return F.linear(tensor(x), tensor(weight), optional_tensor(bias)).numpy()


@op("matmul", since="CoreML5")
def matmul(*, x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False) -> Array:
    """``z = x @ y``, either one with its last two dimensions swapped first.

    Shapes
    ------
    ``x``: [..., M, K] or [K]; ``y``: [..., K, N] or [K]; leading dimensions broadcast; result:
    [..., M, N], without the dimension that a vector lacks.

    Raises
    ------
    IndexError, RuntimeError
        The shapes do not fit each other, or a vector is to be transposed.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/linear.py, ``matmul``.
    """
    left = tensor(x).transpose(-1, -2) if transpose_x else tensor(x)
    right = tensor(y).transpose(-1, -2) if transpose_y else tensor(y)
    return torch.matmul(left, right).numpy()
