"""Bounds that the layers of a NeuralNetwork spell out in several ops -> one op.

No layer bounds from above, so that converters write ``min(x, c)`` as ``-max(-x, -c)``, and ReLU6
as four layers (coremltools 9.0, mil/backend/nn/op_mapping.py, ``relu6`` and ``clip``)::

    linear(-1) -> threshold(-c) -> linear(-1)             becomes    minimum(c)
    relu -> linear(-1) -> threshold(-c) -> linear(-1)     becomes    clip(0, c)

The numbers are the same to the last bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from poseconvert.mil.package.neuralnetwork.constants import constant
from poseconvert.mil.package.program import Constant, Operation


def fold_bounds(operations: Sequence[Operation], kept: Collection[str]) -> list[Operation]:
    """Fold the bounds of one block.

    Parameters
    ----------
    operations
        In their order.
    kept
        Names of values that leave, which must stay.

    Returns
    -------
    list of Operation
        Fewer of them; the last op of each bound gives its value under its own name.
    """
    made = {name: one for one in operations for name, _ in one.outputs}
    reads = Counter(_read_by(operations))
    gone: set[str] = set()
    folded: list[Operation] = []
    for last in operations:
        found = _upper(last, made, reads, kept)
        if found is None:
            folded.append(last)
            continue
        source, bound, inner = found
        gone |= inner
        before = made.get(source)
        if (
            before is not None
            and before.type == "relu"
            and bound >= 0
            and _lone(source, reads, kept)
        ):
            gone.add(source)
            inputs = {
                "x": before.inputs["x"],
                "alpha": (constant(0.0),),
                "beta": (constant(bound),),
            }
            folded.append(replace(last, type="clip", inputs=inputs))
        else:
            inputs = {"x": (source,), "y": (constant(bound),)}
            folded.append(replace(last, type="minimum", inputs=inputs))
    return [one for one in folded if not any(name in gone for name, _ in one.outputs)]


def _upper(
    last: Operation, made: Mapping[str, Operation], reads: Counter[str], kept: Collection[str]
) -> tuple[str, float, set[str]] | None:
    """Give what is bounded, by what, and the values in between; None where nothing is."""
    if not _negates(last):
        return None
    name = last.inputs["x"][0]
    middle = made.get(name) if isinstance(name, str) else None
    if middle is None or middle.type != "threshold" or not _lone(str(name), reads, kept):
        return None
    inner = middle.inputs["x"][0]
    first = made.get(inner) if isinstance(inner, str) else None
    if first is None or not _negates(first) or not _lone(str(inner), reads, kept):
        return None
    least, source = _number(middle, "alpha"), first.inputs["x"][0]
    if least is None or not isinstance(source, str):
        return None
    return source, -least, {str(name), str(inner)}


def _negates(operation: Operation) -> bool:
    return (
        operation.type == "linear_activation"
        and _number(operation, "alpha") == -1
        and _number(operation, "beta") == 0
    )


def _number(operation: Operation, name: str) -> float | None:
    held = operation.inputs.get(name, ("",))[0]
    if not isinstance(held, Constant) or np.size(held.array) != 1:
        return None
    return float(np.reshape(held.array, ())[()])


def _lone(name: str, reads: Counter[str], kept: Collection[str]) -> bool:
    return reads[name] == 1 and name not in kept


def _read_by(operations: Sequence[Operation]) -> list[str]:
    """Every name that ops read, those of nested blocks and what leaves them included."""
    found: list[str] = []
    for one in operations:
        found += [r for several in one.inputs.values() for r in several if isinstance(r, str)]
        for block in one.blocks:
            found += _read_by(block.operations) + list(block.outputs)
    return found
