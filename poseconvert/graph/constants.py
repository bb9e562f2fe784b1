"""The value of a node whose inputs are known, where it is cheap to know."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, OperatorSetIdProto, TypeProto, defs, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.shape_inference import infer_node_outputs

from poseconvert.budgets import PROPAGATED_ELEMENTS

Array = NDArray[Any]

# What onnx's reference evaluator does in time that follows from the elements read and made, and
# in little memory beside them: no convolution, no matrix product, no resampling, no regular
# expression, nothing random and nothing with graphs inside.
_CHEAP = {
    "Abs", "Add", "And", "ArgMax", "ArgMin", "BitShift", "BitwiseAnd", "BitwiseNot",
    "BitwiseOr", "BitwiseXor", "Cast", "CastLike", "Ceil", "Clip", "Concat", "Constant",
    "ConstantOfShape", "Cos", "CumSum", "DepthToSpace", "Div", "Equal", "Erf", "Exp", "Expand",
    "EyeLike", "Flatten", "Floor", "Gather", "GatherElements", "GatherND", "Greater",
    "GreaterOrEqual", "Identity", "IsInf", "IsNaN", "Less", "LessOrEqual", "Log", "Max", "Mean",
    "Min", "Mod", "Mul", "Neg", "Not", "OneHot", "Or", "Pad", "Pow", "Range", "Reciprocal",
    "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "ReduceSumSquare", "Relu", "Reshape", "Round", "ScatterElements", "ScatterND", "Shape",
    "Sigmoid", "Sign", "Sin", "Size", "Slice", "Softmax", "SpaceToDepth", "Split", "Sqrt",
    "Squeeze", "Sub", "Sum", "Tan", "Tanh", "Tile", "Transpose", "Trilu", "Unsqueeze", "Where",
    "Xor",
}  # fmt: skip


def output_types(
    node: NodeProto,
    types: Mapping[str, TypeProto],
    known: Mapping[str, Array],
    *,
    opsets: Sequence[OperatorSetIdProto],
) -> Mapping[str, TypeProto]:
    """Return the types of a standard node's outputs, as far as its inputs tell; nothing is run.

    ``onnx.shape_inference.infer_shapes(data_prop=True)`` would write out the values that sizes
    are computed from, however many: a Range over 2**40 ends the process.
    """
    version = next((o.version for o in opsets if o.domain in ("", "ai.onnx")), 1)
    inputs = [name for name in node.input if name]
    try:
        schema = defs.get_schema(node.op_type, version, "")
        data = {
            name: numpy_helper.from_array(known[name], name)
            for name in inputs
            if name in known and known[name].size <= PROPAGATED_ELEMENTS.value
        }
        return infer_node_outputs(
            schema, node, {name: types[name] for name in inputs}, data, opset_imports=list(opsets)
        )
    except Exception:  # a type that is not known, or inputs that the op does not take
        return {}


def evaluated(
    node: NodeProto,
    known: Mapping[str, Array],
    *,
    types: Mapping[str, TypeProto],
    most: int,
    opsets: Iterable[OperatorSetIdProto],
) -> list[Array] | None:
    """Return the node's outputs by onnx's reference evaluator.

    Parameters
    ----------
    known : values of its inputs.
    types : of its outputs, as :func:`output_types` finds them.
    most : elements that an output may have.

    Returns
    -------
    values : None where an op is not cheap, an output's size is not known before or above
        ``most``, or the evaluator cannot do it.
    """
    names = [name for name in node.output if name]
    if node.op_type not in _CHEAP or any(a.HasField("g") for a in node.attribute):
        return None
    for name in names:
        shape = fixed_shape(types.get(name))
        if shape is None or math.prod(shape) > most:
            return None
    feeds = {name: known[name] for name in node.input if name}
    inputs = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
        )
        for name, value in feeds.items()
    ]
    outputs = [helper.make_empty_tensor_value_info(name) for name in names]
    graph = helper.make_graph([node], "one", inputs, outputs)
    one = helper.make_model(graph, opset_imports=list(opsets))
    try:
        with np.errstate(all="ignore"):
            values = [np.asarray(value) for value in ReferenceEvaluator(one).run(None, feeds)]
    except Exception:  # the evaluator raises what numpy and its own kernels raise
        return None
    small = all(value.size <= most and value.dtype != object for value in values)
    return values if small else None


def fixed_shape(kind: TypeProto | None) -> tuple[int, ...] | None:
    """Return the shape of a tensor type; None where its rank or a size is not known."""
    if kind is None or not kind.tensor_type.HasField("shape"):
        return None
    dims = kind.tensor_type.shape.dim
    if not all(dim.HasField("dim_value") and dim.dim_value >= 0 for dim in dims):
        return None
    return tuple(dim.dim_value for dim in dims)


def shape_value(node: NodeProto, shape: tuple[int, ...]) -> Array:
    """Return what a Shape or Size node gives for a tensor of ``shape``."""
    if node.op_type == "Size":
        return np.asarray(math.prod(shape), np.int64)
    bounds = {each.name: each.i for each in node.attribute}
    return np.asarray(shape[bounds.get("start", 0) : bounds.get("end")], np.int64)
