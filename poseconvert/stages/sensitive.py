"""Which weights float16 hurts most, so that few ops need to stay float32."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import numpy_helper

from poseconvert.graph.reader import read_onnx

_WEIGHTED = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How strongly one op amplifies the rounding of its weights and its input.

    Attributes
    ----------
    weight : name of the weight tensor, the path of the module in PyTorch.
    amplification : largest sum of |w| over one output channel. Rounding to
        float16 moves that channel by up to this times max|x| times 2**-11.
    """

    weight: str
    amplification: float


def sensitivities(path: Path) -> list[Sensitivity]:
    """Rank the weighted ops of an ONNX model, most sensitive first.

    A depthwise filter with taps near +-60 that cancel is the typical case: its
    output is small, its rounding error is not.
    """
    model = read_onnx(path)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        if node.op_type in _WEIGHTED and len(node.input) > 1 and node.input[1] in tensors:
            weights = np.abs(numpy_helper.to_array(tensors[node.input[1]])).astype(np.float64)
            # Output channels lie on axis 0, but on axis 1 for ConvTranspose and MatMul;
            # Gemm has them on either, so the larger of both sums is taken.
            sums = [
                weights.sum(axis=tuple(a for a in range(weights.ndim) if a != axis)).max()
                for axis in ((0,) if node.op_type == "Conv" else (0, weights.ndim - 1))
            ]
            found[node.input[1]] = float(max(sums))
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [Sensitivity(name, amplification) for name, amplification in ranked]
