"""Batch norms folded into convolutions, done again in float64 with every usual epsilon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper

from poseconvert.drift.format import number
from poseconvert.graph.differences import Constants
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken, worst_output

_EPSILONS = (0.0, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 1e-2)
_ROUNDED = 1e-6


def fold_causes(
    broken: Broken, reference: ModelProto, candidate: ModelProto
) -> Iterator[Diagnosis]:
    """Find convolutions that took in a batch norm otherwise than the reference has it."""
    theirs, ours = Constants(reference), Constants(candidate)
    makers = {name: node for node in reference.graph.node for name in node.output}
    # A fold gives its value the name of the norm, or leaves it that of the convolution.
    norms = {
        name: node
        for node in reference.graph.node
        if node.op_type == "BatchNormalization"
        for name in (node.output[0], node.input[0])
    }
    for node in candidate.graph.node:
        norm = norms.get(node.output[0]) if node.op_type == "Conv" else None
        if norm is None:
            continue
        conv = makers.get(norm.input[0])
        if conv is None or conv.op_type != "Conv" or node.input[1] not in ours:
            continue
        said = next((helper.get_attribute_value(a) for a in norm.attribute if a.name == "epsilon"),
                    1e-5)  # fmt: skip
        got = ours[node.input[1]].astype(np.float64)
        off = {eps: _off(got, _folded(conv, norm, theirs, eps)) for eps in (said, *_EPSILONS)}
        if off[said] <= _ROUNDED:
            continue
        best = min(off, key=lambda eps: off[eps])
        fits = off[best] <= _ROUNDED
        yield Diagnosis(
            "batch norm epsilon" if fits else "batch norm fold",
            f"Conv {node.name or node.output[0]}: batch norm was folded with"
            f" {f'epsilon {best:g}' if fits else 'other numbers'}, the reference has {said:.3g};"
            f" its weight is off by {number(off[said])}"
            f"{f', with that epsilon by {number(off[best])}' if fits else ''};"
            f" {worst_output(broken)} drifts by {number(broken.before)} of its range",
            node.name or node.output[0],
        )
        return


def _folded(
    conv: NodeProto, norm: NodeProto, constants: Constants, epsilon: float
) -> NDArray[np.float64]:
    weight, scale, variance = (
        constants[name].astype(np.float64) for name in (conv.input[1], norm.input[1], norm.input[4])
    )
    factor = scale / np.sqrt(variance + epsilon)
    folded: NDArray[np.float64] = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    return folded


def _off(got: NDArray[Any], expected: NDArray[Any]) -> float:
    if got.shape != expected.shape:
        return float("inf")
    return float(np.abs(got - expected).max() / np.abs(expected).max())
