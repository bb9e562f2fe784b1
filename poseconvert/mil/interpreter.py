"""Runs compiled blocks step by step: values by name, each freed when its last reader has run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from poseconvert.mil.calling import call
from poseconvert.mil.plan import BlockPlan, Step, Values
from poseconvert.mil.program import Operation

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


def run_step(step: Step, values: Values, observe: Observe | None, *, package: Path) -> None:
    """Run one op, store what it gave, settled to the declared types, and free what is dead.

    Parameters and errors as for ``run_block``.
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


def _run_nested(
    block: BlockPlan,
    values: Values,
    observe: Observe | None,
    package: Path,
    *arguments: Any,
) -> tuple[Any, ...]:
    """Run a block of control flow on top of the values around it."""
    given = dict(zip(block.inputs, arguments, strict=True))
    stored = {**values.stored, **block.constants.stored}
    inner = Values({**values, **block.constants, **given}, stored)
    run_block(block, inner, observe, package=package)
    return tuple(inner[name] for name in block.outputs)
