"""Reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lower, Lowering, Value, layer

_REDUCTIONS = {
    "reduceL1": "reduce_l1_norm",
    "reduceL2": "reduce_l2_norm",
    "reduceMax": "reduce_max",
    "reduceMin": "reduce_min",
    "reduceSum": "reduce_sum",
    "reduceProd": "reduce_prod",
    "reduceMean": "reduce_mean",
    "reduceLogSum": "reduce_log_sum",
    "reduceSumSquare": "reduce_sum_square",
    "reduceLogSumExp": "reduce_log_sum_exp",
}
#: ReduceLayerParams.ReduceOperation and ReduceAxis.
_MODES = (
    "reduce_sum",
    "reduce_mean",
    "reduce_prod",
    "reduce_log_sum",
    "reduce_sum_square",
    "reduce_l1_norm",
    "reduce_l2_norm",
    "reduce_max",
    "reduce_min",
)
_ARGMAX = 9
_AXES = ((-3, -2, -1), (-2, -1), (-3,), (-2,), (-1,))


def _reduction(op: str) -> Lower:
    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        (x,) = inputs
        rank = to.rank(x)
        axes = sorted({to.axis(x, axis) for axis in p.axes})
        if p.reduceAll or not axes:
            axes = list(range(rank))
        left = rank if p.keepDims else rank - len(axes)
        y = to.op(op, left, x=x, axes=np.array(axes), keep_dims=p.keepDims)
        return y if left else to.op("expand_dims", 1, x=y, axes=np.array([0]))

    return lower


for _kind, _op in _REDUCTIONS.items():
    layer(_kind)(_reduction(_op))


@layer("reduce")
def reduce(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give a reduction over some of the last three axes, which stay, of size 1."""
    (x,) = inputs
    axes = _AXES[p.axis]
    if p.mode == _ARGMAX:
        if len(axes) != 1:
            raise to.error("looks for the largest along several axes")
        found = to.op("reduce_argmax", to.ranks[x], "int32", x=x, axis=axes[0], keep_dims=True)
        return to.cast(found, "fp32")
    return to.op(_MODES[p.mode], to.ranks[x], x=x, axes=np.array(axes), keep_dims=True)


def _arg(op: str) -> Lower:
    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        (x,) = inputs
        rank = to.rank(x)
        left = rank - 1 if p.removeDim else rank
        y = to.op(op, left, "int32", x=x, axis=p.axis, keep_dims=not p.removeDim)
        y = y if left else to.op("expand_dims", 1, "int32", x=y, axes=np.array([0]))
        return to.cast(y, "fp32")

    return lower


layer("argMax")(_arg("reduce_argmax"))
layer("argMin")(_arg("reduce_argmin"))
