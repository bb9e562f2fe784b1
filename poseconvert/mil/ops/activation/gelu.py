"""MIL op ``gelu``, of family ``activation``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, Facts, Variant, op, tensor


def _doubt_mode(_: Mapping[str, Any]) -> Iterator[Variant]:
    for mode in ("EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"):
        yield Variant("activation", f"mode {mode}", {"mode": mode})


@op("gelu", since="CoreML5", facts=Facts(doubts=_doubt_mode))
def gelu(*, x: Array, mode: str = "EXACT") -> Array:
    """``y = x * Phi(x)``, exact or by one of two approximations.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    ValueError
        ``mode`` is not one of EXACT, TANH_APPROXIMATION, SIGMOID_APPROXIMATION.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``gelu``.
    """
    if mode == "EXACT":
        return F.gelu(tensor(x)).numpy()
    if mode == "TANH_APPROXIMATION":
        return F.gelu(tensor(x), approximate="tanh").numpy()
    if mode == "SIGMOID_APPROXIMATION":
        return (tensor(x) * torch.sigmoid(1.702 * tensor(x))).numpy()
    raise ValueError(f'unknown mode "{mode}"')
