"""The first op over tolerance, and the smallest part of a graph that shows its drift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto

from poseconvert.drift import GraphDrift, OpDrift
from poseconvert.graph.values import OpenGraph
from poseconvert.pipeline.chain.measurement import Localisation
from poseconvert.pipeline.localise.package_ops import FP16, FP32
from poseconvert.pipeline.localise.smallest_set import smallest_set


@dataclass(frozen=True, slots=True)
class Fault:
    """An op whose drift is to be shown.

    Attributes
    ----------
    graph, op : where it is, and what was measured.
    value : of the reference graph, that the op's value is compared with.
    """

    graph: GraphDrift
    op: OpDrift
    value: str

    @property
    def drift(self) -> float:
        """The drift of the op alone, or of all ops up to it where it alone is within tolerance."""
        local, tolerance = self.op.local, self.graph.tolerance
        alone = local.elements and not local.relative <= tolerance.local
        return local.relative if alone else self.op.accumulated.relative

    @property
    def limit(self) -> float:
        """Half of the drift; the tolerance where the drift is not a number."""
        return self.drift / 2 if np.isfinite(self.drift) else self.graph.tolerance.local

    def shown(self, measured: float) -> bool:
        """Whether a drift is at least half of it; NaN always is."""
        return not measured < self.limit

    def __str__(self) -> str:
        return f"{self.op.module or self.op.name} ({self.op.type}) of {self.graph.stage}"


@dataclass(frozen=True, slots=True)
class Repro:
    """What is written for a stranger.

    Attributes
    ----------
    models : by file name.
    inputs : by stem of the model's file, a slash, and the input's name.
    reference : what is to come out.
    settings : of ``repro.json``.
    """

    models: Mapping[str, ModelProto]
    inputs: Mapping[str, NDArray[Any]]
    reference: NDArray[Any]
    settings: Mapping[str, Any]


def first_fault(found: Localisation) -> Fault | None:
    """Return the first op over tolerance that has a counterpart in an ONNX graph."""
    sources: dict[str, str] = {}
    for graph in found.graphs:
        own = {op.value: op.reference for op in graph.ops if op.matched}
        if graph.stage == FP32:
            sources = own
        elif graph.stage == FP16:  # compared with the package in float32, not with ONNX
            own = sources
        for op in graph.ops:
            if op.over(graph.tolerance) and own.get(op.value):
                return Fault(graph, op, own[op.value])
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """Some ops of a graph.

    Attributes
    ----------
    value : the last that they give.
    inside : all values that they give.
    """

    value: str
    inside: frozenset[str]


def smallest_part(graph: OpenGraph, value: str, *, shows: Callable[[Part], bool]) -> Part | None:
    """Find the fewest ops that show something at ``value``, or already before it.

    The op itself is tried alone, then with those before it, nearest first; then ops are left
    out that are not needed, the furthest first. Of several that are left an earlier one may
    show it too, where its value had no counterpart to be compared with.

    Returns
    -------
    Part or None
        None where not even all ops before ``value`` show it.
    """
    gives = _before(graph, {value})
    order = tuple(gives)

    def part(names: frozenset[str]) -> Part:
        return Part(value, frozenset(given for name in names for given in gives[name]))

    kept = smallest_set(
        order,
        price={name: distance for distance, name in enumerate(order)},
        holds=lambda names: value in part(names).inside and shows(part(names)),
    )
    if kept is None:
        return None
    for last in reversed(order[1:]):
        for given in gives[last] if last in kept else ():
            before = frozenset(n for names in _before(graph, {given}).values() for n in names)
            for inside in (frozenset(gives[last]), part(kept).inside & before):
                if shows(Part(given, inside)):
                    return Part(given, inside)
    return part(kept)


def _before(graph: OpenGraph, needed: set[str]) -> dict[str, tuple[str, ...]]:
    """Return what each op gives that some values need, by its first value, the last op first."""
    gives: dict[str, tuple[str, ...]] = {}
    for op in reversed(graph.ops):
        if needed & set(op.gives):
            gives[op.gives[0]] = op.gives
            needed.update(op.reads)
    return gives
