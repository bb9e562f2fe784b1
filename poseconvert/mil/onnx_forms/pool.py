"""ONNX forms of the ops of family ``pool``.

Every window is spelt out: the padding after the last dimension is what the last window reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, flag, stored, text
from poseconvert.mil.onnx_registry import onnx_form
from poseconvert.mil.windows import Windows, pool_windows


@dataclass(frozen=True, slots=True)
class _Pool:
    """Where a pool's windows lie, and how far beyond the input they reach."""

    windows: Windows
    reach: list[int]

    def attributes(self) -> dict[str, list[int]]:
        """As ONNX pools take them."""
        return {
            "kernel_shape": self.windows.kernel,
            "strides": self.windows.strides,
            "pads": [before for before, _ in self.windows.pads] + self.reach,
        }


def _pool(
    x: Value,
    kernel_sizes: Value,
    strides: Value | None,
    pad_type: Value,
    pad: Value | None,
    ceil_mode: Value | None,
) -> _Pool:
    windows = pool_windows(
        x.shape[2:],
        stored(kernel_sizes),
        strides=stored(strides),
        pad_type=text(pad_type),
        pad=stored(pad),
        ceil_mode=flag(ceil_mode),
    )
    reach = []
    for size, k, s, (before, _), out in zip(
        x.shape[2:], windows.kernel, windows.strides, windows.pads, windows.outs, strict=True
    ):
        if (out - 1) * s >= size + before:
            raise UnsupportedOpError(f"a pool's window lies outside {list(x.shape)}")
        reach.append(max(0, (out - 1) * s + k - size - before))
    return _Pool(windows, reach)


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
    pool = _pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    return graph.node("MaxPool", x, **pool.attributes())


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
    pool = _pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    padded = any(map(any, pool.windows.pads))
    counted = padded and not flag(exclude_padding_from_average)
    if counted and any(
        r > after for r, (_, after) in zip(pool.reach, pool.windows.pads, strict=True)
    ):
        raise UnsupportedOpError("ceil_mode averages windows that reach beyond the padding")
    return graph.node("AveragePool", x, count_include_pad=int(counted), **pool.attributes())


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
    pool = _pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    return graph.node("LpPool", x, p=2, **pool.attributes())
