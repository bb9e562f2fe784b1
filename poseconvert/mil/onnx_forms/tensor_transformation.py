"""ONNX forms of the ops of family ``tensor_transformation``."""

from __future__ import annotations

from math import prod

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, i64, ints
from poseconvert.mil.onnx_registry import onnx_form


@onnx_form("reshape")
def reshape_ios15(graph: Graph, *, x: Value, shape: Value) -> str:
    """``Reshape``: a 0 keeps the size at its index, as in ONNX."""
    if shape.constant is None:
        return graph.node("Reshape", x, graph.cast(shape, "int64"))
    return graph.node("Reshape", x, i64(ints(shape)))


@onnx_form("reshape", "CoreML7")
def reshape_ios17(graph: Graph, *, x: Value, shape: Value) -> str:
    """``Reshape``: a 0 keeps the size counted from the end."""
    if shape.constant is None:
        if shape.shape != (x.rank,):
            raise UnsupportedOpError("reshape to another rank that is computed at run time")
        return graph.node("Reshape", x, graph.cast(shape, "int64"))
    sizes = ints(shape)
    aligned = ([1] * len(sizes) + list(x.shape))[-len(sizes) :] if sizes else []
    return graph.node(
        "Reshape", x, i64([size or kept for size, kept in zip(sizes, aligned, strict=True)])
    )


@onnx_form("transpose")
def transpose(graph: Graph, *, x: Value, perm: Value) -> str:
    """``Transpose``."""
    return graph.node("Transpose", x, perm=[axis % x.rank for axis in ints(perm)])


@onnx_form("expand_dims")
def expand_dims(graph: Graph, *, x: Value, axes: Value) -> str:
    """``Unsqueeze``."""
    return graph.node("Unsqueeze", x, i64(ints(axes)))


@onnx_form("squeeze")
def squeeze(graph: Graph, *, x: Value, axes: Value | None = None) -> str:
    """``Squeeze`` of the axes that have size 1."""
    dropped = [axis for axis in ints(axes, range(x.rank)) if x.shape[axis] == 1]
    return graph.node("Squeeze", x, i64(dropped)) if dropped else graph.name(x)


@onnx_form("flatten2d")
def flatten2d(graph: Graph, *, x: Value, axis: Value | None = None) -> str:
    """``Reshape`` to a matrix."""
    (cut,) = ints(axis, [1])
    cut = cut + x.rank if cut < 0 else cut
    return graph.node("Reshape", x, i64([prod(x.shape[:cut]), prod(x.shape[cut:])]))


@onnx_form("slice_by_index")
def slice_by_index(
    graph: Graph,
    *,
    x: Value,
    begin: Value,
    end: Value,
    stride: Value | None = None,
    begin_mask: Value | None = None,
    end_mask: Value | None = None,
    squeeze_mask: Value | None = None,
) -> str:
    """``Slice`` with every bound resolved, then ``Squeeze``."""
    zeros = [0] * x.rank
    masks = [ints(mask, zeros) for mask in (begin_mask, end_mask, squeeze_mask)]
    starts, stops, steps, dropped = [], [], ints(stride, [1] * x.rank), []
    columns = zip(x.shape, ints(begin), ints(end), steps, *masks, strict=True)
    for axis, (size, first, last, step, no_begin, no_end, squeezed) in enumerate(columns):
        if squeezed:
            at = 0 if no_begin else first
            if not -size <= at < size:
                raise UnsupportedOpError(f"slice_by_index takes element {at} of {size}")
            window = (at % size, at % size + 1, 1)
            dropped.append(axis)
        else:
            bounds = slice(None if no_begin else first, None if no_end else last, step)
            window = bounds.indices(size)
        start, stop, steps[axis] = window
        starts.append(start)
        stops.append(-size - 1 if stop < 0 else stop)
    out = graph.node("Slice", x, i64(starts), i64(stops), i64(range(x.rank)), i64(steps))
    return graph.node("Squeeze", out, i64(dropped)) if dropped else out


@onnx_form("slice_by_size")
def slice_by_size(graph: Graph, *, x: Value, begin: Value, size: Value) -> str:
    """``Slice``."""
    starts, stops = [], []
    for first, length, whole in zip(ints(begin), ints(size), x.shape, strict=True):
        start = first + whole if first < 0 else first
        stop = whole if length == -1 else start + length
        if not 0 <= start <= stop <= whole:
            raise UnsupportedOpError(f"slice_by_size takes {first}, {length} of {whole}")
        starts.append(start)
        stops.append(stop)
    return graph.node("Slice", x, i64(starts), i64(stops), i64(range(x.rank)))


@onnx_form("reverse")
def reverse(graph: Graph, *, x: Value, axes: Value | None = None) -> str:
    """``Slice`` backwards."""
    along = [axis % x.rank for axis in ints(axes, range(x.rank))]
    starts, stops = [-1] * len(along), [-x.shape[axis] - 1 for axis in along]
    return graph.node("Slice", x, i64(starts), i64(stops), i64(along), i64([-1] * len(along)))


@onnx_form("pixel_shuffle")
def pixel_shuffle(graph: Graph, *, x: Value, upscale_factor: Value) -> str:
    """``DepthToSpace``, channels outermost."""
    return graph.node("DepthToSpace", x, blocksize=ints(upscale_factor)[0], mode="CRD")


@onnx_form("pixel_unshuffle", "CoreML6")
def pixel_unshuffle(graph: Graph, *, x: Value, downscale_factor: Value) -> str:
    """``Reshape, Transpose, Reshape``: ``SpaceToDepth`` orders channels otherwise."""
    (block,) = ints(downscale_factor)
    batch, channels, height, width = x.shape
    rows, columns = height // block, width // block
    cut = graph.node("Reshape", x, i64([batch, channels, rows, block, columns, block]))
    moved = graph.node("Transpose", cut, perm=[0, 1, 3, 5, 2, 4])
    return graph.node("Reshape", moved, i64([batch, channels * block * block, rows, columns]))


@onnx_form("depth_to_space")
def depth_to_space(graph: Graph, *, x: Value, block_size: Value) -> str:
    """``DepthToSpace``, block positions outermost."""
    return graph.node("DepthToSpace", x, blocksize=ints(block_size)[0], mode="DCR")


@onnx_form("space_to_depth")
def space_to_depth(graph: Graph, *, x: Value, block_size: Value) -> str:
    """``SpaceToDepth``."""
    return graph.node("SpaceToDepth", x, blocksize=ints(block_size)[0])
