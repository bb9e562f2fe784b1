"""An ONNX graph whose weights are as far from its own as float16 weights are."""

from __future__ import annotations

import numpy as np
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
    read = {name for node in model.graph.node if node.op_type in _WEIGHTED for name in node.input}
    changed = ModelProto()
    changed.CopyFrom(model)
    generator = np.random.Generator(np.random.PCG64(0))
    for tensor in changed.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name in read and values.dtype == np.float32:
            part = generator.uniform(-_HALF_ULP, _HALF_ULP, values.shape)
            tensor.CopyFrom(
                numpy_helper.from_array((values * (1 + part)).astype(np.float32), tensor.name)
            )
    return changed
