"""A judge that is not ours, asked what the simplified graph means in float32."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from poseconvert.drift import EXECUTOR, Floor, Tolerance, compare_outputs
from poseconvert.errors import PoseconvertError
from poseconvert.fields import Agreement
from poseconvert.pipeline.chain.evaluate import Evaluation, Progress
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.pipeline.chain.opinion import SecondOpinion
from poseconvert.runners.coreai import CoreAIRunner, require
from poseconvert.runners.runner import Batch, Outputs, Runner
from poseconvert.stages.stage import COREML_FROM_ONNX, PACKAGE, SIMPLIFIED

# It needs half a second for a frame that ONNX Runtime needs 7 ms for.
_MOST_INPUTS = 8
_SECONDS = 10.0


def require_second_judge() -> None:
    """Refuse before long work what needs a judge that is not installed.

    Raises
    ------
    RunError : it is not.
    """
    require()


def with_second_opinion(
    measurement: Measurement,
    *,
    progress: Progress,
    load: Callable[[], Runner] | None = None,
) -> Measurement:
    """Ask the second judge what the first inputs of a measurement give.

    It decides nothing: whom it agrees with is said beside the verdict.

    Parameters
    ----------
    load : gives the judge; by default the Core AI interpreter of ``model.simplified.onnx``.
    """
    progress("asking the Core AI interpreter")
    path = measurement.folder / SIMPLIFIED
    try:
        judge = load() if load else CoreAIRunner(path)
        outputs = _asked(judge, measurement.inputs.batch)
    except PoseconvertError as error:
        opinion = SecondOpinion("Core AI interpreter", (), "not run", reason=str(error))
        return replace(measurement, opinion=opinion)
    count = len(next(iter(outputs.values())))
    opinion = _opinion(judge.name, measurement, outputs)
    return replace(measurement, opinion=replace(opinion, inputs=measurement.inputs.names[:count]))


def _asked(judge: Runner, batch: Batch) -> Outputs:
    """Run as many inputs as there is time for, at least those of one run."""
    began = time.monotonic()
    first = judge.run(batch[: judge.size])
    each = max(time.monotonic() - began, 1e-3) / judge.size
    more = min(_MOST_INPUTS, len(batch), judge.size + int(_SECONDS / each))
    if more <= judge.size:
        return first
    rest = judge.run(batch[judge.size : more])
    return {name: np.concatenate([values, rest[name]]) for name, values in first.items()}


def _opinion(judge: str, measurement: Measurement, third: Outputs) -> SecondOpinion:
    evaluations = measurement.result.evaluations
    floor = evaluations[0].floor if evaluations else {}
    onnx, executor = _of(evaluations, SIMPLIFIED), _of(evaluations, PACKAGE, "fp32")
    if onnx is None:
        reason = f"{SIMPLIFIED} has no answer of ONNX Runtime to compare with"
        return SecondOpinion(judge, (), "not run", reason=reason)
    # The weights of a float16 package are rounded, whatever computes with them.
    rounded = COREML_FROM_ONNX.tolerance(measurement.manifest.precision)
    exact = COREML_FROM_ONNX.tolerance("fp32")
    count = len(next(iter(third.values())))
    first = {name: values[:count] for name, values in onnx.outputs.items()}
    from_onnx, apart = _apart(first, third, exact, floor)
    if executor is None:
        agreement: Agreement = "with ONNX Runtime" if not apart else "against ONNX Runtime"
        return SecondOpinion(judge, (), agreement, from_onnx, reason=apart)
    second = {name: values[:count] for name, values in executor.outputs.items()}
    from_executor, apart_too = _apart(third, second, rounded, floor)
    _, between = _apart(first, second, rounded, floor)
    agreement = _agreement(onnx=not apart, executor=not apart_too, between=not between)
    reason = "" if agreement == "all agree" else apart or apart_too or between
    return SecondOpinion(judge, (), agreement, from_onnx, from_executor, reason)


def _agreement(*, onnx: bool, executor: bool, between: bool) -> Agreement:
    """Say who agrees, from whether the judge does with either, and they with each other."""
    if onnx:  # two of three within their limits: the third cannot be far from it
        return "all agree" if executor or between else "with ONNX Runtime, against the executor"
    if executor:  # a float16 package may be near both, and then it cannot tell
        return "against ONNX Runtime" if between else "with the executor, against ONNX Runtime"
    return "two against it" if between else "nobody agrees"


def _of(evaluations: Sequence[Evaluation], artifact: str, precision: str = "") -> Evaluation | None:
    """Return what one artifact gave, in the reference executor where a precision is named."""
    for evaluation in evaluations:
        run = evaluation.run
        mine = run.artifact == artifact and evaluation.outputs and not run.size
        if mine and (not precision or (run.runner, run.precision) == (EXECUTOR, precision)):
            return evaluation
    return None


def _apart(
    reference: Outputs, candidate: Outputs, tolerance: Tolerance, floor: Mapping[str, Floor]
) -> tuple[float | None, str]:
    """Return the largest drift, and why two sides do not agree; empty where they do."""
    found = compare_outputs(reference, candidate, tolerance=tolerance, floor=floor)
    measured = [one.drift.relative for one in found if one.drift is not None]
    reason = next((one.reason for one in found if one.reason), "")
    return max(measured, default=None), reason
