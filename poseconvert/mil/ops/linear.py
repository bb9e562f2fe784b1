"""MIL op family ``linear``."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, tensor

# What ``parse_einsum_equation`` of coremltools lets through.
_EQUATIONS = ("abcd,adce->abce", "abc,cbd->abd")


@op("linear", since="CoreML5")
def linear(*, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """``y = x @ weight.T + bias``.

    Shapes
    ------
    ``x``: [..., D_in]; ``weight``: [D_out, D_in]; ``bias``: [D_out]; result: [..., D_out].

    Raises
    ------
    ValueError, RuntimeError
        The shapes do not fit each other, or the result would be too large.

    Dtypes
    ------
    float or int32; where they differ, as iOS 17 allows, the product is float.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/linear.py and mil/ops/defs/iOS17/linear.py, ``linear``.
    """
    bounded([*x.shape[:-1], weight.shape[0]])
    left, right = _promoted(tensor(x), tensor(weight))
    return F.linear(left, right, None if bias is None else tensor(bias).to(left.dtype)).numpy()


@op("matmul", since="CoreML5")
def matmul(*, x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False) -> Array:
    """``z = x @ y``, either one with its last two dimensions swapped first.

    Shapes
    ------
    ``x``: [..., M, K] or [K]; ``y``: [..., K, N] or [K]; leading dimensions broadcast; result:
    [..., M, N], without the dimension that a vector lacks.

    Raises
    ------
    IndexError, ValueError, RuntimeError
        The shapes do not fit each other, a vector is to be transposed, or the result would be too
        large.

    Dtypes
    ------
    float or int32; where they differ, as iOS 17 allows, the product is float.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/linear.py and mil/ops/defs/iOS17/linear.py, ``matmul``.
    """
    left, right = _promoted(tensor(x), tensor(y))
    left = left.transpose(-1, -2) if transpose_x else left
    right = right.transpose(-1, -2) if transpose_y else right
    if left.ndim > 1 and right.ndim > 1:
        leading = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        bounded([*leading, left.shape[-2], right.shape[-1]])
    return torch.matmul(left, right).numpy()


@op("einsum", since="CoreML5", several=("values",))
def einsum(*, values: tuple[Array, ...], equation: str) -> Array:
    """``z[b, c, h, v] = sum over w of x[b, c, h, w] * y[b, w, h, v]``.

    Shapes
    ------
    ``values``: ``x`` [B, C, H, W] and ``y`` [B, W, H, V], or both without B; B and H of size 1
    broadcast; result: [B, C, H, V], or without B.

    Raises
    ------
    ValueError, RuntimeError
        The equation is not ``abcd,adce->abce`` or ``abc,cbd->abd`` in other letters, the shapes do
        not fit it, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/linear.py, ``einsum``.
    """
    letters = dict.fromkeys(letter for letter in equation if letter.isalpha())
    plain = equation.translate(
        {ord(old): new for old, new in zip(letters, "abcdefgh", strict=False)}
    )
    if plain.replace(" ", "") not in _EQUATIONS or len(values) != 2:
        raise ValueError(f'equation "{equation}" of {len(values)} values: Core ML has none such')
    x, y = map(tensor, values)
    bounded(
        [
            *np.broadcast_shapes(x.shape[:-3], y.shape[:-3]),
            x.shape[-3],
            max(x.shape[-2], y.shape[-2]),
            y.shape[-1],
        ]
    )
    return torch.einsum(plain, x, y).numpy()


def _promoted(left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Bring both to one dtype; neither is copied where they agree."""
    dtype = torch.promote_types(left.dtype, right.dtype)
    return left.to(dtype), right.to(dtype)
