"""ONNX forms of the ops of family ``control_flow`` that have no blocks."""

from __future__ import annotations

from poseconvert.mil.onnx_graph import Graph, Value
from poseconvert.mil.onnx_registry import onnx_form


@onnx_form("select")
def select(graph: Graph, *, cond: Value, a: Value, b: Value) -> str:
    """``Where``."""
    return graph.node("Where", cond, a, b)
