"""Products with matrices, and embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer


@layer("innerProduct")
def inner_product(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``linear`` over the last axis; over channels, as a convolution, in the older convention."""
    (x,) = inputs
    weight = to.weights(p.weights, (p.outputChannels, p.inputChannels))
    bias = to.bias(p, p.outputChannels)
    if to.exact and to.rank(x) != 5:
        return to.op("linear", to.ranks[x], x=x, weight=weight, bias=bias)
    filters = weight.reshape(*weight.shape, 1, 1)
    y = to.op("conv", 4, x=to.folded(x, 4), weight=filters, bias=bias)
    return to.unfolded(y, x)


@layer("batchedMatmul")
def batched_matmul(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``matmul`` of two inputs, or of one with a stored matrix; vectors keep their rank."""
    if len(inputs) == 1:
        rows, columns = p.weightMatrixFirstDimension, p.weightMatrixSecondDimension
        weight, (x,) = to.weights(p.weights, (columns, rows)), inputs
        if p.transposeA:
            x = _swapped(to, x)
        bias = to.bias(p, columns)
        return to.op("linear", to.ranks[x], x=x, weight=weight, bias=bias)
    ranks = [to.rank(value) for value in inputs]
    x, y = inputs
    if ranks[0] == 1:
        x = to.op("expand_dims", 2, x=x, axes=np.array([0]))
    if ranks[1] == 1:
        y = to.op("expand_dims", 2, x=y, axes=np.array([1]))
    rank = max(to.rank(x), to.rank(y))
    product = to.op("matmul", rank, x=x, y=y, transpose_x=p.transposeA, transpose_y=p.transposeB)
    lost = [axis for axis, given in zip((-2, -1), ranks, strict=True) if given == 1]
    if not lost:
        return product
    left = rank - len(lost)
    if not left:
        return to.op("squeeze", 1, x=product, axes=np.array([-1]))
    return to.op("squeeze", left, x=product, axes=np.array(lost))


def _swapped(to: Lowering, x: Value) -> Value:
    rank = to.rank(x)
    perm = np.array([*range(rank - 2), rank - 1, rank - 2])
    return to.op("transpose", rank, x=x, perm=perm)


@layer("embedding")
def embedding(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Rows of a table by the one channel of the input, which becomes the row's channels."""
    (x,) = inputs
    rank = to.rank(x)
    rows = _rows(to, p, x, (p.outputChannels, p.inputDim))
    # [..., 1, 1, 1, channels] -> [..., channels, 1, 1]
    perm = np.array([*range(rank - 3), rank, rank - 2, rank - 1, rank - 3])
    moved = to.op("transpose", rank + 1, x=rows, perm=perm)
    return to.op("squeeze", rank, x=moved, axes=np.array([-1]))


@layer("embeddingND")
def embedding_nd(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Rows of a table by an input whose last axis has size 1, in place of that axis."""
    (x,) = inputs
    rank = to.rank(x)
    rows = _rows(to, p, x, (p.embeddingSize, p.vocabSize))
    return to.op("squeeze", rank, x=rows, axes=np.array([rank - 1]))


def _rows(to: Lowering, p: Any, x: Value, shape: tuple[int, int]) -> Value:
    table = np.ascontiguousarray(to.weights(p.weights, shape).T)
    rank = to.rank(x) + 1
    rows = to.op("gather", rank, x=table, indices=to.cast(x, "int32"), axis=0)
    bias = to.bias(p, shape[0])
    return rows if bias is None else to.op("add", rank, x=rows, y=bias)
