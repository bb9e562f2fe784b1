"""Read an ONNX file that nobody vouches for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, TensorProto, ValueInfoProto, external_data_helper

from poseconvert.errors import GraphError

STANDARD_DOMAINS = {"", "ai.onnx"}


def read_onnx(path: Path) -> ModelProto:
    """Read, vet and check an ONNX model; external data only from beside the file.

    Raises
    ------
    GraphError : damaged, external data elsewhere, custom operators, or colliding names.
    """
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError, OSError) as error:
        raise GraphError(
            f"{path}: not an ONNX model ({error}). Copy or export it again."
        ) from error
    if not model.graph.node:
        raise GraphError(f"{path}: an ONNX model without nodes. Was the file cut short?")
    _load_external_data(path, model)
    _refuse_custom_operators(path, model)
    _refuse_collisions(path, model.graph)
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        reason = str(error).strip().splitlines()[0]
        raise GraphError(f"{path}: not a valid ONNX model ({reason}). Export it again.") from error
    return model


def write_onnx(model: ModelProto, path: Path) -> None:
    """Write ``model`` with its weights inside, the same bytes for the same model."""
    path.write_bytes(model.SerializeToString(deterministic=True))


def graph_inputs(model: ModelProto) -> list[ValueInfoProto]:
    """List the inputs a caller must give: those that are not initializers."""
    weights = {weight.name for weight in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in weights]


def static_shape(value: ValueInfoProto) -> tuple[int, ...] | None:
    """Return the shape of a graph input or output, None where a size is not fixed."""
    dims = value.type.tensor_type.shape.dim
    if any(dim.dim_value <= 0 for dim in dims):
        return None
    return tuple(dim.dim_value for dim in dims)


def with_input_shape(model: ModelProto, name: str, shape: tuple[int, ...]) -> ModelProto:
    """Copy ``model`` with the sizes of input ``name`` fixed to ``shape``.

    Raises
    ------
    GraphError : no such input, or a size the graph fixes otherwise.
    """
    fixed = ModelProto()
    fixed.CopyFrom(model)
    found = {value.name: value for value in graph_inputs(fixed)}
    if name not in found:
        raise GraphError(f"--input {name}: the graph's inputs are {', '.join(found)}. Use one.")
    dims = found[name].type.tensor_type.shape.dim
    fits = len(dims) == len(shape) and all(
        dim.dim_value in (0, size) for dim, size in zip(dims, shape, strict=True)
    )
    if not fits:
        declared = [dim.dim_value or dim.dim_param or "?" for dim in dims]
        raise GraphError(
            f"--input {name}:{shape}: the graph says {declared}. Give a shape that fits."
        )
    for dim, size in zip(dims, shape, strict=True):
        dim.dim_value = size
    del fixed.graph.value_info[:]
    for output in fixed.graph.output:
        for dim in output.type.tensor_type.shape.dim:
            if not dim.dim_value:
                dim.ClearField("dim_param")
    return onnx.shape_inference.infer_shapes(fixed)


def _tensors(graph: GraphProto) -> list[TensorProto]:
    """Every tensor stored in ``graph``, subgraphs included."""
    found = list(graph.initializer)
    for node in graph.node:
        for attribute in node.attribute:
            found += [attribute.t] if attribute.HasField("t") else []
            found += attribute.tensors
            for inner in (attribute.g, *attribute.graphs):
                found += _tensors(inner)
    return found


def _load_external_data(path: Path, model: ModelProto) -> None:
    folder = path.resolve().parent
    for tensor in _tensors(model.graph):
        if not external_data_helper.uses_external_data(tensor):
            continue
        location = external_data_helper.ExternalDataInfo(tensor).location
        file = folder / location
        if Path(location).is_absolute() or not file.resolve().is_relative_to(folder):
            raise GraphError(
                f"{path}: weight {tensor.name!r} is stored in {location!r}, outside the model's"
                " folder. Refused: save the model with its data inside."
            )
        if not file.is_file():
            raise GraphError(f"{path}: its weights file {location!r} is missing. Put it beside it.")
    try:
        onnx.load_external_data_for_model(model, str(folder))
    except (ValueError, OSError, onnx.checker.ValidationError) as error:
        raise GraphError(f"{path}: external weights cannot be read ({error}).") from error


def _refuse_custom_operators(path: Path, model: ModelProto) -> None:
    functions = {(function.domain, function.name) for function in model.functions}
    custom = Counter(
        f"{node.domain}.{node.op_type}"
        for node in model.graph.node
        if node.domain not in STANDARD_DOMAINS and (node.domain, node.op_type) not in functions
    )
    if custom:
        names = ", ".join(f"{name} ({count}x)" for name, count in sorted(custom.items()))
        raise GraphError(
            f"{path}: custom operators {names} have no meaning outside their own runtime."
            " Export with standard operators."
        )


def _refuse_collisions(path: Path, graph: GraphProto) -> None:
    inputs = {value.name for value in graph.input}
    counts = Counter(value.name for value in graph.output)
    for name, count in counts.items():
        if count > 1 or name in inputs:
            other = "another output" if count > 1 else "an input"
            raise GraphError(
                f"{path}: output name {name!r} is also the name of {other}. Rename it and export"
                " again."
            )
