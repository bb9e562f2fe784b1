"""Work saved when nobody looks at the values in between: bounds overwrite what they bound.

::

    conv -> round -> clip -> round      becomes      conv -> clip in place -> round

Rounding never changes the order of two numbers, so that a bound which fp16 holds may come before
it: the results are the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache, partial

import numpy as np

from poseconvert.mil.executor.plan import BlockPlan, Step, Values, names_of
from poseconvert.mil.executor.precision import carried
from poseconvert.mil.executor.tensors import tensor
from poseconvert.mil.package.program import Array, TensorType


def fuse_clamps(plan: BlockPlan) -> BlockPlan:
    """Let every bound overwrite a fresh value that only it reads.

    Parameters
    ----------
    plan
        A block, ready to run.

    Returns
    -------
    BlockPlan
        One that gives the same outputs and must not be observed: bounded values are lost.
    """
    readers = Counter(name for step in plan.steps for name in step.reads)
    makers = {name: at for at, step in enumerate(plan.steps) for name, _ in step.operation.outputs}
    steps = list(plan.steps)
    for at, step in enumerate(plan.steps):
        limits = _limits(step, plan.constants)
        x = step.arguments.get("x")
        if limits is None or not isinstance(x, str) or x not in makers:
            continue
        maker = steps[makers[x]]
        if readers[x] == 1 and x in step.dead and _joins(maker, limits):
            steps[makers[x]] = replace(maker, settle=carried)
            kernel = partial(_bound, low=limits[0], high=limits[1])
            steps[at] = replace(step, kernel=kernel, arguments={"x": x})
    nested = [
        replace(step, blocks={name: fuse_clamps(block) for name, block in step.blocks.items()})
        for step in steps
    ]
    kept = {name: cache(load) for name, load in plan.constants.stored.items()}
    return replace(plan, steps=tuple(nested), constants=Values(plan.constants, kept))


def _limits(step: Step, constants: Values) -> tuple[float, float] | None:
    """Give the numbers between which an op holds its input, or None for other ops."""
    others = {name: value for name, value in step.arguments.items() if name != "x"}
    if step.facts.bounds is None or not names_of(others.values()) <= set(constants):
        return None
    return step.facts.bounds({name: constants[str(value)] for name, value in others.items()})


def _joins(maker: Step, limits: tuple[float, float]) -> bool:
    """Whether a value is fresh, and its rounding may wait until it has been bounded."""
    ((_, declared),) = (
        maker.operation.outputs if len(maker.operation.outputs) == 1 else (("", None),)
    )
    if not maker.facts.fresh or not isinstance(declared, TensorType):
        return False
    with np.errstate(over="ignore"):
        exact = all(float(np.float16(limit)) == limit for limit in limits)
    return declared.dtype == "fp32" or (declared.dtype == "fp16" and exact)


def _bound(*, x: Array, low: float, high: float) -> Array:
    tensor(x).clamp_(low, high)
    return x
