"""The package of a conversion in the reference executor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from poseconvert.conversion.promise import package_of
from poseconvert.decoding import decode
from poseconvert.drift import Run
from poseconvert.errors import ConversionError, UsageError
from poseconvert.face.array_results import Answer, Keypoints
from poseconvert.face.pictures import Pictures, picture_files
from poseconvert.mil import Precision, read_package
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.inputs import picture_inputs
from poseconvert.runners.mil import MilRunner
from poseconvert.runners.runner import Batch, Runner


def answer_of(
    conversion: ConversionFolder,
    given: Pictures | Mapping[str, ArrayLike],
    *,
    precision: Precision | None,
) -> Answer:
    """Run the package; see :meth:`poseconvert.face.conversion.Conversion.run`."""
    path = _package(conversion)
    batch = _batch(conversion, given)
    runner: Runner = MilRunner(read_package(path), precision=precision or conversion.precision)
    if interface := conversion.manifest.interface:
        runner = interface.runner(runner)
    outputs = runner.run(batch)
    specs = conversion.specs
    keypoints = Keypoints(tuple(decode(outputs, spec) for spec in specs), specs)
    run = Run(path.name, runner.name, runner.precision)
    return Answer(run.artifact, run.label, outputs, keypoints)


def _package(conversion: ConversionFolder) -> Path:
    name = package_of(conversion.manifest)
    if name in conversion.refused:
        raise ConversionError(
            f"{conversion.folder}: {conversion.refused[name]}. Convert again, or open it with"
            " allow_edited=True."
        )
    return conversion.folder / name


def _batch(conversion: ConversionFolder, given: Pictures | Mapping[str, Any]) -> Batch:
    if not isinstance(given, Mapping):
        with picture_files(given) as files:
            if not files:
                raise UsageError("run: no picture. Give one, or arrays by name of the input.")
            return picture_inputs(files, conversion.pictured).batch
    wanted = conversion.manifest.inputs
    if set(given) != set(wanted):
        raise UsageError(
            f"run: inputs {', '.join(given) or '(none)'}. The network takes {', '.join(wanted)}."
        )
    tensors = {name: np.asarray(given[name], np.float32) for name in wanted}
    for name, tensor in tensors.items():
        shape = tuple(wanted[name][1:])
        if tensor.shape[1:] != shape or not len(tensor):
            raise UsageError(f"run: input {name} has shape {tensor.shape}. Give (N, *{shape}).")
    if len({len(tensor) for tensor in tensors.values()}) > 1:
        raise UsageError("run: inputs of other N. N leads in every array.")
    return Batch(tensors)
