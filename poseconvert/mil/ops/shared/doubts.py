"""Doubts that several ops share: what a diagnosis tries in place of their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from poseconvert.mil.executor.facts import Variant

#: Bounds that converters mix up: ReLU6, ReLU, hard tanh, hard sigmoid, none.
BOUNDS = ((0.0, 6.0), (0.0, np.inf), (-1.0, 1.0), (0.0, 1.0), (-np.inf, np.inf))


def doubt_padding(given: Mapping[str, Any]) -> Iterator[Variant]:
    """Yield every small padding of two sides, the same along every axis."""
    weight = given.get("weight")
    sizes = np.shape(weight)[2:] if weight is not None else np.asarray(given.get("kernel_sizes"))
    rank, most = np.ndim(given["x"]) - 2, min(int(max(sizes)), 4) if len(sizes) else 0
    for before, after in product(range(most + 1), repeat=2):
        pad = np.array([before, after] * rank, np.int32)
        words = f"{before} before and {after} after the picture padded"
        yield Variant("padding", words, {"pad_type": "custom", "pad": pad})


def doubt_bounds(_: Mapping[str, Any]) -> Iterator[Variant]:
    """Yield a clip with other bounds, for ops whose bounds are in their name."""
    for low, high in BOUNDS:
        arguments = {"alpha": np.float32(low), "beta": np.float32(high)}
        yield Variant("clip bounds", f"bounds {low:g} and {high:g}", arguments, "clip")
