"""ONNX forms of the ops of family ``transformers``."""

from __future__ import annotations

from math import sqrt

import numpy as np

from poseconvert.mil.onnx_graph import Graph, Value, f32
from poseconvert.mil.onnx_registry import onnx_form


@onnx_form("scaled_dot_product_attention", "CoreML8")
def scaled_dot_product_attention(
    graph: Graph, *, query: Value, key: Value, value: Value, attn_mask: Value | None = None
) -> str:
    """``MatMul(Softmax(MatMul(query / sqrt(E), key.T) + mask), value)``."""
    *kept, rows, columns = range(key.rank)
    turned = graph.node("Transpose", key, perm=[*kept, columns, rows])
    scaled = graph.node("Div", query, f32(sqrt(query.shape[-1])))
    scores = graph.node("MatMul", scaled, turned)
    if attn_mask is not None and attn_mask.dtype == "bool":
        scores = graph.node("Where", attn_mask, scores, f32(-np.inf))
    elif attn_mask is not None:
        scores = graph.node("Add", scores, attn_mask)
    return graph.node("MatMul", graph.node("Softmax", scores, axis=-1), value)
