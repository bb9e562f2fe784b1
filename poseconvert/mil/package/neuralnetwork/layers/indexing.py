"""Gathering, scattering, sorting and selecting."""

from __future__ import annotations

from typing import Any

from poseconvert.mil.package.neuralnetwork.lowering import Lower, Lowering, Value, layer

#: ScatterMode.
_MODES = ("update", "add", "sub", "mul", "div", "max", "min")


@layer("gather")
def gather(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``gather``."""
    x, indices = inputs
    rank = to.rank(x) + to.rank(indices) - 1
    return to.op("gather", rank, x=x, indices=to.cast(indices, "int32"), axis=int(p.axis))


@layer("gatherND")
def gather_nd(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``gather_nd``; the rank depends on how long its indices are, which is known at run time."""
    x, indices = inputs
    return to.op("gather_nd", to.held_rank, x=x, indices=to.cast(indices, "int32"))


@layer("gatherAlongAxis")
def gather_along_axis(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``gather_along_axis``."""
    x, indices = inputs
    whole = to.cast(indices, "int32")
    return to.op("gather_along_axis", to.ranks[x], x=x, indices=whole, axis=int(p.axis))


def _scatter(op: str, *, along: bool) -> Lower:
    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        data, indices, updates = inputs
        axis: dict[str, Any] = {"axis": int(p.axis)} if along else {}
        whole = to.cast(indices, "int32")
        rank, mode = to.ranks[data], _MODES[p.mode]
        return to.op(op, rank, data=data, indices=whole, updates=updates, mode=mode, **axis)

    return lower


layer("scatter")(_scatter("scatter", along=True))
layer("scatterND")(_scatter("scatter_nd", along=False))
layer("scatterAlongAxis")(_scatter("scatter_along_axis", along=True))


@layer("topK")
def top_k(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``topk``: values and their indices; how many may be the second input."""
    x = inputs[0]
    count: Any = int(p.K)
    if len(inputs) > 1:
        count = to.scalar(to.cast(inputs[1], "int32"))
    values, places = to.ops(
        "topk",
        [to.ranks[x]] * 2,
        ["fp32", "int32"],
        x=x,
        k=count,
        axis=int(p.axis),
        ascending=p.useBottomK,
    )
    return values, to.cast(places, "fp32")


@layer("argSort")
def arg_sort(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``argsort``."""
    (x,) = inputs
    ascending = not p.descending
    order = to.op("argsort", to.ranks[x], "int32", x=x, axis=int(p.axis), ascending=ascending)
    return to.cast(order, "fp32")


@layer("oneHot")
def one_hot(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``one_hot``; its length may be the second input."""
    indices = inputs[0]
    length: Any = int(p.oneHotVectorSize)
    if len(inputs) > 1:
        length = to.scalar(to.cast(inputs[1], "int32"))
    return to.op(
        "one_hot",
        to.rank(indices) + 1,
        indices=to.cast(indices, "int32"),
        one_hot_vector_size=length,
        axis=int(p.axis),
        on_value=float(p.onValue),
        off_value=float(p.offValue),
    )


@layer("cumSum")
def cum_sum(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``cumsum``; the axis may be the second input."""
    x = inputs[0]
    axis: Any = int(p.axis)
    if len(inputs) > 1:
        axis = to.scalar(to.cast(inputs[1], "int32"))
    return to.op(
        "cumsum", to.ranks[x], x=x, axis=axis, exclusive=p.excludeFinalSum, reverse=p.reverse
    )


@layer("whereNonZero")
def where_non_zero(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``non_zero``."""
    return to.cast(to.op("non_zero", 2, "int32", x=inputs[0]), "fp32")


@layer("matrixBandPart")
def matrix_band_part(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``band_part``."""
    return _band(to, inputs[0], int(p.numLower), int(p.numUpper))


@layer("lowerTriangular")
def lower_triangular(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give what is on and below diagonal ``k``."""
    x, k = inputs[0], int(p.k)
    return _band(to, x, -1, k) if k >= 0 else _without(to, x, _band(to, x, -k - 1, -1))


@layer("upperTriangular")
def upper_triangular(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give what is on and above diagonal ``k``."""
    x, k = inputs[0], int(p.k)
    return _band(to, x, -k, -1) if k <= 0 else _without(to, x, _band(to, x, -1, k - 1))


def _band(to: Lowering, x: Value, lower: int, upper: int) -> Value:
    return to.op("band_part", to.ranks[x], x=x, lower=lower, upper=upper)


def _without(to: Lowering, x: Value, band: Value) -> Value:
    return to.op("sub", to.ranks[x], x=x, y=band)


@layer("NonMaximumSuppression")
def non_maximum_suppression(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``non_maximum_suppression``; thresholds and the number of boxes may be inputs 3 to 5."""
    held: list[Any] = [float(p.iouThreshold), float(p.scoreThreshold), int(p.maxBoxes)]
    for at, value in enumerate(inputs[2:5]):
        held[at] = to.scalar(value)
    if isinstance(held[2], Value):
        held[2] = to.cast(held[2], "int32")
    found = to.ops(
        "non_maximum_suppression",
        (3, 3, 2, 1),
        ("fp32", "fp32", "int32", "int32"),
        boxes=inputs[0],
        scores=inputs[1],
        iou_threshold=held[0],
        score_threshold=held[1],
        max_boxes=held[2],
        per_class_suppression=p.perClassSuppression,
    )
    return (*found[:2], *(to.cast(value, "fp32") for value in found[2:]))
