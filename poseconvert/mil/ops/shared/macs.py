"""How multiply-accumulates are counted from declared types."""

from __future__ import annotations

from collections.abc import Mapping

from poseconvert.mil.package.program import Array, Shape, TensorType


def macs_per_output(
    inputs: Mapping[str, TensorType], _: Mapping[str, Array], output: TensorType
) -> int | None:
    """Every output element is a sum over one filter: all of ``weight`` but its first axis."""
    return times(output.shape, weight_row(inputs))


def macs_per_input(
    inputs: Mapping[str, TensorType], _: Mapping[str, Array], __: TensorType
) -> int | None:
    """Every input element meets one filter: all of ``weight`` but its first axis."""
    return times(inputs["x"].shape, weight_row(inputs))


def weight_row(inputs: Mapping[str, TensorType]) -> Shape:
    """Sizes of ``weight`` without its first axis; unknown where its type is."""
    return inputs["weight"].shape[1:] if "weight" in inputs else (None,)


def times(counted: Shape, each: Shape) -> int | None:
    """Elements of one shape times those of another; None where a size is unknown."""
    product = 1
    for size in (*counted, *each):
        if size is None:
            return None
        product *= size
    return product
