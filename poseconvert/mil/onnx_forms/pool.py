"""ONNX forms of the ops of family ``pool``.

Every window is spelt out: the padding after the last dimension is what the last window reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, flag, ints, text
from poseconvert.mil.onnx_registry import onnx_form
from poseconvert.mil.padding import spatial_padding


@dataclass(frozen=True, slots=True)
class _Windows:
    """Where a pool's windows lie: pads before, declared after, and after as far as they reach."""

    kernel: list[int]
    strides: list[int]
    before: list[int]
    after: list[int]
    reach: list[int]

    def attributes(self) -> dict[str, list[int]]:
        """As ONNX pools take them."""
        return {
            "kernel_shape": self.kernel,
            "strides": self.strides,
            "pads": self.before + self.reach,
        }


def _windows(
    x: Value,
    kernel_sizes: Value,
    strides: Value | None,
    pad_type: Value,
    pad: Value | None,
    ceil_mode: Value | None,
) -> _Windows:
    kernel = ints(kernel_sizes)
    steps = ints(strides, [1] * len(kernel))
    kind = text(pad_type)
    pads = spatial_padding(
        pad_type=kind,
        pad=None if pad is None else pad.constant,
        sizes=x.shape[2:],
        kernel=kernel,
        strides=steps,
    )
    ceil = flag(ceil_mode)
    if ceil and (kind == "same" or any(before != after for before, after in pads)):
        raise UnsupportedOpError(f"ceil_mode with padding {pads} has no ONNX form")
    reach = []
    for size, k, s, (before, after) in zip(x.shape[2:], kernel, steps, pads, strict=True):
        span = size + before + after - k
        out = -(-span // s) + 1 if ceil else span // s + 1
        if ceil and before + after > 0 and (out - 1) * s >= size + before:
            out -= 1
        if span < 0 or (out - 1) * s >= size + before:
            raise UnsupportedOpError(f"a pool's window lies outside {list(x.shape)}")
        reach.append(max(0, (out - 1) * s + k - size - before))
    return _Windows(kernel, steps, [b for b, _ in pads], [a for _, a in pads], reach)


@onnx_form("max_pool")
def max_pool(
    graph: Graph,
    *,
    x: Value,
    kernel_sizes: Value,
    pad_type: Value,
    strides: Value | None = None,
    pad: Value | None = None,
    ceil_mode: Value | None = None,
) -> str:
    """``MaxPool``."""
    windows = _windows(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    return graph.node("MaxPool", x, **windows.attributes())


@onnx_form("avg_pool")
def avg_pool(
    graph: Graph,
    *,
    x: Value,
    kernel_sizes: Value,
    pad_type: Value,
    strides: Value | None = None,
    pad: Value | None = None,
    exclude_padding_from_average: Value | None = None,
    ceil_mode: Value | None = None,
) -> str:
    """``AveragePool``, where all or none of the padding counts."""
    windows = _windows(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    padded = any(windows.before) or any(windows.after)
    counted = padded and not flag(exclude_padding_from_average)
    if counted and any(r > a for r, a in zip(windows.reach, windows.after, strict=True)):
        raise UnsupportedOpError("ceil_mode averages windows that reach beyond the padding")
    return graph.node("AveragePool", x, count_include_pad=int(counted), **windows.attributes())


@onnx_form("l2_pool")
def l2_pool(
    graph: Graph,
    *,
    x: Value,
    kernel_sizes: Value,
    pad_type: Value,
    strides: Value | None = None,
    pad: Value | None = None,
    ceil_mode: Value | None = None,
) -> str:
    """``LpPool`` with p = 2."""
    windows = _windows(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    return graph.node("LpPool", x, p=2, **windows.attributes())
