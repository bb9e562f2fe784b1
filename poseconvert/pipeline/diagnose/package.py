"""The op of a package that computes something else, and what would make it right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift import OP_TOLERANCES, Match
from poseconvert.drift.format import number
from poseconvert.drift.matching import bare
from poseconvert.graph.differences import Constants
from poseconvert.mil import Executor, Operation, Package
from poseconvert.mil.executor.registry import find
from poseconvert.mil.executor.stepper import Stepped
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken, relative_drift
from poseconvert.pipeline.diagnose.variants import variants
from poseconvert.pipeline.diagnose.weights import what_happened
from poseconvert.pipeline.localise.onnx_ops import Opened
from poseconvert.pipeline.localise.package_ops import WEIGHTS
from poseconvert.pipeline.localise.package_values import comparable, match_package, operations

_REMAINS = 0.05
_LIMIT = OP_TOLERANCES[WEIGHTS].local
_ERRORS = (ValueError, TypeError, RuntimeError, IndexError, ArithmeticError)


def package_causes(
    broken: Broken, package: Package, source: Opened, conversion: ConversionFolder
) -> Iterator[Diagnosis]:
    """Find the first op whose own result differs in float32, and try what would mend it.

    Every op gets the reference's values; what its predecessors did does not count.
    """
    batch, _, _ = broken.some()
    adopted = conversion.fed(batch[:1]) if conversion.manifest.interface else None
    matches = match_package(package, source, batch[:1], fed=adopted)
    if adopted is None:
        matches |= _namesakes(package, source, matches)
    executor = Executor(package, precision="fp32", engine="interpreter")
    for index in range(len(batch)):
        one = batch[index : index + 1]
        source.values.feed(one)
        walk = executor.walk(conversion.fed(one).tensors)
        for _ in range(len(walk)):
            step = walk.step()
            expected = _expected(step, source, matches)
            for name, value in expected.items():
                before = relative_drift(value, step.outputs[name])
                if not before <= _LIMIT:
                    reference = matches[name].reference
                    yield _why(step, value, before, _weight_of(source, reference), package)
                    return
            walk.put(expected)


def _namesakes(package: Package, source: Opened, matches: Mapping[str, Match]) -> dict[str, Match]:
    """Match what is left by name alone: an op that went wrong holds other values."""
    taken = {match.reference for match in matches.values()}
    left: dict[str, list[str]] = {}
    for value in source.listed():
        if value.name not in taken:
            left.setdefault(bare(value.name), []).append(value.name)
    names = [n for o in operations(package) for n, _ in o.outputs if n not in matches]
    found = {name: left.get(bare(name), []) for name in names}
    return {name: Match(same[0], "name") for name, same in found.items() if len(same) == 1}


def _expected(
    step: Stepped, source: Opened, matches: Mapping[str, Match]
) -> dict[str, NDArray[Any]]:
    return {
        name: source.values[matches[name].reference]
        for name, value in step.outputs.items()
        if name in matches and comparable(value)
    }


def _weight_of(source: Opened, value: str) -> NDArray[Any] | None:
    """Return the first stored tensor that the op giving ``value`` reads."""
    constants = Constants(source.graph.model)
    for node in source.graph.model.graph.node:
        if value in node.output:
            return next((constants[name] for name in node.input if name in constants), None)
    return None


def _why(
    step: Stepped,
    expected: NDArray[Any],
    before: float,
    weight: NDArray[Any] | None,
    package: Package,
) -> Diagnosis:
    """Try the variants of an op; name the one that leaves least."""
    operation = step.operation
    found = []
    given = step.arguments.get("weight")
    if weight is not None and isinstance(given, np.ndarray) and given.shape == weight.shape:
        after = _tried(operation, {**step.arguments, "weight": weight}, expected, package)
        if after <= max(_LIMIT, _REMAINS * before):
            happened = what_happened(weight, given)
            found.append((after, happened.cause, f"{happened.words}, with the reference's"))
    for variant in variants(operation.type, step.arguments):
        arguments = {**step.arguments, **variant.arguments}
        after = _tried(operation, arguments, expected, package, variant.type)
        if after <= max(_LIMIT, _REMAINS * before):
            found.append((after, variant.cause, f"with {variant.words}"))
    where = f"{operation.type} {operation.name} of {package.path.name}"
    if not found:
        return Diagnosis(
            "op converted wrongly",
            f"{where}: given the reference's inputs its result differs by {number(before)} of the"
            " range, and nothing simpler explains it",
            operation.name,
        )
    after, cause, words = min(found, key=lambda one: one[0])
    return Diagnosis(
        cause,
        f"{where}: {words} its own drift falls from {number(before)} to {number(after)} of the"
        " range",
        operation.name,
    )


def _tried(
    operation: Operation,
    arguments: Mapping[str, Any],
    expected: NDArray[Any],
    package: Package,
    type: str | None = None,
) -> float:
    """Return the drift of the op's first result with other arguments, inf where it refuses."""
    registration = find(type or operation.type, operation.opset or package.program.main.opset)
    if registration is None:
        return np.inf
    try:
        result = registration.kernel(**arguments)
    except _ERRORS:
        return np.inf
    first = result[0] if isinstance(result, tuple) else result
    return relative_drift(expected, np.asarray(first))
