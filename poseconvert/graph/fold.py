"""Replace what does not depend on the input by its value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from poseconvert.graph.shapes import known_shapes

# Folding is for sizes, axes and scales; a table that is larger stays computed.
_MOST_ELEMENTS = 1 << 20
_RANDOM = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli"}


def with_constants_folded(model: ModelProto) -> ModelProto:
    """Return ``model`` with constant nodes as initializers, and Shape and Size of fixed shapes.

    Values come from onnx's reference evaluator; a node it cannot evaluate, one with
    graphs inside, and one whose value is large, stays.
    """
    folded = onnx.shape_inference.infer_shapes(model)
    graph = folded.graph
    shapes = known_shapes(graph)
    known = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    outputs = {value.name for value in graph.output}
    kept: list[NodeProto] = []
    found: dict[str, NDArray[Any]] = {}
    for node in graph.node:
        shape = shapes.get(node.input[0]) if node.input else None
        values: Sequence[NDArray[Any]] | None
        if outputs & set(node.output):
            values = None  # a graph must compute its outputs
        elif node.op_type in ("Shape", "Size") and shape is not None:
            values = _of_shape(node, shape)
        elif all(name in known for name in node.input if name):
            values = _evaluated(folded, node, known)
        else:
            values = None
        if values is None:
            kept.append(node)
            continue
        made = {name: value for name, value in zip(node.output, values, strict=False) if name}
        known |= made
        found |= made
    del graph.node[:]
    graph.node.extend(kept)
    used = {name for node in kept for name in node.input}
    graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in found.items() if name in used
    )
    return folded


def _of_shape(node: NodeProto, shape: tuple[int, ...]) -> list[NDArray[Any]]:
    if node.op_type == "Size":
        return [np.asarray(math.prod(shape), np.int64)]
    bounds = {attribute.name: attribute.i for attribute in node.attribute}
    return [np.asarray(shape[bounds.get("start", 0) : bounds.get("end")], np.int64)]


def _evaluated(
    model: ModelProto, node: NodeProto, known: dict[str, NDArray[Any]]
) -> Sequence[NDArray[Any]] | None:
    inner = any(attribute.HasField("g") for attribute in node.attribute)
    if inner or node.op_type in _RANDOM:
        return None
    feeds = {name: known[name] for name in node.input if name}
    inputs = [
        helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
        )
        for name, value in feeds.items()
    ]
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
    graph = helper.make_graph([node], "one", inputs, outputs)
    one = helper.make_model(graph, opset_imports=list(model.opset_import))
    try:
        values = [np.asarray(value) for value in ReferenceEvaluator(one).run(None, feeds)]
    except Exception:  # the evaluator raises what numpy and its own kernels raise
        return None
    small = all(value.size <= _MOST_ELEMENTS and value.dtype != object for value in values)
    return values if small else None
