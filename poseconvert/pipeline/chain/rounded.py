"""What rounding the weights to float16 does to a network, by another program than Core ML's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from poseconvert.errors import PoseconvertError
from poseconvert.graph.reader import read_onnx
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.rounded_weights import in_float16, knows
from poseconvert.runners.runner import Outputs
from poseconvert.stages.stage import SIMPLIFIED


def with_rounded(
    evaluations: Sequence[Evaluation], graph: Path, inputs: Inputs, *, keep: Collection[str]
) -> list[Evaluation]:
    """Run the graph that a float16 package is made of with that package's weights.

    Parameters
    ----------
    evaluations : of a chain; those of other artifacts stay as they are.
    keep : weights or results whose ops are float32 in the package.
    """
    return [
        replace(one, rounded=_rounded(graph, inputs, keep))
        if one.link.artifact == SIMPLIFIED and one.outputs
        else one
        for one in evaluations
    ]


def _rounded(graph: Path, inputs: Inputs, keep: Collection[str]) -> Outputs:
    """Answer with rounded weights; nothing where that does not run or is not finite."""
    with suppress(PoseconvertError):
        model = read_onnx(graph)
        if knows(model, keep):
            found = OnnxRunner(graph, model=in_float16(model, keep=keep)).run(inputs.batch)
            if all(np.isfinite(values).all() for values in found.values()):
                return found
    return {}
