"""Slices along any axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer


@layer("sliceStatic")
def slice_static(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``slice_by_index``."""
    (x,) = inputs
    rank = to.rank(x)
    arguments = {
        "begin": np.array(p.beginIds, int),
        "end": np.array(p.endIds, int),
        "stride": np.array(p.strides, int),
        "begin_mask": np.array(p.beginMasks, bool),
        "end_mask": np.array(p.endMasks, bool),
    }
    return _sliced(to, x, rank, list(p.squeezeMasks), arguments)


@layer("sliceDynamic")
def slice_dynamic(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``slice_by_index`` whose indices are inputs; those left out are the layer's."""
    x, rank = inputs[0], to.rank(inputs[0])
    held: list[Any] = [
        None,
        np.array(p.endIds, int),
        np.array(p.strides, int),
        np.array(p.beginMasks, bool),
        np.array(p.endMasks, bool),
        np.array(p.squeezeMasks, bool),
    ]
    for at, value in enumerate(inputs[1:]):
        held[at] = to.cast(value, "int32" if at < 3 else "bool")
    names = ("begin", "end", "stride", "begin_mask", "end_mask")
    arguments = {
        name: given if isinstance(given, Value) or len(given) else None
        for name, given in zip(names, held[:5], strict=True)
    }
    if isinstance(held[5], Value):
        raise to.error("squeezes axes that are known only at run time")
    return _sliced(to, x, rank, held[5].tolist(), arguments)


def _sliced(
    to: Lowering, x: Value, rank: int, squeezed: list[bool], arguments: dict[str, Any]
) -> Value:
    left = rank - sum(squeezed)
    given = {
        name: value
        for name, value in arguments.items()
        if value is not None and (isinstance(value, Value) or len(value))
    }
    masked: dict[str, Any] = {"squeeze_mask": np.array(squeezed, bool)} if any(squeezed) else {}
    y = to.op("slice_by_index", left, to.dtypes[x], x=x, **given, **masked)
    return y if left else to.op("expand_dims", 1, x=y, axes=np.array([0]))


@layer("sliceBySize")
def slice_by_size(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``slice_by_size`` along one axis, from where the second input says."""
    x, begin = inputs
    rank = to.rank(x)
    axis = to.axis(x, p.axis)
    sizes = np.full(rank, -1)
    sizes[axis] = p.size
    unit = (np.arange(rank) == axis).astype(int)
    start = to.op("mul", 1, "int32", x=to.cast(begin, "int32"), y=unit)
    return to.op("slice_by_size", rank, x=x, begin=start, size=sizes)
