"""ONNX forms of the ops of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, f32, flag, i64, ints, number, text
from poseconvert.mil.onnx_registry import onnx_form

_PAD_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}


@onnx_form("identity")
def identity(graph: Graph, *, x: Value) -> str:
    """Give the value itself."""
    return graph.name(x)


@onnx_form("shape")
def shape(graph: Graph, *, x: Value) -> str:
    """Give a constant: sizes are known."""
    return graph.name(np.array(x.shape, np.int32))


@onnx_form("concat")
def concat(
    graph: Graph, *, values: tuple[Value, ...], axis: Value, interleave: Value | None = None
) -> str:
    """``Concat``; interleaved: of new axes, merged with ``axis``."""
    (along,) = ints(axis)
    parts = [v if v.rank else graph.node("Reshape", v, i64([1])) for v in values]
    if not flag(interleave):
        return graph.node("Concat", *parts, axis=along)
    first = values[0].shape
    along %= len(first)
    columns = [graph.node("Unsqueeze", part, i64([along + 1])) for part in parts]
    sizes = [*first[:along], len(parts) * first[along], *first[along + 1 :]]
    return graph.node("Reshape", graph.node("Concat", *columns, axis=along + 1), i64(sizes))


@onnx_form("stack")
def stack(graph: Graph, *, values: tuple[Value, ...], axis: Value) -> str:
    """``Concat`` of new axes."""
    (along,) = ints(axis)
    along %= values[0].rank + 1
    parts = [graph.node("Unsqueeze", value, i64([along])) for value in values]
    return graph.node("Concat", *parts, axis=along)


@onnx_form("split")
def split(
    graph: Graph,
    *,
    x: Value,
    axis: Value,
    num_splits: Value | None = None,
    split_sizes: Value | None = None,
) -> tuple[str, ...]:
    """``Split`` with its sizes spelt out."""
    (along,) = ints(axis)
    sizes = ints(split_sizes)
    if split_sizes is None:
        (count,) = ints(num_splits)
        sizes = [x.shape[along] // count] * count
    return graph.nodes_output("Split", x, i64(sizes), count=len(sizes), axis=along)


@onnx_form("tile")
def tile(graph: Graph, *, x: Value, reps: Value) -> str:
    """``Tile``."""
    return graph.node("Tile", x, i64(ints(reps)))


@onnx_form("pad")
def pad(
    graph: Graph,
    *,
    x: Value,
    pad: Value,
    mode: Value | None = None,
    constant_val: Value | None = None,
) -> str:
    """``Pad``."""
    flat = ints(pad)
    kind = text(mode, "constant")
    if kind not in _PAD_MODES or min(flat, default=0) < 0:
        raise UnsupportedOpError(f"pad {flat} in mode {kind} has no ONNX form")
    missing = [0] * (x.rank - len(flat) // 2)
    pads = i64([*missing, *flat[::2], *missing, *flat[1::2]])
    spare = 1 if kind == "reflect" else 0
    amounts = zip(x.shape, [*missing, *flat[::2]], [*missing, *flat[1::2]], strict=True)
    if kind != "constant" and any(max(b, a) > max(size - spare, 0) for size, b, a in amounts):
        raise UnsupportedOpError(f"pad {flat} is too much for {list(x.shape)} in mode {kind}")
    fill = f32(number(constant_val)) if kind == "constant" else None
    return graph.node("Pad", x, pads, fill, mode=_PAD_MODES[kind])


@onnx_form("cumsum")
def cumsum(
    graph: Graph,
    *,
    x: Value,
    axis: Value | None = None,
    exclusive: Value | None = None,
    reverse: Value | None = None,
) -> str:
    """``CumSum``."""
    (along,) = ints(axis, [0])
    return graph.node(
        "CumSum", x, i64(along), exclusive=int(flag(exclusive)), reverse=int(flag(reverse))
    )


@onnx_form("fill")
def fill(graph: Graph, *, shape: Value, value: Value | None = None) -> str:
    """``Expand`` of the number."""
    filled = f32(0) if value is None else value
    sizes = graph.cast(shape, "int64") if shape.constant is None else i64(ints(shape))
    return graph.node("Expand", filled, sizes)


@onnx_form("fill_like", "CoreML6")
def fill_like(graph: Graph, *, ref_tensor: Value, value: Value | None = None) -> str:
    """``Expand`` of the number."""
    filled = f32(0) if value is None else value
    return graph.node("Expand", filled, i64(ref_tensor.shape))


@onnx_form("topk", "CoreML5", "CoreML6", "CoreML7")
def topk(
    graph: Graph,
    *,
    x: Value,
    k: Value | None = None,
    axis: Value | None = None,
    ascending: Value | None = None,
    sort: Value | None = None,
    return_indices: Value | None = None,
    output_indices_dtype: Value | None = None,
) -> tuple[str, ...]:
    """``TopK``, sorted even where any order would do; the lower index wins among equals."""
    (count,), (along,) = ints(k, [1]), ints(axis, [-1])
    size = x.shape[along] if count == -1 else count
    values, found = graph.nodes_output(
        "TopK", x, i64([size]), count=2, axis=along, largest=int(not flag(ascending))
    )
    indices = graph.cast(found, text(output_indices_dtype, "int32"))
    return (values, indices) if flag(return_indices, True) else (values,)


@onnx_form("argsort")
def argsort(
    graph: Graph, *, x: Value, axis: Value | None = None, ascending: Value | None = None
) -> str:
    """``TopK`` of all elements."""
    (along,) = ints(axis, [-1])
    _, found = graph.nodes_output(
        "TopK", x, i64([x.shape[along]]), count=2, axis=along, largest=int(not flag(ascending))
    )
    return graph.cast(found, "int32")
