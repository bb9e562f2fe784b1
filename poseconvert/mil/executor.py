"""The reference executor: runs an ML Program op by op. It is not Core ML, nor the Neural Engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import torch

from poseconvert.errors import PackageError, RunError
from poseconvert.mil.feed import check_features, feed
from poseconvert.mil.plan import Step, plan
from poseconvert.mil.precision import SETTLERS, Precision
from poseconvert.mil.program import DTYPES, Array, Operation, Package, TensorType
from poseconvert.mil.refusal import refusal

_KERNEL_ERRORS = (
    ValueError,
    TypeError,
    IndexError,
    ArithmeticError,
    RuntimeError,
    AttributeError,
    MemoryError,
)


class Executor:
    """An ML Program, compiled once and run many times.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    precision
        ``fp16`` or ``fp32``; see ``poseconvert.mil.precision``.

    Raises
    ------
    UnsupportedOpError
        The executor lacks ops of the program; all of them are named.
    PackageError
        The program is malformed.
    ValueError
        The precision is unknown.
    """

    def __init__(self, package: Package, *, precision: Precision = "fp16") -> None:
        if precision not in SETTLERS:
            raise ValueError(f'unknown precision "{precision}", expected one of {list(SETTLERS)}')
        self.package = package
        self.precision = precision
        self._settle = SETTLERS[precision]
        self._plan = plan(package)
        check_features(package)

    def __repr__(self) -> str:
        return (
            f"<reference executor of {self.package.path}, {self.precision}, "
            f"{len(self._plan.steps)} ops; not Core ML>"
        )

    def run(self, inputs: Mapping[str, Array], *, keep: Collection[str] = ()) -> dict[str, Array]:
        """Run the program once.

        Parameters
        ----------
        inputs
            By name. Images: float32 NCHW 0..255 or uint8 HWC, RGB always. Multi-arrays: the
            declared shape and dtype.
        keep
            Names of intermediate values to return as well.

        Returns
        -------
        dict of str to Array
            The outputs in their declared dtypes, then the kept values in their carriers
            (float32 for every float). All are the caller's own.

        Raises
        ------
        RunError
            The inputs do not fit, or ``keep`` names a value the program does not compute.
        PackageError
            An op refused its inputs, or gave another shape than the program declares.
        """
        computed = {name for step in self._plan.steps for name, _ in step.operation.outputs}
        absent = sorted(set(keep) - computed)
        if absent:
            raise refusal(
                RunError,
                self.package.path,
                f"values {absent} to keep are not computed by it",
                "Name values that Executor.values streams.",
            )
        values = self._start(inputs)
        kept = {}
        for step in self._plan.steps:
            self._execute(step, values)
            kept.update({n: values[n].copy() for n, _ in step.operation.outputs if n in keep})
            self._free(step, values)
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = {
                output.name: np.array(values[output.name], dtype=DTYPES[output.dtype], order="C")
                for output in self.package.outputs
            }
        return {**outputs, **{name: kept[name] for name in keep if name not in outputs}}

    def values(self, inputs: Mapping[str, Array]) -> Iterator[tuple[Operation, dict[str, Array]]]:
        """Run the program and stream what every op computes, in order.

        Parameters
        ----------
        inputs
            As for ``run``.

        Yields
        ------
        tuple of Operation and dict of str to Array
            The op and its outputs by name: read-only, in their carriers, freed by the executor
            as soon as no later op reads them.

        Raises
        ------
        RunError, PackageError
            As for ``run``.
        """
        values = self._start(inputs)
        for step in self._plan.steps:
            self._execute(step, values)
            outputs = {name: _read_only(values[name]) for name, _ in step.operation.outputs}
            self._free(step, values)
            yield step.operation, outputs

    def _start(self, inputs: Mapping[str, Array]) -> dict[str, Any]:
        return {**self._plan.constants, **feed(self.package, inputs)}

    def _execute(self, step: Step, values: dict[str, Any]) -> None:
        """Run one kernel and store what it gave, settled to the declared types."""
        arguments = {
            parameter: values[a] if isinstance(a, str) else tuple(values[n] for n in a)
            for parameter, a in step.arguments.items()
        }
        try:
            with torch.inference_mode(), np.errstate(all="ignore"):
                result = step.kernel(**arguments)
        except _KERNEL_ERRORS as error:
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise self._error(step, reason[0]) from error
        results = result if isinstance(result, tuple) else (result,)
        if len(results) != len(step.operation.outputs):
            raise self._error(step, f"gave {len(results)} values")
        for (name, declared), value in zip(step.operation.outputs, results, strict=True):
            values[name] = self._settled(step, declared, value)

    def _settled(self, step: Step, declared: TensorType, value: Any) -> Array:
        array = np.asarray(value)
        if not declared.admits(array.shape):
            raise self._error(step, f"gave shape {list(array.shape)}, declared is {declared}")
        return self._settle(array, declared.dtype)

    @staticmethod
    def _free(step: Step, values: dict[str, Any]) -> None:
        for name in step.dead:
            del values[name]

    def _error(self, step: Step, what: str) -> PackageError:
        return refusal(PackageError, self.package.path, f"{step.operation}: {what}")


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view
