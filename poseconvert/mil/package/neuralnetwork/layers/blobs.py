"""Layers of the older convention: they count axes as channel, height, width from the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.layers.convolution import border_amounts
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer

_CHANNEL_LAST = 1
_SPACE_TO_DEPTH, _DEPTH_TO_SPACE, _PIXEL_SHUFFLE = range(3)


@layer("flatten")
def flatten(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """[C, H, W] -> [C * H * W, 1, 1], in that order or channels last."""
    (x,) = inputs
    return _reshaped(to, x, [-1, 1, 1], channel_last=p.mode == _CHANNEL_LAST)


@layer("reshape")
def reshape(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """[C, H, W] to another [C, H, W] or, of rank 5, [Seq, C, H, W]; maybe read channels last."""
    (x,) = inputs
    target = [int(size) for size in p.targetShape]
    if len(target) == 4 and target[0] == 1 and to.rank(x) != 5:
        target = target[1:]
    return _reshaped(to, x, target, channel_last=p.mode == _CHANNEL_LAST)


def _reshaped(to: Lowering, x: Value, target: list[int], *, channel_last: bool) -> Value:
    rank = to.rank(x)
    if len(target) not in (3, 4) or (len(target) == 4 and rank != 5):
        raise to.error(f"reshapes a value of rank {rank} to {target}")
    last = [*range(rank - 3), rank - 2, rank - 1, rank - 3]
    first = [*range(rank - 3), rank - 1, rank - 3, rank - 2]
    if channel_last:
        x = to.op("transpose", rank, x=x, perm=np.array(last))
        target = [*target[:-3], target[-2], target[-1], target[-3]]
    if len(target) == 4:
        shape: Any = np.array([target[0], -1, *target[1:]])
    elif rank == 4 and -1 not in target:
        shape = np.array([-1, *target])
    else:
        shape = np.array([0] * (rank - 3) + target)
    y = to.op("reshape", rank, x=x, shape=shape)
    return to.op("transpose", rank, x=y, perm=np.array(first)) if channel_last else y


@layer("permute")
def permute(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``transpose`` of [Seq, C, H, W]; the batch stays where it is."""
    (x,) = inputs
    axes, rank = [int(axis) for axis in p.axis], to.rank(x)
    if sorted(axes) != [0, 1, 2, 3] or (rank == 4 and axes[0] != 0):
        raise to.error(f"permutes axes {axes} of a value of rank {rank}")
    if rank == 4:
        return to.op("transpose", 4, x=x, perm=np.array(axes))
    places = (0, 2, 3, 4)
    order = [places[axis] for axis in axes]
    return to.op("transpose", 5, x=x, perm=np.array([order[0], 1, *order[1:]]))


@layer("concat")
def concat(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``concat`` along channels, or along the sequence."""
    rank = to.rank(inputs[0])
    axis = rank - 5 if p.sequenceConcat else rank - 3
    if axis < 0:
        raise to.error("joins sequences of values that have none")
    return to.op("concat", rank, values=inputs, axis=axis)


@layer("split")
def split(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``split`` along channels into equal parts."""
    (x,) = inputs
    count = int(p.nOutputs)
    return to.ops("split", [to.ranks[x]] * count, x=x, axis=-3, num_splits=count)


@layer("sequenceRepeat")
def sequence_repeat(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``tile`` along the sequence."""
    (x,) = inputs
    rank = to.rank(x)
    reps = np.array([max(p.nRepetitions, 1)] + [1] * (rank - 1))
    return to.op("tile", rank, x=x, reps=reps)


@layer("slice")
def slice_(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``slice_by_index`` of channels, rows or columns; a negative end counts from the back."""
    (x,) = inputs
    rank = to.rank(x)
    at = rank - 3 + p.axis
    begin, end, stride = ([0] * rank, [0] * rank, [1] * rank)
    whole = [True] * rank
    begin[at], stride[at] = int(p.startIndex), max(int(p.stride), 1)
    whole[at] = False
    end[at] = int(p.endIndex)
    return to.op(
        "slice_by_index",
        rank,
        x=x,
        begin=np.array(begin),
        end=np.array(end),
        stride=np.array(stride),
        end_mask=np.array(whole),
    )


@layer("crop")
def crop(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Rows and columns cut off at the borders, or at an offset to the size of a second input."""
    x, rank = inputs[0], to.rank(inputs[0])
    lead = [0] * (rank - 2)
    if len(inputs) == 1:
        top, bottom, left, right = border_amounts(to, p.cropAmounts)
        ends = (-bottom, -right)
        return to.op(
            "slice_by_index",
            rank,
            x=x,
            begin=np.array([*lead, top, left]),
            end=np.array([*lead, *ends]),
            end_mask=np.array([True] * (rank - 2) + [not end for end in ends]),
        )
    offset = [int(start) for start in p.offset] or [0, 0]
    sizes = to.sizes(inputs[1], -2)
    ends_at = to.op("add", 1, "int32", x=sizes, y=np.array(offset))
    end = to.op("concat", 1, "int32", values=(to.stored(lead), ends_at), axis=0)
    return to.op(
        "slice_by_index",
        rank,
        x=x,
        begin=np.array([*lead, *offset]),
        end=end,
        end_mask=np.array([True] * (rank - 2) + [False, False]),
    )


@layer("padding")
def padding(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``pad`` of rows and columns: constant, reflected or replicated."""
    (x,) = inputs
    kind = p.WhichOneof("PaddingType") or "constant"
    mode = {"constant": "constant", "reflection": "reflect", "replication": "replicate"}[kind]
    folded = to.folded(x, 4)
    amounts = np.array([0, 0, 0, 0, *border_amounts(to, p.paddingAmounts)])
    y = to.op("pad", 4, x=folded, pad=amounts, mode=mode, constant_val=float(p.constant.value))
    return to.unfolded(y, x)


@layer("reorganizeData")
def reorganize_data(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``space_to_depth``, ``depth_to_space`` or ``pixel_shuffle``."""
    (x,) = inputs
    folded, size = to.folded(x, 4), int(p.blockSize)
    if p.mode == _PIXEL_SHUFFLE:
        y = to.op("pixel_shuffle", 4, x=folded, upscale_factor=size)
    else:
        name = "space_to_depth" if p.mode == _SPACE_TO_DEPTH else "depth_to_space"
        y = to.op(name, 4, x=folded, block_size=size)
    return to.unfolded(y, x)
