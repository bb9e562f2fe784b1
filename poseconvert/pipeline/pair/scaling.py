"""What the first ops of a package do to the numbers of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.imaging.scaling import Scaling, per_colour
from poseconvert.mil import Package
from poseconvert.mil.package.program import Constant, Operation

_COLOURS = 3


def scaling_of(package: Package) -> Scaling | None:
    """Follow the one picture through what scales it first; None where nothing does."""
    if len(package.inputs) != 1:
        return None
    constants = package.program.main.constants()
    current, scale, bias, seen = package.inputs[0].name, np.ones(1), np.zeros(1), False
    for operation in package.program.main.block.operations:
        reads = [given for references in operation.inputs.values() for given in references]
        if operation.type == "const" or current not in reads:
            continue
        step = _step(operation, constants)
        if step is None:
            break
        scale, bias = scale * step[0], bias * step[0] + step[1]
        seen = seen or operation.type != "cast"
        current = operation.outputs[0][0]
    return per_colour(scale, bias) if seen else None


def _step(
    operation: Operation, constants: Mapping[str, Constant]
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Return factor and summand of an op that scales, one or one per colour; None of another."""
    one, zero = np.ones(1), np.zeros(1)
    if operation.type == "cast":
        return one, zero
    given = {}
    for side in "xy":
        (reference,) = operation.inputs.get(side, ("",))
        known = reference if isinstance(reference, Constant) else constants.get(reference)
        if known is not None:
            given[side] = np.asarray(known.array, np.float64).reshape(-1)
    if len(given) != 1 or next(iter(given.values())).size not in (1, _COLOURS):
        return None
    ((side, by),) = given.items()
    if operation.type == "mul":
        return by, zero
    if operation.type == "add":
        return one, by
    if side == "x":
        return None
    return {"real_div": (1 / by, zero), "sub": (one, -by)}.get(operation.type)
