"""The values and ops of a package: listed, matched to those of a graph, and their hazards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poseconvert.drift import Match, Value, fingerprint, match_values
from poseconvert.mil import Executor, Operation, Package, TensorType, find_hazards
from poseconvert.mil.analysis.runtime_hazards import SeenHazards
from poseconvert.mil.package.program import Constant
from poseconvert.pipeline.localise.onnx_ops import Opened
from poseconvert.runners.runner import Batch


def match_package(
    package: Package, reference: Opened, one: Batch, *, fed: Batch | None = None
) -> dict[str, Match]:
    """Match values of a package to those of the graph it was made from.

    Parameters
    ----------
    one : what the graph is fed.
    fed : what the package is fed, where it is not the same.
    """

    def fingerprints() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        reference.values.feed(one)
        values = Executor(package, precision="fp32").values((fed or one).tensors)
        found = (
            (name, fingerprint(value))
            for _, outputs in values
            for name, value in outputs.items()
            if comparable(value)
        )
        return reference.fingerprints(), {n: p for n, p in found if p is not None}

    return match_values(
        reference.listed(),
        _listed(package),
        # What is fed otherwise may be called the same and hold other numbers.
        outputs=() if fed else (*reference.graph.inputs, *reference.graph.outputs),
        names_bind=False,
        fingerprints=fingerprints,
    )


def comparable(value: Any) -> bool:
    """Whether a value is one tensor of numbers."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf"


def operations(package: Package) -> list[Operation]:
    """List the ops that run, in order; what is computed from constants alone does not."""
    return [
        operation
        for operation in package.program.main.block.operations
        if operation.type != "const" and not operation.type.startswith("constexpr_")
    ]


def _listed(package: Package) -> list[Value]:
    main = package.program.main
    live = {name: Value(name, shape=_shape(declared)) for name, declared in main.inputs}
    for operation in operations(package):
        reads = tuple(
            dict.fromkeys(
                given
                for several in operation.inputs.values()
                for given in several
                if not isinstance(given, Constant) and given in live
            )
        )
        for name, declared in operation.outputs:
            live[name] = Value(name, operation.type, reads, _shape(declared))
    return list(live.values())


def _shape(declared: Any) -> tuple[int, ...] | None:
    if not isinstance(declared, TensorType) or None in declared.shape:
        return None
    return tuple(size for size in declared.shape if size is not None)


def nested(package: Package) -> tuple[tuple[str, str], ...]:
    """List ops of nested blocks with their owners."""
    return tuple(
        (inner.name, owner.name)
        for owner in package.program.main.block.operations
        for block in owner.blocks
        for inner in block.walk()
        if inner.type != "const"
    )


def hazards(package: Package, seen: SeenHazards) -> dict[str, tuple[str, ...]]:
    """Return hazards by op; those of a constant belong to the ops that read it."""
    readers: dict[str, list[str]] = {}
    constants = {op.name for op in package.program.main.block.operations if op.type == "const"}
    for operation in package.program.main.block.operations:
        for several in operation.inputs.values():
            for given in several:
                if isinstance(given, str) and given in constants:
                    readers.setdefault(given, []).append(operation.name)
    found: dict[str, list[str]] = {}
    for hazard in (*find_hazards(package), *seen.found):
        if hazard.op:
            for name in readers.get(hazard.op, [hazard.op]):
                found.setdefault(name, []).append(f"{hazard.what}. {hazard.cure}")
    return {name: tuple(dict.fromkeys(texts)) for name, texts in found.items()}
