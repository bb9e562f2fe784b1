"""Layers that move, repeat, join or reshape, along any axis."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer


@layer("copy")
def copy(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the input another name."""
    return inputs[0]


@layer("transpose")
def transpose(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``transpose``."""
    (x,) = inputs
    return to.op("transpose", to.ranks[x], x=x, perm=np.array(p.axes))


@layer("concatND")
def concat_nd(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``concat``."""
    rank = to.ranks[inputs[0]]
    return to.op("concat", rank, values=inputs, axis=int(p.axis), interleave=p.interleave)


@layer("splitND")
def split_nd(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``split`` into equal parts, or parts of given sizes."""
    (x,) = inputs
    sizes: Any = np.array(p.splitSizes) if len(p.splitSizes) else None
    count = len(p.splitSizes) or int(p.numSplits)
    if sizes is None:
        return _shared_out(to, x, to.axis(x, p.axis), count)
    ranks = [to.ranks[x]] * count
    return to.ops(
        "split",
        ranks,
        x=x,
        axis=int(p.axis),
        split_sizes=sizes,
    )


def _shared_out(to: Lowering, x: Value, axis: int, count: int) -> tuple[Value, ...]:
    """Cut an axis into parts of ``ceil(size / count)`` and, from some part on, one less.

    Part ``i`` of ``n`` begins at ``i * (size // n) + min(i, size % n)``.
    """
    size = to.sizes(x, axis, axis + 1)
    share = to.op("floor_div", 1, "int32", x=size, y=np.array([count]))
    rest = to.op("mod", 1, "int32", x=size, y=np.array([count]))
    before = np.arange(count + 1)
    begins = to.op(
        "add",
        1,
        "int32",
        x=to.op("mul", 1, "int32", x=share, y=before),
        y=to.op("minimum", 1, "int32", x=rest, y=before),
    )
    rank = to.rank(x)
    unit = (np.arange(rank) == axis).astype(int)
    masks = np.arange(rank) != axis
    edges = [
        to.op(
            "mul",
            1,
            "int32",
            x=to.op(
                "slice_by_index", 1, "int32", x=begins, begin=np.array([at]), end=np.array([at + 1])
            ),
            y=unit,
        )
        for at in range(count + 1)
    ]
    return tuple(
        to.op("slice_by_index", rank, x=x, begin=begin, end=end, begin_mask=masks, end_mask=masks)
        for begin, end in pairwise(edges)
    )


@layer("stack")
def stack(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``stack``."""
    return to.op("stack", to.rank(inputs[0]) + 1, values=inputs, axis=int(p.axis))


@layer("tile")
def tile(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``tile`` as numpy does it, leading axes added; the second input may hold how often."""
    x = inputs[0]
    reps: Any = to.cast(inputs[1], "int32") if len(inputs) > 1 else np.array(p.reps, int)
    dynamic = isinstance(reps, Value)
    have = to.rank(x)
    rank = max(have, to.held_rank or 0 if dynamic else len(reps))
    if rank > have:
        x = to.op("expand_dims", rank, x=x, axes=np.arange(rank - have))
    if not dynamic:
        return to.op("tile", rank, x=x, reps=np.pad(reps, (rank - len(reps), 0), constant_values=1))
    length = to.op("shape", 1, "int32", x=reps)
    missing = to.op("sub", 1, "int32", x=np.array([rank]), y=length)
    ones = to.op("fill", 1, "int32", shape=missing, value=np.int32(1))
    return to.op("tile", rank, x=x, reps=to.op("concat", 1, "int32", values=(ones, reps), axis=0))


@layer("reverse")
def reverse(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``reverse`` along the axes that are marked."""
    (x,) = inputs
    axes = [at for at, marked in enumerate(p.reverseDim) if marked]
    return to.op("reverse", to.ranks[x], x=x, axes=np.array(axes, int)) if axes else x


@layer("reverseSeq")
def reverse_seq(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``reverse_sequence``."""
    x, lengths = inputs
    return to.op(
        "reverse_sequence",
        to.ranks[x],
        x=x,
        lengths=to.cast(lengths, "int32"),
        seq_axis=int(p.sequenceAxis),
        batch_axis=int(p.batchAxis),
    )


@layer("squeeze")
def squeeze(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``squeeze``; a value whose axes all go keeps one."""
    (x,) = inputs
    if p.squeezeAll and (to.held_rank == 1 or to.ranks[x] == 1):
        return to.op("reshape", 1, x=x, shape=np.array([-1]))
    if p.squeezeAll:
        return to.op("squeeze", to.held_rank, x=x)
    rank = to.rank(x)
    axes = sorted({to.axis(x, axis) for axis in p.axes})
    axes = axes[: rank - 1] if len(axes) == rank else axes
    return to.op("squeeze", rank - len(axes), x=x, axes=np.array(axes)) if axes else x


@layer("expandDims")
def expand_dims(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``expand_dims``."""
    (x,) = inputs
    return to.op("expand_dims", to.rank(x) + len(p.axes), x=x, axes=np.array(p.axes))


@layer("flattenTo2D")
def flatten_to_2d(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``flatten2d``."""
    return to.op("flatten2d", 2, x=inputs[0], axis=int(p.axis))


@layer("reshapeStatic")
def reshape_static(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``reshape``."""
    shape = np.array(p.targetShape, int)
    return to.op("reshape", len(shape), x=inputs[0], shape=shape)


@layer("rankPreservingReshape")
def rank_preserving_reshape(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``reshape``; a 0 keeps a size."""
    shape = np.array(p.targetShape, int)
    return to.op("reshape", len(shape), x=inputs[0], shape=shape)


@layer("reshapeLike")
def reshape_like(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``reshape`` to the shape of the second input."""
    x, like = inputs
    shape = to.op("shape", 1, "int32", x=like)
    return to.op("reshape", to.ranks[like], x=x, shape=shape)


@layer("reshapeDynamic")
def reshape_dynamic(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``reshape`` to the shape that the second input holds."""
    x, shape = inputs
    return to.op("reshape", to.held_rank, x=x, shape=to.cast(shape, "int32"))


@layer("getShape")
def get_shape(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``shape``, as numbers."""
    return to.cast(to.op("shape", 1, "int32", x=inputs[0]), "fp32")


@layer("slidingWindows")
def sliding_windows(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``sliding_windows``."""
    (x,) = inputs
    size, step = int(p.windowSize), max(int(p.step), 1)
    return to.op("sliding_windows", to.rank(x) + 1, x=x, axis=int(p.axis), size=size, stride=step)


@layer("constantPad")
def constant_pad(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``pad``; amounts may be the second input, and may be the sizes to pad to."""
    x, rank = inputs[0], to.rank(inputs[0])
    amounts: Any = np.array(p.padAmounts, int)
    if len(inputs) > 1:
        amounts = to.cast(inputs[1], "int32")
    if p.padToGivenOutputSizeMode:
        amounts = _up_to(to, x, amounts, rank)
    return to.op("pad", rank, x=x, pad=amounts, mode="constant", constant_val=float(p.value))


def _up_to(to: Lowering, x: Value, amounts: Any, rank: int) -> Value:
    """Turn pairs of an amount and a size, one of them 0, into amounts on both sides.

    Of a pair ``[a, b]``: ``a`` elements in front if it is not 0, and ``b`` is then the size that
    the axis gets in all; ``[0, b]`` pads behind; ``[a, 0]`` pads in front up to ``a``.
    """
    if isinstance(amounts, Value):
        raise to.error("pads to sizes known only at run time")
    pairs = amounts.reshape(rank, 2)
    shape = to.op("shape", 1, "int32", x=x)
    missing = to.op("sub", 1, "int32", x=pairs.max(1), y=shape)
    held = to.op("maximum", 1, "int32", x=missing, y=np.zeros(rank, int))
    front = (pairs[:, 0] > pairs[:, 1]).astype(int)
    sides = [to.op("mul", 1, "int32", x=held, y=marks) for marks in (front, 1 - front)]
    columns = to.op("stack", 2, "int32", values=tuple(sides), axis=1)
    return to.op("reshape", 1, "int32", x=columns, shape=np.array([2 * rank]))
