"""MIL op ``clip``, of family ``elementwise_unary``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from poseconvert.mil.ops.shared import Array, Facts, Variant, op, tensor
from poseconvert.mil.ops.shared.doubts import BOUNDS


def _limits(given: Mapping[str, Any]) -> tuple[float, float] | None:
    limits = [given[name] for name in ("alpha", "beta")]
    if any(isinstance(limit, str) or np.ndim(limit) for limit in limits):
        return None
    low, high = map(float, limits)
    return (low, high) if low < high else None


def _doubt_limits(given: Mapping[str, Any]) -> Iterator[Variant]:
    alpha, beta = (float(np.asarray(given[name]).reshape(-1)[0]) for name in ("alpha", "beta"))
    for low, high in BOUNDS:
        words = f"bounds {low:g} and {high:g} instead of {alpha:g} and {beta:g}"
        yield Variant("clip bounds", words, {"alpha": np.float32(low), "beta": np.float32(high)})


@op("clip", since="CoreML5", facts=Facts(fresh=True, bounds=_limits, doubts=_doubt_limits))
def clip_ios15(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(max(x, alpha), beta)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``clip``.
    """
    return torch.clamp(tensor(x), float(alpha), float(beta)).numpy()


@op("clip", since="CoreML7", facts=Facts(fresh=True, bounds=_limits, doubts=_doubt_limits))
def clip_ios17(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(max(x, alpha), beta)``, where ``alpha < beta``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    ValueError
        ``alpha`` is not below ``beta``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/elementwise_unary.py, ``clip``.
    """
    if not float(alpha) < float(beta):
        raise ValueError(f"alpha {float(alpha)} is not below beta {float(beta)}")
    return torch.clamp(tensor(x), float(alpha), float(beta)).numpy()
