"""Stored tensors and declared shapes: what they claim is held against what is there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from onnx import (
    FunctionProto,
    GraphProto,
    ModelProto,
    TensorProto,
    ValueInfoProto,
    external_data_helper,
    helper,
)

from poseconvert.budgets import EXTERNAL_SHARE, ONNX_BYTES, RANK, TENSOR_ELEMENTS
from poseconvert.errors import GraphError, quoted
from poseconvert.graph.counting import inner_graphs

#: Bits of the types of less than a byte; they are packed.
_BITS = {
    "UINT4": 4, "INT4": 4, "FLOAT4E2M1": 4, "UINT2": 2, "INT2": 2,
}  # fmt: skip
_COMPLEX = {"COMPLEX64", "COMPLEX128"}
_NO_NUMBERS = {"UNDEFINED", "STRING"}
_DATA = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")


def all_graphs(graph: GraphProto | FunctionProto) -> Iterator[GraphProto | FunctionProto]:
    """Yield ``graph`` and every graph inside its nodes, such as the branches of an If."""
    yield graph
    for node in graph.node:
        for inner in inner_graphs(node):
            yield from all_graphs(inner)


def stored_tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Yield every tensor stored in ``model``, nested graphs and functions included."""
    for outer in (model.graph, *model.functions):
        for graph in all_graphs(outer):
            if isinstance(graph, GraphProto):
                yield from graph.initializer
            for attribute in (a for node in graph.node for a in node.attribute):
                if attribute.HasField("t"):
                    yield attribute.t
                yield from attribute.tensors


def refuse_malformed(where: str, model: ModelProto) -> None:
    """Refuse tensors and shapes that claim what is not there, or too much.

    Raises
    ------
    GraphError : an unknown or textual element type, a negative size, too many axes or elements,
        data of another length, a sparse tensor; the text names the tensor.
    """
    for outer in (model.graph, *model.functions):
        for graph in all_graphs(outer):
            _refuse_sparse(where, graph)
            if isinstance(graph, GraphProto):
                for value in (*graph.input, *graph.output, *graph.value_info):
                    _refuse_value(where, value)
    for tensor in stored_tensors(model):
        _refuse_tensor(where, tensor)


def elements_within(where: str, what: str, dims: Sequence[int]) -> int:
    """Return how many elements ``dims`` make.

    Raises
    ------
    GraphError : more than a tensor may have, or more axes; ``what`` names it.
    """
    count = math.prod(dims)
    if len(dims) > RANK.value:
        raise GraphError(
            f"{where}: {what} has {len(dims)} axes, more than {RANK.value}. Export it with fewer."
        )
    if count > TENSOR_ELEMENTS.value:
        raise GraphError(
            f"{where}: {what} has the shape {list(dims)}: {count:,} elements, more than"
            f" {TENSOR_ELEMENTS.value:,}. Export it at a smaller size."
        )
    return count


def type_name(number: int) -> str:
    """Return the name of an element type; empty where no type has that number."""
    return TensorProto.DataType.Name(number) if number in TensorProto.DataType.values() else ""


def _refuse_sparse(where: str, graph: GraphProto | FunctionProto) -> None:
    sparse = isinstance(graph, GraphProto) and len(graph.sparse_initializer)
    attributes = (a for node in graph.node for a in node.attribute)
    if sparse or any(a.HasField("sparse_tensor") or a.sparse_tensors for a in attributes):
        raise GraphError(f"{where}: holds sparse tensors. Export it with dense weights.")


def _refuse_value(where: str, value: ValueInfoProto) -> None:
    """Judge a declared shape; an open size counts as one, and -1 is how some exporters write it."""
    kind, what = value.type.tensor_type, f"value {quoted(value.name)}"
    if kind.elem_type and not type_name(kind.elem_type):
        _malformed(where, f"{what} is of element type {kind.elem_type}, which is unknown")
    sizes = [dim.dim_value for dim in kind.shape.dim]
    if min(sizes, default=0) < -1:
        _malformed(where, f"{what} has the size {min(sizes)}")
    elements_within(where, what, [max(size, 1) for size in sizes])


def _refuse_tensor(where: str, tensor: TensorProto) -> None:
    what = f"tensor {quoted(tensor.name)}"
    kind = type_name(tensor.data_type)
    if not kind or kind in _NO_NUMBERS:
        _malformed(where, f"{what} is of element type {kind or tensor.data_type}: no number")
    if min(tensor.dims, default=0) < 0:
        _malformed(where, f"{what} has the size {min(tensor.dims)}")
    count = elements_within(where, what, tensor.dims)
    if external_data_helper.uses_external_data(tensor):
        return
    if tensor.HasField("raw_data"):
        found, wanted, unit = len(tensor.raw_data), stored_bytes(tensor, count), "bytes"
    else:
        field = helper.tensor_dtype_to_field(tensor.data_type)
        found, wanted, unit = len(getattr(tensor, field)), _entries(kind, count), field
    if found != wanted or (unit == "bytes" and any(len(getattr(tensor, f)) for f in _DATA)):
        _malformed(
            where, f"{what} has {found} {unit}, its {count} elements of {kind} take {wanted}"
        )


def stored_bytes(tensor: TensorProto, count: int) -> int:
    """Return the bytes that ``count`` elements of the tensor's type take in ``raw_data``."""
    bits = _BITS.get(type_name(tensor.data_type))
    if bits:
        return -(-count * bits // 8)
    return count * int(helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)


def _entries(kind: str, count: int) -> int:
    if kind in _BITS:
        return -(-count * _BITS[kind] // 8)
    return 2 * count if kind in _COMPLEX else count


def _malformed(where: str, what: str) -> NoReturn:
    raise GraphError(f"{where}: not a valid ONNX model ({what}). Export it again.")


def load_external_data(path: Path, model: ModelProto) -> None:
    """Read weights that lie beside ``path`` into ``model``.

    Raises
    ------
    GraphError : a weight lies outside the model's folder, or its file is missing.
    ValueError, OSError : it claims bytes that are not there, or that too many others claim.
    """
    folder = path.resolve().parent
    tensors = [t for t in stored_tensors(model) if external_data_helper.uses_external_data(t)]
    sizes: dict[Path, int] = {}
    total = 0
    for tensor in tensors:
        info = external_data_helper.ExternalDataInfo(tensor)
        file = _beside(path, folder, tensor, info.location)
        sizes[file] = file.stat().st_size
        offset = info.offset or 0
        length = sizes[file] - offset if info.length is None else info.length
        if offset + max(length, 0) > sizes[file]:
            raise ValueError(
                f"External data length {length} at {offset} of {quoted(tensor.name)} reaches"
                f" beyond the {sizes[file]} bytes of {quoted(info.location)}"
            )
        if length != stored_bytes(tensor, math.prod(tensor.dims)):
            _malformed(
                str(path),
                f"tensor {quoted(tensor.name)} has {length} bytes in {quoted(info.location)}, its"
                f" {math.prod(tensor.dims)} elements take"
                f" {stored_bytes(tensor, math.prod(tensor.dims))}",
            )
        total += length
    _refuse_bomb(total, sizes.values())
    for tensor in tensors:
        external_data_helper.load_external_data_for_tensor(tensor, str(folder))


def _beside(path: Path, folder: Path, tensor: TensorProto, location: str) -> Path:
    file = (folder / location).resolve()
    if Path(location).is_absolute() or not file.is_relative_to(folder):
        raise GraphError(
            f"{path}: weight {quoted(tensor.name)} is stored in {quoted(location)}, outside the"
            " model's folder. Refused: save the model with its data inside."
        )
    if not file.is_file():
        raise GraphError(
            f"{path}: its weights file {quoted(location)} is missing. Put it beside it."
        )
    return file


def _refuse_bomb(total: int, sizes: Iterable[int]) -> None:
    if total > EXTERNAL_SHARE.value * sum(sizes):
        raise ValueError(
            f"{total:,} bytes of weights in files of {sum(sizes):,}, more than {EXTERNAL_SHARE}"
        )
    if total > ONNX_BYTES.value:
        raise ValueError(f"{total:,} bytes of weights, more than {ONNX_BYTES}")
