"""What an artifact's files alone show: types, names, shapes, and its normalisation."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.errors import PoseconvertError
from poseconvert.graph.reader import read_onnx
from poseconvert.imaging.scaling import Scaling
from poseconvert.mil import read_package
from poseconvert.mil.package.features import ArrayFeature
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.measurement import Diagnosis, Measurement
from poseconvert.pipeline.chain.wants import scaling_of_graph
from poseconvert.pipeline.diagnose.hypothesis import Broken, on_axis
from poseconvert.pipeline.diagnose.inputs import Normalization
from poseconvert.pipeline.diagnose.outputs import output_causes
from poseconvert.stages.stage import PACKAGE, SIMPLIFIED


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


def normalization_of(conversion: ConversionFolder) -> Normalization | None:
    """Return what the graph does to a picture first; where it folded that, what was asked for."""
    options = conversion.model_options
    try:
        found = scaling_of_graph(read_onnx(conversion.folder / SIMPLIFIED))
    except PoseconvertError:
        found = None
    if found is None and (options.scale is not None or options.bias is not None):
        found = Scaling(options.scale or (1.0,) * 3, options.bias or (0.0,) * 3)
    return None if found is None else Normalization(on_axis(found.scale), on_axis(found.bias))
