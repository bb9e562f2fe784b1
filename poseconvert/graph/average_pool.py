"""Average pools whose last windows overhang, written so that Core ML divides as ONNX says.

Core ML counts what ``ceil_mode`` adds beyond an input as padding; ONNX and PyTorch never count it.
So the padding that is to be counted is written out, and what is still outside is padding that is
not counted, as coremltools itself writes pools of three dimensions.

Source: apple/coremltools#2844, where Core ML's own numbers are printed; coremltools 9.0,
mil/frontend/torch/ops.py, ``_adjust_pad_for_ceil_mode``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from onnx import NodeProto, helper, numpy_helper


@dataclass(frozen=True, slots=True)
class _Axis:
    """One spatial axis of a pool: its size, its kernel and stride, its padding on both sides."""

    size: int
    kernel: int
    stride: int
    before: int
    after: int

    @property
    def windows(self) -> int:
        """How many windows ``ceil_mode`` makes; none starts in the padding after the input."""
        span = self.size + self.before + self.after - self.kernel
        last = -(-span // self.stride)
        return last + (last * self.stride < self.size + self.before)

    @property
    def reach(self) -> int:
        """How far the last window reaches beyond the padding; below 0 where it ends inside."""
        end = (self.windows - 1) * self.stride + self.kernel
        return end - self.size - self.before - self.after


def overhanging_pool(node: NodeProto, shape: Sequence[int] | None) -> list[NodeProto] | None:
    """Return nodes equal to an AveragePool with ``count_include_pad`` whose windows overhang.

    Parameters
    ----------
    node : the AveragePool; from opset 11 on, where Pad takes an input.
    shape : of its input, None where it is not known.

    Returns
    -------
    list of NodeProto or None
        None where no window overhangs, or where padding is not counted: those stay.
    """
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if shape is None or not (given.get("ceil_mode") and given.get("count_include_pad")):
        return None
    if any(d != 1 for d in given.get("dilations", ())) or _named(given):
        return None
    axes = _axes(given, shape[2:])
    if all(axis.reach <= 0 for axis in axes):
        return None
    before, after = [axis.before for axis in axes], [axis.after for axis in axes]
    source, nodes = node.input[0], list[NodeProto]()
    if any(before + after):
        around = [0, 0, *before, 0, 0, *after]
        sizes, padded = f"{node.output[0]}__pads", f"{node.output[0]}__padded"
        stored = numpy_helper.from_array(np.array(around, np.int64), sizes)
        nodes.append(helper.make_node("Constant", [], [sizes], value=stored))
        nodes.append(helper.make_node("Pad", [source, sizes], [padded]))
        source = padded
    outside = [0] * len(axes) + [max(0, axis.reach) for axis in axes]
    changed = {**given, "ceil_mode": 0, "count_include_pad": 0, "pads": outside}
    nodes.append(
        helper.make_node("AveragePool", [source], list(node.output), name=node.name, **changed)
    )
    return nodes


def _named(given: Mapping[str, object]) -> bool:
    """Whether the padding is given by a word."""
    return given.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID")


def _axes(given: Mapping[str, Sequence[int]], sizes: Sequence[int]) -> list[_Axis]:
    kernel = given["kernel_shape"]
    strides = given.get("strides", [1] * len(kernel))
    pads = given.get("pads", [0] * 2 * len(kernel))
    halves = pads[: len(kernel)], pads[len(kernel) :]
    return [_Axis(*axis) for axis in zip(sizes, kernel, strides, *halves, strict=True)]
