"""MIL op ``einsum``, of family ``linear``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.shared import Array, bounded, op, tensor

# What ``parse_einsum_equation`` of coremltools lets through.
_EQUATIONS = ("abcd,adce->abce", "abc,cbd->abd")


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
        given = f'equation "{equation}" of {len(values)} values'
        raise ValueError(f"{given}: Core ML has no such equation")
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
