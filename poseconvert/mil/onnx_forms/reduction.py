"""ONNX forms of the ops of family ``reduction``."""

from __future__ import annotations

from collections.abc import Callable

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, flag, i64, ints, text
from poseconvert.mil.onnx_registry import onnx_form

_REDUCTIONS = {
    "reduce_l1_norm": "ReduceL1",
    "reduce_l2_norm": "ReduceL2",
    "reduce_log_sum": "ReduceLogSum",
    "reduce_log_sum_exp": "ReduceLogSumExp",
    "reduce_max": "ReduceMax",
    "reduce_mean": "ReduceMean",
    "reduce_min": "ReduceMin",
    "reduce_prod": "ReduceProd",
    "reduce_sum": "ReduceSum",
    "reduce_sum_square": "ReduceSumSquare",
}
_WHOLE_NUMBERS_TOO = ("ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum")


def _reduction(type: str) -> Callable[..., str]:
    def reduction(
        graph: Graph, *, x: Value, axes: Value | None = None, keep_dims: Value | None = None
    ) -> str:
        dims = ints(axes, range(x.rank))
        if not x.is_float and type not in _WHOLE_NUMBERS_TOO:
            raise UnsupportedOpError(f"{type} of {x.dtype} is cut by Core ML, not by ONNX")
        if not dims:
            raise UnsupportedOpError(f"{type} over no axes")
        return graph.node(type, x, i64(dims), keepdims=int(flag(keep_dims)))

    return reduction


for _op, _type in _REDUCTIONS.items():
    onnx_form(_op)(_reduction(_type))


def _arg(type: str) -> Callable[..., str]:
    def arg(
        graph: Graph,
        *,
        x: Value,
        axis: Value | None = None,
        keep_dims: Value | None = None,
        output_dtype: Value | None = None,
    ) -> str:
        (along,) = ints(axis, [-1])
        found = graph.node(type, x, axis=along, keepdims=int(flag(keep_dims)))
        return graph.cast(found, text(output_dtype, "int32"))

    return arg


for _op, _type in (("reduce_argmax", "ArgMax"), ("reduce_argmin", "ArgMin")):
    onnx_form(_op, "CoreML5", "CoreML7")(_arg(_type))
