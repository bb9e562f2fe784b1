"""Read an ONNX file that nobody vouches for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, ValueInfoProto

from poseconvert.budgets import ONNX_BYTES
from poseconvert.errors import GraphError
from poseconvert.files import followed, read_regular
from poseconvert.graph.counting import refuse_endless
from poseconvert.graph.shapes import with_shapes
from poseconvert.graph.sizes import refuse_oversized
from poseconvert.graph.tensors import all_graphs, load_external_data, refuse_malformed
from poseconvert.graph.text import refuse_no_text
from poseconvert.graph.wire import refuse_many_fields

STANDARD_DOMAINS = {"", "ai.onnx"}


def read_onnx(path: Path) -> ModelProto:
    """Read, vet and check an ONNX model; external data only from beside the file.

    What the model makes when it runs is counted before any library looks at it: those write
    functions out, unroll loops and fill tensors as they are told.

    Raises
    ------
    GraphError : damaged, external data elsewhere, custom operators, colliding names, or more of
        anything than :mod:`poseconvert.budgets` allows.
    """
    try:
        data = read_regular(followed(path), limit=ONNX_BYTES.value)
        refuse_many_fields(data)
        model: ModelProto = ModelProto.FromString(data)
        del data
    except (DecodeError, ValueError, OSError) as error:
        raise GraphError(
            f"{path}: not an ONNX model ({error}). Copy or export it again."
        ) from error
    if not model.graph.node:
        raise GraphError(f"{path}: an ONNX model without nodes. Was the file cut short?")
    try:
        refuse_no_text(str(path), model)
        refuse_endless(str(path), model)
        refuse_malformed(str(path), model)
        _load(path, model)
        _refuse_custom_operators(path, model)
        _refuse_collisions(path, model.graph)
        onnx.checker.check_model(model)
        refuse_oversized(str(path), model)
    # Some builds of protobuf raise where a name that is not UTF-8 is first read.
    except (onnx.checker.ValidationError, UnicodeDecodeError) as error:
        reason = _first_line(error)
        raise GraphError(f"{path}: not a valid ONNX model ({reason}). Export it again.") from error
    return model


def _load(path: Path, model: ModelProto) -> None:
    try:
        load_external_data(path, model)
    except (ValueError, OSError, onnx.checker.ValidationError) as error:
        raise GraphError(
            f"{path}: external weights cannot be read ({_first_line(error)}). Save the model"
            " with its data inside."
        ) from error


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")


def write_onnx(model: ModelProto, path: Path) -> None:
    """Write ``model`` with its weights inside, the same bytes for the same model."""
    path.write_bytes(model.SerializeToString(deterministic=True))


def graph_inputs(model: ModelProto) -> list[ValueInfoProto]:
    """List the inputs a caller must give: those that are not initializers."""
    weights = {weight.name for weight in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in weights]


def with_input_shape(model: ModelProto, name: str, shape: tuple[int, ...]) -> ModelProto:
    """Copy ``model`` with the sizes of input ``name`` fixed to ``shape``.

    Raises
    ------
    GraphError : no such input, a size the graph fixes otherwise, or a graph that makes more
        of it than its budgets allow.
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
    refuse_oversized(f"--input {name}:{','.join(map(str, shape))}", fixed)
    return with_shapes(fixed)


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
