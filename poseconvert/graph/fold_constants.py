"""Replace what does not depend on the input by its value."""

from __future__ import annotations

from collections.abc import Sequence

from onnx import ModelProto, NodeProto, TypeProto, helper, numpy_helper

from poseconvert.budgets import FOLDED_ELEMENTS, FOLDED_TOTAL
from poseconvert.graph.constants import Array, evaluated, output_types, shape_value
from poseconvert.graph.shapes import known_shapes, with_shapes


def with_constants_folded(model: ModelProto) -> ModelProto:
    """Return ``model`` with constant nodes as initializers, and Shape and Size of fixed shapes.

    Values come from onnx's reference evaluator; a node that would take it long or make much,
    which is known before, and one with graphs inside, stays.
    """
    folded = with_shapes(model)
    graph = folded.graph
    known = _Known(folded)
    outputs = {value.name for value in graph.output}
    kept: list[NodeProto] = []
    for node in graph.node:
        # A graph must compute its outputs.
        values = None if outputs & set(node.output) else known.outputs(node)
        if values is None:
            kept.append(node)
        else:
            known.add(node, values)
    del graph.node[:]
    graph.node.extend(kept)
    used = {name for node in kept for name in node.input}
    graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in known.made.items() if name in used
    )
    return folded


class _Known:
    """The constants of a graph: those it stores, and those that were computed."""

    def __init__(self, model: ModelProto) -> None:
        graph = model.graph
        self._opsets = list(model.opset_import)
        self._shapes = known_shapes(graph)
        self._values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        self._types: dict[str, TypeProto] = {
            t.name: helper.make_tensor_type_proto(t.data_type, t.dims) for t in graph.initializer
        }
        self._left = FOLDED_TOTAL.value
        self.made: dict[str, Array] = {}

    def outputs(self, node: NodeProto) -> Sequence[Array] | None:
        """Return the values of a node's outputs, None where it stays."""
        shape = self._shapes.get(node.input[0]) if node.input else None
        if node.op_type in ("Shape", "Size") and shape is not None:
            return [shape_value(node, shape)]
        if not all(name in self._values for name in node.input if name):
            return None
        types = output_types(node, self._types, self._values, opsets=self._opsets)
        most = min(FOLDED_ELEMENTS.value, self._left)
        return evaluated(node, self._values, types=types, most=most, opsets=self._opsets)

    def add(self, node: NodeProto, values: Sequence[Array]) -> None:
        """Enter what a node gives."""
        made = {name: value for name, value in zip(node.output, values, strict=False) if name}
        self._values |= made
        self.made |= made
        for name, value in made.items():
            self._left -= value.size
            self._types[name] = helper.make_tensor_type_proto(
                helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
