"""An ONNX graph whose weights are as far from its own as float16 weights are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, numpy_helper

# Ops whose stored numbers a float16 package rounds, and which stay the same op when they move.
_WEIGHTED = {
    "Add",
    "BatchNormalization",
    "Conv",
    "ConvTranspose",
    "Div",
    "GRU",
    "Gemm",
    "InstanceNormalization",
    "LSTM",
    "LayerNormalization",
    "MatMul",
    "Mul",
    "PRelu",
    "Sub",
}
# Half a unit in the last place of float16: the most that rounding to it changes a number.
_HALF_ULP = 2.0**-11

_Change = Callable[[NDArray[Any]], NDArray[Any]]


def with_rounded_weights(model: ModelProto) -> ModelProto:
    """Move every weight by up to half a float16 unit in the last place, seeded.

    Not by its own rounding, which is nothing for a network that was stored in float16: results
    are rounded as well, and they are not.
    """
    generator = np.random.Generator(np.random.PCG64(0))
    return _with(model, lambda x: x * (1 + generator.uniform(-_HALF_ULP, _HALF_ULP, np.shape(x))))


def in_float16(model: ModelProto, *, keep: Collection[str] = ()) -> ModelProto:
    """Round every weight to float16, as a package stores them.

    Parameters
    ----------
    keep : names of weights or results whose ops stay float32.
    """
    return _with(model, _half, keep=keep, divisor=lambda x: 1 / _half(1 / x))


def knows(model: ModelProto, names: Collection[str]) -> bool:
    """Whether every one of these is a weight or a result of the graph."""
    there = {name for node in model.graph.node for name in (*node.input, *node.output)}
    return there.issuperset(names)


def _is_kept(node: NodeProto, keep: Collection[str]) -> bool:
    """Whether an op stays float32, named by a weight of its or by its result."""
    return any(name in keep for name in (*node.input, *node.output))


def _half(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float16).astype(np.float32)


def _with(
    model: ModelProto,
    change: _Change,
    *,
    keep: Collection[str] = (),
    divisor: _Change | None = None,
) -> ModelProto:
    """Change the weights; a divisor becomes a factor in Core ML, which is what it rounds."""
    weighted = [node for node in model.graph.node if node.op_type in _WEIGHTED]
    nodes = [node for node in weighted if not _is_kept(node, keep)]
    read = {name for node in nodes for name in node.input}
    divisors = {node.input[1] for node in nodes if node.op_type == "Div"}
    changed = ModelProto()
    changed.CopyFrom(model)
    for name, tensor in _stored(changed):
        values = numpy_helper.to_array(tensor)
        if name in read and values.dtype == np.float32:
            by = divisor if divisor and name in divisors else change
            with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                other = by(values).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(other, tensor.name))
    return changed


def _stored(model: ModelProto) -> Iterator[tuple[str, TensorProto]]:
    """Yield what is stored, under the name by which it is read."""
    yield from ((tensor.name, tensor) for tensor in model.graph.initializer)
    for node in model.graph.node:
        if node.op_type == "Constant":
            yield from ((node.output[0], one.t) for one in node.attribute if one.name == "value")
