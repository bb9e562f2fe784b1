"""What an op of a package would be had the converter read one of its parameters otherwise.

Which parameters of an op may be doubted, and what else they may be, stands in its registration;
here is what holds for every op.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from poseconvert.mil.executor.facts import Variant
from poseconvert.mil.executor.registry import facts_of, registrations
from poseconvert.mil.package.program import OPSETS

_EPSILONS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-12, 0.0)


def variants(type: str, given: Mapping[str, Any]) -> Iterator[Variant]:
    """Yield the variants of an op that was given some arguments."""
    facts = facts_of(type, OPSETS[-1])
    if facts.doubts is not None:
        yield from facts.doubts(given)
    if "epsilon" in given:
        read = float(np.asarray(given["epsilon"]).reshape(-1)[0])
        for epsilon in _EPSILONS:
            words = f"epsilon {epsilon:g} instead of {read:g}"
            yield Variant("batch norm epsilon", words, {"epsilon": np.float32(epsilon)})
    if facts.curve and set(given) == {"x"}:
        for other in _curves():
            if other != type:
                yield Variant("op replaced", f"{other} instead of {type}", type=other)


def _curves() -> list[str]:
    """Names of the ops that converters take for each other, the one that does nothing last."""
    curves = {each.type for each in registrations() if each.facts.curve}
    return sorted(curves, key=lambda type: (type == "identity", type))
