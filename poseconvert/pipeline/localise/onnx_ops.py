"""Every op of ``model.simplified.onnx`` against the values of ``model.onnx``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import (
    OP_TOLERANCES,
    GraphDrift,
    Match,
    MovedJoint,
    OpDrift,
    Value,
    fingerprint,
    furthest,
    match_values,
)
from poseconvert.graph.reader import read_onnx
from poseconvert.graph.values import OpenGraph, open_graph
from poseconvert.pipeline.localise.joint_movement import Largest, joints_between
from poseconvert.runners.onnx_values import HELD_BYTES, OnnxCut, OnnxValues, groups
from poseconvert.runners.runner import Batch
from poseconvert.stages.stage import SIMPLIFIED_FROM_ONNX

STAGE = SIMPLIFIED_FROM_ONNX.name


@dataclass(frozen=True, slots=True)
class Opened:
    """An ONNX artifact, open.

    Attributes
    ----------
    path : where it lies.
    graph : what is in it.
    values : its values on the input fed last.
    normalized : whether its input is not what the runners give.
    """

    path: Path
    graph: OpenGraph
    values: OnnxValues
    normalized: bool = False

    def listed(self, *, inputs: bool = True) -> list[Value]:
        """List its values for matching, with or without the graph's own inputs."""
        graph = self.graph
        own = [Value(name, shape=graph.shapes.get(name)) for name in graph.inputs]
        return (own if inputs else []) + [
            Value(name, op.type, op.reads, graph.shapes.get(name))
            for op in graph.ops
            for name in op.gives
        ]

    def fingerprints(self) -> dict[str, NDArray[np.float64]]:
        """Sum up every value on the input that was fed."""
        names = (value.name for value in self.listed())
        found = ((name, fingerprint(self.values[name])) for name in names if self.numeric(name))
        return {name: one for name, one in found if one is not None}

    def numeric(self, name: str) -> bool:
        """Whether a value is one tensor, as far as the graph says."""
        return name in self.graph.types


def open_onnx(path: Path, *, normalize: Callable[[Batch], Batch] | None = None) -> Opened:
    """Open the ONNX artifact at ``path``.

    Parameters
    ----------
    normalize : what must be done to its input; None: nothing.

    Raises
    ------
    GraphError : the file is missing, or refused.
    """
    graph = open_graph(read_onnx(path))
    names = [name for op in graph.ops for name in op.gives if name in graph.types]
    values = OnnxValues(graph, path, names=names, normalize=normalize)
    return Opened(path, graph, values, normalize is not None)


def match_onnx(reference: Opened, candidate: Opened, one: Batch) -> dict[str, Match]:
    """Match values of the candidate to those of the reference; ``one`` is used at need."""

    def fingerprints() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        reference.values.feed(one)
        candidate.values.feed(one)
        return reference.fingerprints(), candidate.fingerprints()

    return match_values(
        reference.listed(),
        candidate.listed(inputs=not reference.normalized),
        outputs=candidate.graph.outputs,
        names_bind=True,  # onnxsim keeps names
        fingerprints=fingerprints,
    )


@dataclass(slots=True)
class OnnxOps:
    """The ops of one ONNX graph, measured input by input.

    Parameters
    ----------
    reference, candidate : the graphs.
    matches : candidate value to reference value.
    specs : decode specs of the heads.
    """

    reference: Opened
    candidate: Opened
    matches: Mapping[str, Match]
    specs: Sequence[DecodeSpec]
    _rows: dict[str, OpDrift] = field(init=False)
    _reads: dict[str, tuple[str, ...]] = field(init=False)
    _parts: tuple[tuple[str, ...], ...] = field(init=False)
    _cut: OnnxCut = field(init=False)
    _moved: dict[str, list[tuple[MovedJoint, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        graph = self.candidate.graph
        modules = {name: op.module for op in self.reference.graph.ops for name in op.gives}
        self._rows = {row.value: row for row in _rows(self.candidate, self.matches, modules)}
        self._reads = {name: op.reads for op in graph.ops for name in op.gives}
        measured = [n for n in self._rows if n in self.matches and self.candidate.numeric(n)]
        self._parts = groups(measured, nbytes=graph.nbytes, bound=HELD_BYTES)
        at = [name for name in self.matches if name not in graph.inputs]
        self._cut = OnnxCut(graph, self.candidate.path, at=at)

    def run(self, one: Batch, name: str) -> None:
        """Measure one input, which both graphs were fed.

        Raises
        ------
        RunError : ONNX Runtime cannot run a part of the candidate.
        """
        tried: Largest[tuple[str, NDArray[Any]]] = Largest()
        same = set(self.candidate.graph.inputs)
        for part in self._parts:
            same |= {value for value in part if self._equal(value)}
            moved = [v for v in part if not same.issuperset(self._reads[v])]
            alone = self._cut(moved, fed=self._expected, one=one) if moved else {}
            for value in part:
                # What reads the reference's own values computes its local result anyway.
                whole = self.candidate.values[value]
                local = alone.get(value, whole)
                rank = self._rows[value].add(self._expected(value), accumulated=whole, local=local)
                if self._rows[value].over(OP_TOLERANCES[STAGE]) and tried.wants(rank):
                    tried.offer(rank, (value, local))
        for value, result in tried:
            sides = self._outcomes(value, (self._expected(value), result), one)
            joints = joints_between(*sides, specs=self.specs, name=name)
            self._moved.setdefault(value, []).append(joints)

    @property
    def modules(self) -> dict[str, str]:
        """PyTorch module by candidate value."""
        return {value: row.module for value, row in self._rows.items()}

    def graph(self) -> GraphDrift:
        """Return what was measured."""
        used = {match.reference for match in self.matches.values()}
        return GraphDrift(
            STAGE,
            f"{self.reference.path.name} on ONNX Runtime",
            f"{self.candidate.path.name} on ONNX Runtime",
            OP_TOLERANCES[STAGE],
            tuple(with_joints(row, self._moved.get(v, [])) for v, row in self._rows.items()),
            nested=nested_ops(self.candidate.graph),
            unused=tuple(v.name for v in self.reference.listed() if v.name not in used),
        )

    def _expected(self, value: str) -> NDArray[Any]:
        return self.reference.values[self.matches[value].reference]

    def _equal(self, value: str) -> bool:
        return np.array_equal(self._expected(value), self.candidate.values[value])

    def _outcomes(
        self, value: str, instead: tuple[NDArray[Any], NDArray[Any]], one: Batch
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the outputs with one value replaced, for each replacement."""
        graph = self.candidate.graph
        cut = OnnxCut(graph, self.candidate.path, at=(value,))
        for replaced in instead:
            outputs = cut(graph.outputs, fed={value: replaced}.__getitem__, one=one)
            yield {**outputs, value: replaced} if value in outputs else outputs


def nested_ops(graph: OpenGraph) -> tuple[tuple[str, str], ...]:
    """List ops of nested graphs with their owners."""
    return tuple((name, op.name) for op in graph.ops for name in op.nested)


def with_joints(row: OpDrift, moved: Sequence[tuple[MovedJoint, ...]]) -> OpDrift:
    """Add the joints an op moved, one tuple per input it was tried on."""
    joints = furthest(joint for one in moved for joint in one)
    return replace(row, tried=len(moved), joints=joints)


def _rows(
    candidate: Opened, matches: Mapping[str, Match], modules: Mapping[str, str]
) -> Iterator[OpDrift]:
    for depth, op in enumerate(candidate.graph.ops):
        for name in op.gives:
            match = matches.get(name)
            source = match.reference if match else ""
            yield OpDrift(
                depth,
                op.name,
                op.type,
                name,
                reference=source,
                matched=match.how if match else "",
                module=modules.get(source, ""),
            )
