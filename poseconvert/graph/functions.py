"""Replace ops by the bodies that the ONNX standard gives for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from onnx import ModelProto, NodeProto, TensorProto, defs, helper, inliner

from poseconvert.graph.reader import STANDARD_DOMAINS
from poseconvert.graph.shapes import with_shapes
from poseconvert.graph.tensors import all_graphs


def functions_of(model: ModelProto) -> set[str]:
    """Return the op types of ``model`` that the standard defines by a body of simpler ops."""
    version = _opset_version(model)
    used = {
        node.op_type
        for graph in all_graphs(model.graph)
        for node in graph.node
        if node.domain in STANDARD_DOMAINS
    }
    return {op for op in used if (schema := _schema(op, version)) and _has_body(schema)}


def with_functions_expanded(model: ModelProto, ops: Collection[str]) -> ModelProto:
    """Return ``model`` with the ops named in ``ops`` replaced by their bodies, once.

    Requires shapes that :func:`onnx.shape_inference` can find: some bodies depend
    on them. Ensures the same inputs, outputs and values; an op without a body, or
    one whose body onnx cannot build here, stays.
    """
    for op in sorted(functions_of(model) & set(ops)):
        typed = _typed(model)
        for node in typed.graph.node:
            if node.op_type == op:
                _state_defaults(node, _opset_version(model))
        try:
            expanded = inliner.inline_selected_functions(
                typed, [("", op)], inline_schema_functions=True
            )
        except Exception:  # onnx's C++ core throws where it cannot build a body
            continue
        del expanded.graph.value_info[:]
        model = expanded
    return model


def _opset_version(model: ModelProto) -> int:
    return next((o.version for o in model.opset_import if o.domain in STANDARD_DOMAINS), 1)


def _schema(op: str, version: int) -> defs.OpSchema | None:
    try:
        return defs.get_schema(op, max_inclusive_version=version)
    except defs.SchemaError:
        return None


def _has_body(schema: Any) -> bool:
    return bool(schema.has_function or schema.has_context_dependent_function)


def _typed(model: ModelProto) -> ModelProto:
    """Write down the type of every value: the inliner does not look at weights itself.

    It also asks for the type of an input that is left out, whose name is empty.
    """
    typed = with_shapes(model)
    named = {value.name for value in (*typed.graph.input, *typed.graph.value_info)}
    typed.graph.value_info.extend(
        helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
        for tensor in typed.graph.initializer
        if tensor.name not in named
    )
    typed.graph.value_info.append(helper.make_tensor_value_info("", TensorProto.FLOAT, []))
    return typed


def _state_defaults(node: NodeProto, version: int) -> None:
    """Write down default attributes: bodies refer to them, and the inliner drops those."""
    schema = _schema(node.op_type, version)
    stated = {attribute.name for attribute in node.attribute}
    for name, attribute in schema.attributes.items() if schema else ():
        if name not in stated and attribute.default_value.type:
            node.attribute.append(attribute.default_value)
