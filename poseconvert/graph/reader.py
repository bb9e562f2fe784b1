"""Read an ONNX file that nobody vouches for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import (
    FunctionProto,
    GraphProto,
    ModelProto,
    TensorProto,
    ValueInfoProto,
    external_data_helper,
)

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
    try:
        _load_external_data(path, model)
    except (ValueError, OSError, onnx.checker.ValidationError) as error:
        raise GraphError(
            f"{path}: external weights cannot be read ({_first_line(error)}). Save the model"
            " with its data inside."
        ) from error
    try:
        _refuse_custom_operators(path, model)
        _refuse_collisions(path, model.graph)
        onnx.checker.check_model(model)
    # Names that are no UTF-8 raise wherever they are first read.
    except (onnx.checker.ValidationError, UnicodeDecodeError) as error:
        reason = _first_line(error)
        raise GraphError(f"{path}: not a valid ONNX model ({reason}). Export it again.") from error
    return model


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")


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


def all_graphs(graph: GraphProto | FunctionProto) -> Iterator[GraphProto | FunctionProto]:
    """Yield ``graph`` and every graph inside its nodes, such as the branches of an If."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in ([attribute.g] if attribute.HasField("g") else []) + [*attribute.graphs]:
                yield from all_graphs(inner)


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Every tensor stored in ``model``, subgraphs and functions included."""
    for outer in (model.graph, *model.functions):
        for graph in all_graphs(outer):
            if isinstance(graph, GraphProto):
                yield from graph.initializer
            for attribute in (a for node in graph.node for a in node.attribute):
                if attribute.HasField("t"):
                    yield attribute.t
                yield from attribute.tensors


def _load_external_data(path: Path, model: ModelProto) -> None:
    folder = path.resolve().parent
    for tensor in _tensors(model):
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
    onnx.load_external_data_for_model(model, str(folder))


def _refuse_custom_operators(path: Path, model: ModelProto) -> None:
    functions = {(function.domain, function.name) for function in model.functions}
    custom = Counter(
        f"{node.domain}.{node.op_type}"
        for outer in (model.graph, *model.functions)
        for graph in all_graphs(outer)
        for node in graph.node
        if node.domain not in STANDARD_DOMAINS and (node.domain, node.op_type) not in functions
    )
    if custom:
        listed = ", ".join(f"{name} ({count}x)" for name, count in sorted(custom.items()))
        names = " ".join(listed.split())  # a name may hold a line break
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
