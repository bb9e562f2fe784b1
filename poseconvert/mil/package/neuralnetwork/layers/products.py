"""Products with matrices, and embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer


@layer("innerProduct")
def inner_product(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``linear`` over the last axis; from rank 4 on over the last three, which become [C, 1, 1].

    Source: NeuralNetwork.proto, ``InnerProductLayerParams``.
    """
    (x,) = inputs
    weight = to.weights(p.weights, (p.outputChannels, p.inputChannels))
    bias = to.bias(p, p.outputChannels)
    rank = to.rank(x)
    if rank < 4:
        return to.op("linear", rank, x=x, weight=weight, bias=bias)
    flat = to.op("reshape", 2, x=x, shape=np.array([-1, int(p.inputChannels)]))
    y = to.op("linear", 2, x=flat, weight=weight, bias=bias)
    sizes = (to.sizes(x, 0, rank - 3), to.stored([int(p.outputChannels), 1, 1]))
    shape = to.op("concat", 1, "int32", values=sizes, axis=0)
    return to.op("reshape", rank, x=y, shape=shape)


@layer("batchedMatmul")
def batched_matmul(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``matmul`` of two inputs, or of one with a stored matrix; a vector stays a row or column."""
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
    return to.op("matmul", rank, x=x, y=y, transpose_x=p.transposeA, transpose_y=p.transposeB)


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
