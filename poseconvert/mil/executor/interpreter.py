"""Runs compiled blocks step by step: values by name, each freed when its last reader has run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from poseconvert.budgets import BLOCK_ELEMENTS, BLOCK_RUNS
from poseconvert.errors import PackageError
from poseconvert.mil.executor.kernel_call import call
from poseconvert.mil.executor.plan import BlockPlan, Step, Values
from poseconvert.mil.package.program import Operation
from poseconvert.mil.package.refusal import refusal

#: Called with every op, its arguments by parameter and its outputs by name, once they are computed.
Observe: TypeAlias = Callable[[Operation, Mapping[str, Any], dict[str, Any]], None]


def run_block(block: BlockPlan, values: Values, observe: Observe | None, *, package: Path) -> None:
    """Run every step of a block.

    Parameters
    ----------
    block
        What the compiler gave.
    values
        Inputs and constants by name; the outputs are added to it.
    observe
        Sees every op of this block and of those nested in it; None where nobody looks.
    package
        Named in errors.

    Raises
    ------
    PackageError
        An op refused its inputs, or gave another shape than the program declares.
    """
    for step in block.steps:
        run_step(step, values, observe, package=package)


def run_step(
    step: Step, values: Values, observe: Observe | None, *, package: Path
) -> dict[str, Any]:
    """Run one op, store what it gave, settled to the declared types, and free what is dead.

    Gives what it computed, by name; parameters and errors as for ``run_block``.
    """
    arguments = {
        parameter: values[a] if isinstance(a, str) else tuple(values[n] for n in a)
        for parameter, a in step.arguments.items()
    }
    for parameter, block in step.blocks.items():
        arguments[parameter] = partial(_run_nested, block, values, observe, package)
    outputs = call(
        step.operation, step.kernel, arguments=arguments, settle=step.settle, package=package
    )
    values.update(outputs)
    if observe is not None:
        observe(step.operation, arguments, outputs)
    for name in step.dead:
        del values[name]
    return outputs


def _run_nested(
    block: BlockPlan,
    values: Values,
    observe: Observe | None,
    package: Path,
    *arguments: Any,
) -> tuple[Any, ...]:
    """Run a block of control flow on top of the values around it, within what a run may spend.

    Raises
    ------
    PackageError
        The run's nested blocks ran too often or computed too much; as for ``run_block``.
    """
    given = dict(zip(block.inputs, arguments, strict=True))
    inner = Values({**block.constants, **given}, block.constants.stored, around=values)
    spent = inner.spent
    spent.runs += 1
    for step in block.steps:
        outputs = run_step(step, inner, observe, package=package)
        spent.elements += sum(map(_elements, outputs.values()))
        for count, limit in ((spent.runs, BLOCK_RUNS), (spent.elements, BLOCK_ELEMENTS)):
            if count > limit.value:
                what = f"its loops and branches take more than {limit} in one run"
                raise refusal(PackageError, package, what, "Shorten its loops.")
    return tuple(inner[name] for name in block.outputs)


def _elements(value: Any) -> int:
    return value.size if isinstance(value, np.ndarray) else 1
