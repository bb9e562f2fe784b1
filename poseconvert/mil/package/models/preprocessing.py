"""Models that prepare or pick numbers: scaler, normalizer, featureVectorizer and their like.

Each takes the values of its inputs by name and gives those of its outputs by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from poseconvert.mil.package.features import OutputFeature
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value

_L1, _L2 = 1, 2


def identity(
    to: Lowering, p: Any, values: Mapping[str, Value], outputs: Sequence[OutputFeature]
) -> dict[str, Value]:
    """Give every input under the output's name: the same one, or the one in its place."""
    places = dict(zip((output.name for output in outputs), values.values(), strict=False))
    return {name: values.get(name, value) for name, value in places.items()}


def scaler(
    to: Lowering, p: Any, values: Mapping[str, Value], outputs: Sequence[OutputFeature]
) -> dict[str, Value]:
    """``y = (x + shift) * scale``, both single numbers or as long as the input.

    Source: Scaler.proto, ``f(x) = scaleValue * (x + shiftValue)``.
    """
    x = _only(to, values)
    rank = to.ranks[x]
    if len(p.shiftValue):
        x = to.op("add", rank, x=x, y=_spread(to, x, p.shiftValue))
    if len(p.scaleValue):
        x = to.op("mul", rank, x=x, y=_spread(to, x, p.scaleValue))
    return _under_its_name(to, x, outputs)


def normalizer(
    to: Lowering, p: Any, values: Mapping[str, Value], outputs: Sequence[OutputFeature]
) -> dict[str, Value]:
    """``y = x / |x|``, by the sum of absolute values (L1) or the Euclidean length (L2)."""
    x = _only(to, values)
    rank = to.rank(x)
    if p.normType not in (_L1, _L2):
        raise to.error("divides by the maximum, and whether of absolute values is not documented")
    op = "reduce_l1_norm" if p.normType == _L1 else "reduce_l2_norm"
    norm = to.op(op, rank, x=x, axes=np.arange(rank), keep_dims=True)
    some = to.op("maximum", rank, x=norm, y=np.float32(np.finfo(np.float32).tiny))
    return _under_its_name(to, to.op("real_div", rank, x=x, y=some), outputs)


def array_feature_extractor(
    to: Lowering, p: Any, values: Mapping[str, Value], outputs: Sequence[OutputFeature]
) -> dict[str, Value]:
    """``y = x[indices]`` of a vector.

    Source: ArrayFeatureExtractor.proto, "given an index, extracts the value at that index".
    """
    x = _only(to, values)
    if to.rank(x) != 1:
        raise to.error(f"picks elements of a value of rank {to.rank(x)}, expected a vector")
    if not len(p.extractIndex):
        raise to.error("names no element")
    indices = np.array(p.extractIndex, np.int64)
    picked = to.op("gather", 1, to.dtypes[x], x=x, indices=indices, axis=0)
    return _under_its_name(to, picked, outputs)


def feature_vectorizer(
    to: Lowering, p: Any, values: Mapping[str, Value], outputs: Sequence[OutputFeature]
) -> dict[str, Value]:
    """Join the listed inputs, each flattened, into one vector."""
    unknown = [c.inputColumn for c in p.inputList if c.inputColumn not in values]
    if unknown or not len(p.inputList):
        raise to.error(f"joins {unknown or 'no inputs'}, its inputs are {sorted(values)}")
    parts = [
        to.op(
            "reshape",
            1,
            x=to.cast(values[column.inputColumn], "fp32"),
            shape=np.array([int(column.inputDimensions) or -1]),
        )
        for column in p.inputList
    ]
    joined = to.op("concat", 1, values=tuple(parts), axis=0)
    return _under_its_name(to, joined, outputs)


def _only(to: Lowering, values: Mapping[str, Value]) -> Value:
    if len(values) != 1:
        raise to.error(f"has inputs {sorted(values)}, expected one")
    return to.cast(next(iter(values.values())), "fp32")


def _spread(to: Lowering, x: Value, numbers: Sequence[float]) -> Any:
    """Give one number as a scalar, several along the last axis, or along the channels of three."""
    array = np.array(numbers, np.float32)
    if array.size == 1:
        return array.reshape(())
    return array.reshape(-1, 1, 1) if to.rank(x) == 3 else array


def _under_its_name(
    to: Lowering, value: Value, outputs: Sequence[OutputFeature]
) -> dict[str, Value]:
    """Give the only output; a number where one is described."""
    if len(outputs) != 1:
        raise to.error(f"describes {len(outputs)} outputs, expected one")
    shape = getattr(outputs[0], "shape", None)
    number = shape == () and getattr(outputs[0], "dtype", "") == "fp64" and to.ranks[value] == 1
    flexible = getattr(outputs[0], "flexible", None)
    if number and not (flexible and flexible.ranges):
        value = to.op("squeeze", 0, to.dtypes[value], x=value)
    return {outputs[0].name: value}
