"""What an op of a package would be had the converter read one of its parameters otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

_BOUNDS = ((0.0, 6.0), (0.0, np.inf), (-1.0, 1.0), (0.0, 1.0), (-np.inf, np.inf))
_EPSILONS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-12, 0.0)
_GRIDS = (
    "DEFAULT", "STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "UNALIGN_CORNERS", "OFFSET_CORNERS",
)  # fmt: skip
_CURVES = ("relu", "relu6", "silu", "sigmoid", "tanh", "softsign", "identity")


@dataclass(frozen=True, slots=True)
class Variant:
    """An op with other arguments, or of another type.

    Attributes
    ----------
    cause : what it would be the proof of.
    words : how to say it, after "with".
    """

    cause: str
    words: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    type: str | None = None


def variants(type: str, given: Mapping[str, Any]) -> Iterator[Variant]:
    """Yield the variants of an op that was given some arguments."""
    yield from _OF.get(type, _none)(given)
    if "epsilon" in given:
        for epsilon in _EPSILONS:
            yield Variant(
                "batch norm epsilon", f"epsilon {epsilon:g} instead of {_one(given['epsilon']):g}",
                {"epsilon": np.float32(epsilon)},
            )  # fmt: skip
    if type in _CURVES and set(given) == {"x"}:
        for other in _CURVES:
            if other != type:
                yield Variant("op replaced", f"{other} instead of {type}", type=other)


def _none(given: Mapping[str, Any]) -> Iterator[Variant]:
    yield from ()


def _one(value: Any) -> float:
    return float(np.asarray(value).reshape(-1)[0])


def _padding(given: Mapping[str, Any]) -> Iterator[Variant]:
    """Yield every small padding of two sides, the same along every axis."""
    window = given.get("kernel_sizes")
    weight = given.get("weight")
    rank = np.ndim(given["x"]) - 2
    sizes = list(np.shape(weight)[2:]) if weight is not None else list(np.asarray(window))
    most = min(int(max(sizes)), 4) if sizes else 0
    for before, after in product(range(most + 1), repeat=2):
        pad = np.array([before, after] * rank, np.int32)
        words = f"{before} before and {after} after the picture padded"
        yield Variant("padding", words, {"pad_type": "custom", "pad": pad})


def _average(given: Mapping[str, Any]) -> Iterator[Variant]:
    for exclude, ceil in product((False, True), repeat=2):
        words = f"padding {'left out of' if exclude else 'counted in'} the average"
        if ceil:
            words += " and the last window kept"
        yield Variant(
            "pooling border", words,
            {"exclude_padding_from_average": exclude, "ceil_mode": ceil},
        )  # fmt: skip
    yield from _padding(given)


def _clip(given: Mapping[str, Any]) -> Iterator[Variant]:
    for low, high in _BOUNDS:
        words = f"bounds {low:g} and {high:g} instead of {_one(given['alpha']):g} and"
        yield Variant(
            "clip bounds", f"{words} {_one(given['beta']):g}",
            {"alpha": np.float32(low), "beta": np.float32(high)},
        )  # fmt: skip


def _relu(given: Mapping[str, Any]) -> Iterator[Variant]:
    for low, high in _BOUNDS:
        yield Variant(
            "clip bounds", f"bounds {low:g} and {high:g}",
            {"alpha": np.float32(low), "beta": np.float32(high)}, "clip",
        )  # fmt: skip


def _sampling(given: Mapping[str, Any]) -> Iterator[Variant]:
    for mode in _GRIDS:
        yield Variant("resize mode", f"sampling_mode {mode}", {"sampling_mode": mode})


def _upsampling(given: Mapping[str, Any]) -> Iterator[Variant]:
    for align, half in ((False, False), (False, True), (True, False)):
        arguments: dict[str, Any] = {"align_corners": align}
        if "half_pixel_centers" in given:
            arguments["half_pixel_centers"] = half
        yield Variant("resize mode", f"align_corners {align}", arguments)


def _gelu(given: Mapping[str, Any]) -> Iterator[Variant]:
    for mode in ("EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"):
        yield Variant("activation", f"mode {mode}", {"mode": mode})


def _axis(given: Mapping[str, Any]) -> Iterator[Variant]:
    for axis in range(np.ndim(given["x"])):
        yield Variant("axis order", f"axis {axis}", {"axis": axis})


_OF: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Variant]]] = {
    "conv": _padding,
    "conv_transpose": _padding,
    "max_pool": _padding,
    "avg_pool": _average,
    "clip": _clip,
    "relu": _relu,
    "relu6": _relu,
    "resize_bilinear": _sampling,
    "upsample_bilinear": _upsampling,
    "gelu": _gelu,
    "softmax": _axis,
}
