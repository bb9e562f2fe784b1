"""How far the op that gives an output can go: a sigmoid from 0 to 1, whatever it is fed."""

from __future__ import annotations

import math

from onnx import ModelProto, NodeProto, helper, numpy_helper

_UNIT = {"HardSigmoid", "Sigmoid", "Softmax"}
_TWO = {"Softsign", "Tanh"}
# What only moves numbers about.
_MOVES = {
    "Cast",
    "Flatten",
    "Gather",
    "Identity",
    "Reshape",
    "Slice",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
}


def output_spans(model: ModelProto) -> dict[str, float]:
    """Return the span of each output that its op bounds; 0 for the others."""
    made = {name: node for node in model.graph.node for name in node.output}
    return {value.name: _span(value.name, made, model) for value in model.graph.output}


def _span(name: str, made: dict[str, NodeProto], model: ModelProto) -> float:
    node = made.get(name)
    for _ in range(len(made)):
        if node is None or node.op_type not in _MOVES:
            break
        node = made.get(node.input[0])
    if node is None:
        return 0.0
    if node.op_type in _UNIT:
        return 1.0
    if node.op_type in _TWO:
        return 2.0
    return _clipped(node, model) if node.op_type == "Clip" else 0.0


def _clipped(clip: NodeProto, model: ModelProto) -> float:
    """Return how far apart the bounds of a Clip are; 0 where it lacks one, or computes it."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    given = {one.name: float(helper.get_attribute_value(one)) for one in clip.attribute}
    for place, name in ((1, "min"), (2, "max")):
        tensor = stored.get(clip.input[place]) if len(clip.input) > place else None
        if tensor is not None:
            given[name] = float(numpy_helper.to_array(tensor))
    span = given.get("max", math.inf) - given.get("min", -math.inf)
    return span if 0 < span < math.inf else 0.0
