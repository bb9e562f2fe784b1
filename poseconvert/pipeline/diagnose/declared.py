"""What an artifact's files alone show: types, names, shapes, and its normalisation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from poseconvert.errors import PoseconvertError
from poseconvert.graph.differences import Constants
from poseconvert.graph.reader import graph_inputs, read_onnx
from poseconvert.mil import read_package
from poseconvert.mil.package.features import ArrayFeature
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.measurement import Diagnosis, Measurement
from poseconvert.pipeline.diagnose.hypothesis import Broken, on_axis
from poseconvert.pipeline.diagnose.inputs import Normalization
from poseconvert.pipeline.diagnose.outputs import output_causes
from poseconvert.stages.stage import PACKAGE

_CHANNELS = 3


def lints(conversion: ConversionFolder, measurement: Measurement) -> Iterator[Diagnosis]:
    """Check what the manifest promises against what the artifacts are."""
    yield from _declared(conversion)
    yield from _undecoded(measurement)


def _declared(conversion: ConversionFolder) -> Iterator[Diagnosis]:
    if conversion.manifest.interface:  # whoever made it promised nothing
        return
    try:
        package = read_package(conversion.folder / PACKAGE)
    except PoseconvertError:
        return
    for output in package.outputs:
        if isinstance(output, ArrayFeature) and output.dtype == "fp16":
            yield Diagnosis(
                "float16 output",
                f'output "{output.name}" of {PACKAGE} is declared float16, the conversion promises'
                " float32: an app that reads float32 gets noise",
            )


def _undecoded(measurement: Measurement) -> Iterator[Diagnosis]:
    """Look at outputs that ran and could not be decoded: they may be under other names."""
    evaluations = measurement.result.evaluations
    reference = next((e for e in evaluations if e.outputs and not e.reason), None)
    for evaluation in evaluations:
        if reference is None or not evaluation.outputs or not evaluation.reason:
            continue
        yield from _renamed(reference, evaluation, measurement)


def _renamed(
    reference: Evaluation, candidate: Evaluation, measurement: Measurement
) -> Iterator[Diagnosis]:
    comparison = next(
        (
            c
            for c in measurement.result.comparisons
            if c.candidate == candidate.run.not_run and not c.inputs
        ),
        None,
    )
    if comparison is not None:
        broken = Broken(
            comparison, reference, candidate, measurement.inputs, measurement.specs
        )  # fmt: skip
        yield from output_causes(broken)


def asked_of(conversion: ConversionFolder) -> Normalization | None:
    """Return what ``--scale`` and ``--bias`` of the conversion do to a picture."""
    options = conversion.model_options
    if options.scale is None and options.bias is None:
        return None
    return Normalization(on_axis(options.scale or (1.0,) * 3), on_axis(options.bias or (0.0,) * 3))


def normalization_of(path: Path) -> Normalization | None:
    """Follow a graph's input through what scales it: ``x * scale + bias``.

    Returns
    -------
    Normalization or None
        None where the input goes straight into another kind of op, or cannot be read.
    """
    try:
        model = read_onnx(path)
    except PoseconvertError:
        return None
    constants = Constants(model)
    name = graph_inputs(model)[0].name
    scale = np.ones((1, 1, 1, 1), np.float32)
    bias = np.zeros((1, 1, 1, 1), np.float32)
    found = False
    for node in model.graph.node:
        if name not in node.input or node.op_type not in ("Mul", "Div", "Add", "Sub"):
            continue
        other = next((n for n in node.input if n != name), "")
        if other not in constants or (node.input[0] != name and node.op_type in ("Div", "Sub")):
            break
        value = _per_channel(constants[other])
        if value is None:
            break
        if node.op_type == "Mul":
            scale, bias = scale * value, bias * value
        elif node.op_type == "Div":
            scale, bias = scale / value, bias / value
        else:
            bias = bias + value if node.op_type == "Add" else bias - value
        name, found = node.output[0], True
    return Normalization(scale, bias) if found else None


def _per_channel(value: NDArray[np.float32]) -> NDArray[np.float32] | None:
    if value.size not in (1, _CHANNELS):
        return None
    return np.asarray(value, np.float32).reshape(1, -1, 1, 1)
