"""Which ops float16 hurts most, measured: round the weights of one op, look at the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, helper, numpy_helper

from poseconvert.graph.reader import read_onnx
from poseconvert.runners.onnx import session
from poseconvert.runners.runner import Batch, leading

_WEIGHTED = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What rounding one op's weights to float16 does to the outputs.

    Attributes
    ----------
    weight : name of the weight tensor; for networks from PyTorch the module's path.
    value : name of what the op gives.
    noise : mean squared change over squared peak, of the output it hurts most.
        Noises of independent roundings add up; 10**(-dB/10) is the allowed sum.
    """

    weight: str
    noise: float
    value: str = ""


def sensitivities(path: Path, batch: Batch) -> list[Sensitivity]:
    """Rank the weighted ops of the ONNX model at ``path``, most sensitive first.

    Every op is tried in one session: weights are made inputs of the graph with
    the stored values as defaults, and a run replaces those of one op.
    """
    model = read_onnx(path)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    ops = list(weighted_ops(model))
    overridable = _with_weights_as_inputs(model)
    run = session(overridable, path)
    names = [output.name for output in model.graph.output]
    size = leading(v.shape for v in run.get_inputs() if v.name not in stored)

    def outputs(weights: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float64]]:
        runs = [run.run(names, {**one.tensors, **weights}) for one in batch.runs(size)]
        return [np.stack(values).astype(np.float64) for values in zip(*runs, strict=True)]

    reference = outputs({})
    found = []
    for value, tensors in ops:
        rounded = {t: stored[t].astype(np.float16).astype(np.float32) for t in tensors}
        noise = max(map(noise_between, reference, outputs(rounded)), default=0.0)
        found.append(Sensitivity(tensors[0], noise, value))
    return sorted(found, key=lambda one: (-one.noise, one.weight))


def weighted_ops(model: ModelProto) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what each op gives, and its stored weight, with its bias if it has one."""
    stored = {tensor.name for tensor in model.graph.initializer}
    for node in model.graph.node:
        tensors = tuple(name for name in node.input[1:] if name in stored)
        if node.op_type in _WEIGHTED and tensors:
            yield node.output[0], tensors


def _with_weights_as_inputs(model: ModelProto) -> ModelProto:
    copy = ModelProto()
    copy.CopyFrom(model)
    known = {value.name for value in copy.graph.input}
    copy.graph.input.extend(
        helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
        for tensor in copy.graph.initializer
        if tensor.name not in known
    )
    return copy


def noise_between(reference: NDArray[np.floating], changed: NDArray[np.floating]) -> float:
    """Return the mean squared change over the reference's squared peak."""
    peak = float(np.abs(reference).max())
    power = float(np.mean(np.square(changed - reference)))
    return power / peak**2 if peak else power
