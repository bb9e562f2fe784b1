"""What may go wrong in float16 and shows when a package runs: sums, exponentials, plateaus, ties.

Each hazard is a known cause of other answers on some hardware, not a proof that it strikes there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from poseconvert.mil.analysis.static_hazards import FP16_MAX, Hazard
from poseconvert.mil.executor.executor import Executor
from poseconvert.mil.executor.registry import facts_of, find
from poseconvert.mil.package.program import Array, Operation, Package, TensorType

SATURATION = 32768.0

_KEEP = "Keep the op fp32, or scale the layer down."


def find_seen_hazards(package: Package, inputs: Sequence[Mapping[str, Any]]) -> tuple[Hazard, ...]:
    """Run a package in float32 and list what float16 would make of its fp16 ops.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    inputs
        One or several, each as for ``Executor.run``.

    Returns
    -------
    tuple of Hazard
        In the order of the ops; of each op and kind the worst over all inputs.

    Raises
    ------
    RunError, PackageError
        As for ``Executor.run``.
    """
    executor = Executor(package, precision="fp32")
    seen = SeenHazards(package)
    for one in inputs:
        executor.watch(one, seen.look)
    return seen.found


class SeenHazards:
    """What ops showed so far, of each op and kind the worst.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._leaving = set(package.program.main.block.outputs)
        self._worst: dict[tuple[str, str], tuple[float, Hazard]] = {}

    @property
    def found(self) -> tuple[Hazard, ...]:
        """The hazards, in the order in which their ops were looked at."""
        return tuple(hazard for _, hazard in self._worst.values())

    def look(
        self, operation: Operation, arguments: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> None:
        """Look at one op as float32 computed it.

        Parameters
        ----------
        operation
            The op; one that gives no fp16 has no hazard.
        arguments, outputs
            What it read, by parameter, and what it gave, by name.
        """
        if not _half(operation):
            return
        for check in _CHECKS:
            for size, hazard in check(operation, arguments, outputs, self._package, self._leaving):
                key = (operation.name, check.__name__)
                if key not in self._worst or size > self._worst[key][0]:
                    self._worst[key] = (size, hazard)


def _half(operation: Operation) -> bool:
    return any(isinstance(t, TensorType) and t.dtype == "fp16" for _, t in operation.outputs)


#: How bad it is, and the hazard.
Found = Iterator[tuple[float, Hazard]]


def _large_values(
    operation: Operation, _: Mapping[str, Any], outputs: Mapping[str, Any], *__: Any
) -> Found:
    largest = max((_largest(value) for value in outputs.values()), default=0.0)
    if largest > FP16_MAX:
        yield (
            largest,
            Hazard(
                "float16 overflow",
                operation.name,
                f"reaches {largest:.4g}, infinite in fp16",
                _KEEP,
            ),
        )
    elif largest >= SATURATION:
        text = f"reaches {largest:.4g}; multiply-accumulate is said to saturate at 32768"
        yield largest, Hazard("float16 overflow", operation.name, text, _KEEP)


def _large_sums(
    operation: Operation,
    arguments: Mapping[str, Any],
    _: Mapping[str, Any],
    package: Package,
    *__: Any,
) -> Found:
    """Bound every partial sum by the sum of absolute products."""
    registration = find(operation.type, operation.opset or package.program.main.opset)
    if registration is None or not registration.facts.sums:
        return
    sizes = {
        name: np.abs(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
        for name, value in arguments.items()
    }
    bound = _largest(registration.kernel(**sizes))
    if bound > FP16_MAX:
        text = f"sums up to {bound:.4g} in absolute products, partial sums in fp16 may overflow"
        yield bound, Hazard("float16 overflow", operation.name, text, _KEEP)


def _large_exponents(
    operation: Operation, arguments: Mapping[str, Any], _: Any, package: Package, *__: Any
) -> Found:
    limit = facts_of(operation.type, operation.opset or package.program.main.opset).largest_x
    if limit is None:
        return
    largest = float(np.max(arguments["x"], initial=-np.inf))
    if largest > limit:
        text = f"{operation.type} of {largest:.4g} is above {limit}, where fp16 overflows"
        yield (
            largest,
            Hazard(
                "float16 overflow", operation.name, text, "Keep the op fp32, or bound its input."
            ),
        )


def _plateau(
    operation: Operation, arguments: Mapping[str, Any], _: Any, package: Package, *__: Any
) -> Found:
    plateau = facts_of(operation.type, operation.opset or package.program.main.opset).plateau
    if plateau is None:
        return
    above, ones = (int(np.count_nonzero(arguments["x"] > limit)) for limit in plateau)
    if above:
        text = (
            f"{above} of {np.size(arguments['x'])} logits lie above {plateau[0]:g}, where an fp16 "
            f"{operation.type} has 6 distinct values, and {ones} above {plateau[1]:g}, where it is "
            "exactly 1"
        )
        cure = "Give out logits and take the sigmoid outside, or keep it fp32."
        yield float(above), Hazard("sigmoid plateau", operation.name, text, cure)


def _ties(
    operation: Operation,
    _: Mapping[str, Any],
    outputs: Mapping[str, Any],
    __: Package,
    leaving: set[str],
) -> Found:
    """Count planes of an output whose highest value is unique in float32 and not in fp16."""
    for name, value in outputs.items():
        if name not in leaving | _cast_to(leaving, name) or np.ndim(value) < 3:
            continue
        planes = np.reshape(value, (int(np.prod(value.shape[:2])), -1))
        tied = int(np.count_nonzero((_tops(planes) == 1) & (_tops(_rounded(planes)) > 1)))
        if tied:
            text = f"{tied} of {len(planes)} planes have one highest value in fp32, several in fp16"
            yield (
                float(tied),
                Hazard("ties", operation.name, text, "Decode with margins, or keep the op fp32."),
            )


def _cast_to(leaving: set[str], name: str) -> set[str]:
    """Find the fp16 value behind an output: coremltools casts NAME_cast_fp16 back to NAME."""
    return {name} if name.removesuffix("_cast_fp16") in leaving else set()


def _tops(planes: Array) -> Array:
    return np.asarray(np.count_nonzero(planes == planes.max(axis=1, keepdims=True), axis=1))


def _rounded(values: Array) -> Array:
    with np.errstate(over="ignore"):
        halves: Array = values.astype(np.float16)
    return halves


def _largest(value: Any) -> float:
    array = np.asarray(value)
    return float(np.abs(array).max(initial=0)) if array.dtype.kind == "f" else 0.0


_CHECKS: tuple[Callable[..., Found], ...] = (
    _large_values,
    _large_sums,
    _large_exponents,
    _plateau,
    _ties,
)
