"""The chain of artifacts on one batch of inputs: every stage against the one before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from poseconvert.decoding import (
    DecodeSpec,
    Pose,
    decode,
    peak_margins,
    skeleton_named,
    strict_margins,
)
from poseconvert.decoding.tensors import heatmaps
from poseconvert.drift import (
    TOLERANCES,
    Comparison,
    Floor,
    HeadReading,
    JointDrift,
    OutputDrift,
    Tolerance,
    compare_outputs,
    joint_drifts,
    judge,
    max_drift,
    not_run,
    own_drifts,
)
from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.inputs import Inputs
from poseconvert.pipeline.noise import noise_floor
from poseconvert.runners.runner import Outputs, Runner

Progress = Callable[[str], None]

# Outputs that differ by less than this share of themselves do not answer their input.
_INSENSITIVE = 1e-6


@dataclass(frozen=True, slots=True)
class Link:
    """One artifact with the runner that evaluates it.

    Attributes
    ----------
    artifact : its file name.
    stage : the stage that made it, or ``source``.
    open : loads the runner; called once, when its turn comes.
    tolerance : of its stage, None for the first link.
    refused : why it must not run; empty when it may.
    """

    artifact: str
    stage: str
    open: Callable[[], Runner]
    tolerance: Tolerance | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one link returned.

    Attributes
    ----------
    link : what was to run.
    label : what ran it; empty when nothing did.
    outputs : by name, (N, ...) float32; empty when it did not run.
    poses : one per decode spec.
    floor : noise floor of each output; measured for the reference only.
    reason : why it did not run, in a sentence; empty when it did.
    """

    link: Link
    label: str = ""
    outputs: Outputs = field(default_factory=dict)
    poses: tuple[Pose, ...] = ()
    floor: Mapping[str, Floor] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChainResult:
    """Every evaluation, and every verdict."""

    evaluations: tuple[Evaluation, ...]
    comparisons: tuple[Comparison, ...]


def evaluate(
    links: Sequence[Link],
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    progress: Progress,
    floor: bool = False,
) -> list[Evaluation]:
    """Run each link on all inputs; one that fails is recorded with its reason.

    Parameters
    ----------
    floor : measure the first link's noise floor, for it is the reference.
    """
    batch = inputs.batch
    evaluations = []
    for link in links:
        if link.refused:
            evaluations.append(Evaluation(link, reason=link.refused))
            continue
        progress(f"running {link.artifact}")
        try:
            runner = link.open()
            outputs = runner.run(batch)
            poses = tuple(decode(outputs, spec) for spec in specs)
            wanted = floor and link is links[0]
            measured = noise_floor(runner, batch, outputs) if wanted else {}
            evaluations.append(Evaluation(link, runner.label, outputs, poses, measured))
        except PoseconvertError as error:
            evaluations.append(Evaluation(link, reason=str(error)))
    return evaluations


def judge_chain(
    evaluations: Sequence[Evaluation],
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    precision: str,
) -> ChainResult:
    """Judge each stage against the stage before it, and the last against the first.

    The last row, ``end_to_end``, is there because drift that every stage has a
    small share of must still fit the final tolerance.
    """
    stages: dict[str, list[Evaluation]] = {}
    comparisons = []
    floor = evaluations[0].floor if evaluations else {}
    for evaluation in evaluations:
        stage = evaluation.link.stage
        if stages and evaluation.link.tolerance:
            before = next(runs for name, runs in reversed(stages.items()) if name != stage)
            comparisons.append(
                _judged(
                    stage, evaluation.link.tolerance, before[0], evaluation, inputs, specs, floor
                )
            )
        stages.setdefault(stage, []).append(evaluation)
    if len(stages) > 2:
        first, *_, last = stages.values()
        tolerance = TOLERANCES[f"end_to_end/{precision}"]
        comparisons.append(
            _judged("end_to_end", tolerance, first[0], last[0], inputs, specs, floor)
        )
    return ChainResult(tuple(evaluations), tuple(comparisons))


def _judged(
    stage: str,
    tolerance: Tolerance,
    reference: Evaluation,
    candidate: Evaluation,
    inputs: Inputs,
    specs: Sequence[DecodeSpec],
    floor: Mapping[str, Floor],
) -> Comparison:
    for side in (candidate, reference):
        if side.reason:
            return not_run(
                stage,
                candidate=candidate.link.artifact,
                tolerance=tolerance,
                reason=f"{side.link.artifact} did not run: {side.reason}",
            )
    if _answers_nothing(reference.outputs):
        return not_run(
            stage,
            candidate=candidate.link.artifact,
            tolerance=tolerance,
            reason="no output depends on the input, so parity would hold for anything;"
            " give a network with trained or calibrated weights",
        )
    outputs = compare_outputs(
        reference.outputs, candidate.outputs, tolerance=tolerance, floor=floor
    )
    joints = [
        joint
        for index, spec in enumerate(specs)
        for joint in _head_drifts(reference, candidate, index, spec, inputs, outputs)
    ]
    return judge(
        stage,
        reference=f"{reference.link.artifact} on {reference.label}",
        candidate=f"{candidate.link.artifact} on {candidate.label}",
        inputs=inputs.names,
        outputs=outputs,
        joints=joints,
        tolerance=tolerance,
    )


def _answers_nothing(outputs: Outputs) -> bool:
    """Whether different inputs get the same answer, as with plain random weights."""
    return all(
        len(values) > 1 and np.ptp(values, axis=0).max() <= _INSENSITIVE * np.abs(values).max()
        for values in outputs.values()
        if values.size
    )


def _head_drifts(
    reference: Evaluation,
    candidate: Evaluation,
    index: int,
    spec: DecodeSpec,
    inputs: Inputs,
    outputs: Sequence[OutputDrift],
) -> tuple[JointDrift, ...]:
    pose = reference.poses[index]
    strict = own = None
    if spec.heatmap is None:
        margin = np.full(pose.score.shape, np.inf)
        drift = 0.0
    else:
        margin = peak_margins(reference.outputs, spec, pose=pose)
        drift = max_drift(outputs, spec.heatmap)
        strict = strict_margins(reference.outputs, spec, pose=pose)
        own = own_drifts(*(heatmaps(side.outputs, spec)[0] for side in (reference, candidate)))
    return joint_drifts(
        pose,
        candidate.poses[index],
        margin=margin,
        reading=HeadReading(
            head="3d" if spec.dims == 3 else "2d",
            joints=skeleton_named(spec.skeleton).joints,
            stride=spec.stride[0],
        ),
        inputs=inputs.names,
        heatmap_drift=drift,
        strict_margin=strict,
        own_drift=own,
    )
