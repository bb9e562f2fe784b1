"""One run of a program that a caller steers: op by op, values overwritten, and forked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from poseconvert.errors import PackageError
from poseconvert.mil.executor.interpreter import run_step
from poseconvert.mil.executor.kernel_call import computing
from poseconvert.mil.executor.outputs import outputs_of
from poseconvert.mil.executor.plan import BlockPlan, Step, Values
from poseconvert.mil.executor.state import Cell
from poseconvert.mil.package.program import Operation, Package, TensorType


@dataclass(frozen=True, slots=True)
class Stepped:
    """What one op did.

    Attributes
    ----------
    operation : the op, of the program's own block.
    arguments : what it read, by parameter.
    outputs : what it computed, by name, in their carriers; not to be changed.
    """

    operation: Operation
    arguments: Mapping[str, Any]
    outputs: Mapping[str, Any]


class Walk:
    """A run that stands before its next op; what no later op reads is freed.

    Made by ``Executor.walk``.

    Parameters
    ----------
    plan
        What runs.
    values
        Inputs, constants and states by name; the walk's own.
    package
        What is run.
    at
        How many ops have run.
    """

    def __init__(self, plan: BlockPlan, values: Values, *, package: Package, at: int = 0) -> None:
        self._plan = plan
        self._values = values
        self._package = package
        self._at = at

    def __len__(self) -> int:
        """How many ops are still to run; those of nested blocks run with their owner."""
        return len(self._plan.steps) - self._at

    @property
    def held(self) -> int:
        """How many computed values it holds."""
        return len(self._values.keys() - self._plan.constants.keys())

    def step(self) -> Stepped:
        """Run the next op.

        Raises
        ------
        PackageError
            The op refused its inputs, or gave another shape than the program declares.
        """
        step = self._plan.steps[self._at]
        seen: list[Stepped] = []

        def observe(operation: Operation, read: Mapping[str, Any], gave: dict[str, Any]) -> None:
            if operation is step.operation:
                seen.append(Stepped(operation, read, gave))

        with computing():
            run_step(step, self._values, observe, package=self._package.path)
        self._at += 1
        return seen[-1]

    def put(self, values: Mapping[str, Any]) -> None:
        """Overwrite what the last op computed, brought to the declared types as its own result.

        Parameters
        ----------
        values
            By name, of the declared shapes; a value that no later op reads is left out.

        Raises
        ------
        PackageError
            A value does not have the declared shape.
        """
        step = self._plan.steps[self._at - 1]
        for name, declared in step.operation.outputs:
            if name not in values or name not in self._values:
                continue
            self._values[name] = self._settled(step, name, declared, values[name])

    def _settled(self, step: Step, name: str, declared: Any, value: Any) -> Any:
        if not isinstance(declared, TensorType):
            return value
        if not declared.admits(np.shape(value)):
            raise PackageError(
                f'{self._package.path}: value "{name}" is {declared}, given'
                f" {list(np.shape(value))}. Give its declared shape."
            )
        return step.settle(np.array(value), declared.dtype)  # a copy: it may round in place

    def fork(self) -> Walk:
        """Return a walk that goes on from here by itself; arrays are shared, states are not."""
        values = {
            name: replace(value, array=value.array.copy()) if isinstance(value, Cell) else value
            for name, value in self._values.items()
        }
        forked = Values(values, self._values.stored)
        return Walk(self._plan, forked, package=self._package, at=self._at)

    def finish(self) -> dict[str, Any]:
        """Run the rest and return the outputs, as ``Executor.run`` does.

        Raises
        ------
        PackageError
            As for ``step``.
        """
        with computing():
            for step in self._plan.steps[self._at :]:
                run_step(step, self._values, None, package=self._package.path)
        self._at = len(self._plan.steps)
        return outputs_of(self._package, self._values)
