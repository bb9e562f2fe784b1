"""The reference executor: runs an ML Program op by op. It is not Core ML, nor the Neural Engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

import numpy as np

from poseconvert.errors import RunError
from poseconvert.mil.executor.channels_last import lay_channels_last
from poseconvert.mil.executor.compiler import compile_program
from poseconvert.mil.executor.fuse_clamps import fuse_clamps
from poseconvert.mil.executor.inputs import check_features, inputs_for
from poseconvert.mil.executor.interpreter import Observe, run_block, run_step
from poseconvert.mil.executor.kernel_call import computing
from poseconvert.mil.executor.outputs import outputs_of
from poseconvert.mil.executor.plan import BlockPlan, Values
from poseconvert.mil.executor.precision import Precision, check_precision
from poseconvert.mil.executor.state import State
from poseconvert.mil.executor.stepper import Walk
from poseconvert.mil.package.program import Operation, Package
from poseconvert.mil.package.refusal import refusal


class Executor:
    """An ML Program, compiled once and run many times.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    precision
        How values declared fp16 are computed; see ``poseconvert.mil.executor.precision``.
    engine
        What runs it. There is one, op by op; scripts that ``diff --bisect`` wrote name it.

    Raises
    ------
    UnsupportedOpError
        The executor lacks ops of the program; all of them are named.
    PackageError
        The program is malformed, or asks for more than a program may.
    ValueError
        The precision or the engine is unknown.
    """

    def __init__(
        self,
        package: Package,
        *,
        precision: Precision = "fp16",
        engine: Literal["interpreter"] = "interpreter",
    ) -> None:
        check_precision(precision)
        if engine != "interpreter":
            raise ValueError(f'unknown engine "{engine}", expected "interpreter"')
        self.package = package
        self.precision = precision
        self._plan = compile_program(package, precision=precision)
        check_features(package)

    def __repr__(self) -> str:
        return (
            f"<reference executor of {self.package.path}, {self.precision}, "
            f"{len(self._plan.steps)} ops; not Core ML>"
        )

    def make_state(self) -> State:
        """Make the program's states, all zero; runs that are given them go on from each other."""
        return State(self.package.program.main.states())

    def run(
        self,
        inputs: Mapping[str, Any],
        *,
        keep: Collection[str] = (),
        state: State | None = None,
    ) -> dict[str, Any]:
        """Run the program once.

        Parameters
        ----------
        inputs
            By name. Images: a PIL picture, uint8 HWC, or float32 NCHW 0..255, RGB always.
            Multi-arrays: the declared shape and dtype.
        keep
            Names of intermediate values to return as well, those of nested blocks included.
        state
            What ``make_state`` gave, changed by the run; None starts from zeros.

        Returns
        -------
        dict of str to Any
            The outputs: multi-arrays in their declared dtypes, images as uint8 HWC, a classifier's
            label and dictionary. Then the kept values in their carriers (float32 for every float).
            All are the caller's own.

        Raises
        ------
        RunError
            The inputs do not fit, or ``keep`` names a value the program does not compute.
        PackageError
            An op refused its inputs, or gave another shape than the program declares.
        """
        if keep:
            self._check_kept(keep)
        kept: dict[str, Any] = {}

        def observe(_: Operation, __: Mapping[str, Any], outputs: dict[str, Any]) -> None:
            kept.update({name: np.copy(outputs[name]) for name in outputs if name in keep})

        plan = self._observable if keep else self._unobserved
        values = self._start(plan, inputs_for(self.package, inputs), state)
        with computing():
            run_block(plan, values, observe if keep else None, package=self.package.path)
        outputs = outputs_of(self.package, values)
        return {**outputs, **{name: kept[name] for name in keep if name not in outputs}}

    def values(
        self, inputs: Mapping[str, Any], *, state: State | None = None
    ) -> Iterator[tuple[Operation, dict[str, Any]]]:
        """Run the program step by step and stream what every op computes, in order.

        Parameters
        ----------
        inputs, state
            As for ``run``.

        Yields
        ------
        tuple of Operation and dict of str to Any
            The op and its outputs by name: read-only, in their carriers, freed by the executor
            as soon as no later op reads them. Ops of nested blocks come before their owner.

        Raises
        ------
        RunError, PackageError
            As for ``run``.
        """
        values = self._start(self._observable, inputs_for(self.package, inputs), state)
        for step in self._observable.steps:
            computed: list[tuple[Operation, dict[str, Any]]] = []
            with computing():
                run_step(
                    step,
                    values,
                    lambda operation, _, outputs: computed.append((operation, outputs)),  # noqa: B023
                    package=self.package.path,
                )
            yield from ((o, {n: _read_only(v) for n, v in out.items()}) for o, out in computed)

    def watch(self, inputs: Mapping[str, Any], observe: Observe) -> None:
        """Run the program and show ``observe`` every op with what it read and what it computed.

        Parameters
        ----------
        inputs
            As for ``run``.
        observe
            Called in order; its arrays are the executor's own and must not be changed.

        Raises
        ------
        RunError, PackageError
            As for ``run``.
        """
        values = self._start(self._observable, inputs_for(self.package, inputs), None)
        with computing():
            run_block(self._observable, values, observe, package=self.package.path)

    def walk(self, inputs: Mapping[str, Any]) -> Walk:
        """Start a run that the caller steers op by op; its states start from zero.

        Raises
        ------
        RunError
            The inputs do not fit.
        """
        values = self._start(self._observable, inputs_for(self.package, inputs), None)
        return Walk(self._observable, values, package=self.package)

    def _check_kept(self, keep: Collection[str]) -> None:
        computed = {
            name
            for operation in self.package.program.main.block.walk()
            if operation.type != "const" and not operation.type.startswith("constexpr_")
            for name, _ in operation.outputs
        }
        absent = sorted(set(keep) - computed)
        if absent:
            raise refusal(
                RunError,
                self.package.path,
                f"values {absent} to keep are not computed by it",
                "Name values that Executor.values streams.",
            )

    @cached_property
    def _observable(self) -> BlockPlan:
        """What the interpreter runs when every value is to be seen."""
        lay_channels_last(self._plan)
        return self._plan

    @cached_property
    def _unobserved(self) -> BlockPlan:
        """What it runs when outputs only are."""
        return fuse_clamps(self._observable)

    def _start(self, plan: BlockPlan, fed: Mapping[str, Any], state: State | None) -> Values:
        cells = (state or self.make_state()).cells
        return Values({**plan.constants, **cells, **fed}, plan.constants.stored)


def _read_only(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view
