"""ONNX forms of the ops of family ``linear``."""

from __future__ import annotations

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, flag, i64, text
from poseconvert.mil.onnx_registry import onnx_form


@onnx_form("linear")
def linear(graph: Graph, *, x: Value, weight: Value, bias: Value | None = None) -> str:
    """``Gemm`` of all rows; the weight stays as it is stored."""
    _refuse_whole(x, weight)
    outputs, inputs = weight.shape
    rows = x if x.rank == 2 else graph.node("Reshape", x, i64([-1, inputs]))
    out = graph.node("Gemm", rows, weight, bias, transB=1)
    return out if x.rank == 2 else graph.node("Reshape", out, i64([*x.shape[:-1], outputs]))


@onnx_form("matmul")
def matmul(
    graph: Graph,
    *,
    x: Value,
    y: Value,
    transpose_x: Value | None = None,
    transpose_y: Value | None = None,
) -> str:
    """``MatMul``."""
    _refuse_whole(x, y)
    left = _transposed(graph, x) if flag(transpose_x) else x
    right = _transposed(graph, y) if flag(transpose_y) else y
    return graph.node("MatMul", left, right)


def _transposed(graph: Graph, x: Value) -> str:
    if x.rank < 2:
        raise UnsupportedOpError(f'matmul transposes the vector "{x.name}"')
    *kept, rows, columns = range(x.rank)
    return graph.node("Transpose", x, perm=[*kept, columns, rows])


@onnx_form("einsum")
def einsum(graph: Graph, *, values: tuple[Value, ...], equation: Value) -> str:
    """``Einsum``."""
    return graph.node("Einsum", *values, equation=text(equation))


def _refuse_whole(*values: Value) -> None:
    if not all(value.is_float for value in values):
        raise UnsupportedOpError("products of whole numbers have no ONNX form")
