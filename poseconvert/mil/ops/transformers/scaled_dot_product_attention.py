"""MIL op ``scaled_dot_product_attention``, of family ``transformers``."""

from __future__ import annotations

from math import sqrt

import torch

from poseconvert.mil.ops.shared import Array, bounded, op, optional_tensor, tensor


@op("scaled_dot_product_attention", since="CoreML8")
def scaled_dot_product_attention(
    *, query: Array, key: Array, value: Array, attn_mask: Array | None = None
) -> Array:
    """``y = softmax(query @ key.T / sqrt(E) + mask) @ value``, the softmax over ``S``.

    A boolean mask is 0 where true and minus infinity where false; a row without any finite score
    is NaN.

    Shapes
    ------
    ``query``: [B, ..., L, E]; ``key``: [B, ..., S, E]; ``value``: [B, ..., S, EV]; ``attn_mask``:
    broadcasts to [B, ..., L, S]; result: [B, ..., L, EV].

    Raises
    ------
    ValueError, RuntimeError
        The shapes do not fit each other, or the scores would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/transformers.py, ``scaled_dot_product_attention``.
    """
    fits = (
        query.ndim >= 3
        and query.shape[:-2] == key.shape[:-2] == value.shape[:-2]
        and query.shape[-1] == key.shape[-1]
        and key.shape[-2] == value.shape[-2]
    )
    if not fits:
        raise ValueError(f"query {query.shape}, key {key.shape}, value {value.shape} do not fit")
    bounded([*query.shape[:-1], key.shape[-2]])
    scores = torch.matmul(tensor(query) / sqrt(query.shape[-1]), tensor(key).mT)
    mask = optional_tensor(attn_mask)
    if mask is not None and mask.dtype == torch.bool:
        scores.masked_fill_(~mask, -torch.inf)
    elif mask is not None:
        scores += mask
    return torch.matmul(scores.softmax(-1), tensor(value)).numpy()
