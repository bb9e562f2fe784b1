"""An ONNX graph whose weights are as far from its own as float16 weights are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper

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


def with_rounded_weights(model: ModelProto) -> ModelProto:
    """Move every weight by up to half a float16 unit in the last place, seeded.

    Not by its own rounding, which is nothing for a network that was stored in float16: results
    are rounded as well, and they are not.
    """
    generator = np.random.Generator(np.random.PCG64(0))
    return _with(model, lambda x: x * (1 + generator.uniform(-_HALF_ULP, _HALF_ULP, np.shape(x))))


def in_float16(model: ModelProto) -> ModelProto:
    """Round every weight to float16, as a package stores them."""
    return _with(model, lambda x: x.astype(np.float16))


def _with(model: ModelProto, change: Callable[[NDArray[Any]], NDArray[Any]]) -> ModelProto:
    read = {name for node in model.graph.node if node.op_type in _WEIGHTED for name in node.input}
    changed = ModelProto()
    changed.CopyFrom(model)
    for tensor in changed.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name in read and values.dtype == np.float32:
            with np.errstate(over="ignore"):
                other = change(values).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(other, tensor.name))
    return changed
