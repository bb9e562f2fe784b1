"""What is done to the numbers of a picture, by a caller or by the first ops of a package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.mil import Package
from poseconvert.mil.package.program import Constant, Operation

_COLOURS = 3


@dataclass(frozen=True, slots=True)
class Scaling:
    """What the caller does to a picture in 0-255: ``x * scale + bias``, per RGB channel."""

    scale: tuple[float, float, float]
    bias: tuple[float, float, float]

    def __str__(self) -> str:
        scale, bias = (_short(one) for one in (self.scale, self.bias))
        return f"x * {scale} + {bias}"

    def apply(self, pictures: Any) -> Any:
        """Scale (N, 3, H, W)."""
        scale, bias = (
            np.asarray(one, np.float32).reshape(1, -1, 1, 1) for one in (self.scale, self.bias)
        )
        return pictures * scale + bias


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


def per_colour(scale: NDArray[Any], bias: NDArray[Any]) -> Scaling:
    """Return what is done to each of three colours."""
    a, b, c = np.broadcast_to(np.ravel(scale), 3).tolist()
    d, e, f = np.broadcast_to(np.ravel(bias), 3).tolist()
    return Scaling((a, b, c), (d, e, f))


def _short(values: tuple[float, ...]) -> str:
    """Write one number where all are the same."""
    return (
        f"{values[0]:.6g}" if len({*values}) == 1 else f"({', '.join(f'{v:.6g}' for v in values)})"
    )
