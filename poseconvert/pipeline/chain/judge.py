"""Every stage of a chain judged against the one before it, and the last against the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from poseconvert.decoding import (
    DecodeSpec,
    peak_margins,
    simcc_margins,
    skeleton_named,
    strict_margins,
)
from poseconvert.decoding.tensors import heatmaps
from poseconvert.drift import (
    Comparison,
    HeadReading,
    JointDrift,
    OutputDrift,
    Parity,
    Tolerance,
    compare_outputs,
    controlled,
    end_tolerance,
    joint_drifts,
    judge,
    max_drift,
    not_run,
    own_drifts,
    unestablished,
)
from poseconvert.pipeline.chain.controls import controls
from poseconvert.pipeline.chain.evaluate import ChainResult, Evaluation
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.people import compared_people
from poseconvert.runners.runner import Outputs
from poseconvert.stages.stage import COMPRESSED_FROM_COREML, END_TO_END

# Outputs that differ by less than this share of themselves do not answer their input.
_INSENSITIVE = 1e-6


def judge_chain(
    evaluations: Sequence[Evaluation],
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    precision: str,
) -> ChainResult:
    """Judge each stage against the stage before it, and the last against the first.

    A stage is compared with the run of the one before it by the same runner, where there is
    one: a compressed package in float16 with the other in float16. The last row, ``end_to_end``,
    is there because drift that every stage has a small share of must still fit the final tolerance.
    """
    stages: dict[str, list[Evaluation]] = {}
    comparisons = []
    noise = evaluations[0] if evaluations else None
    unsteady = next((e.unsteady for e in evaluations if e.unsteady), "")
    for evaluation in evaluations:
        stage = evaluation.link.stage
        if stages and evaluation.link.tolerance:
            before = next(runs for name, runs in reversed(stages.items()) if name != stage)
            alike = next((other for other in before if _same_runner(other, evaluation)), before[0])
            comparisons.append(
                _judged(stage, evaluation.link.tolerance, alike, evaluation, inputs, specs, noise)
            )
        stages.setdefault(stage, []).append(evaluation)
    if len(stages) > 2:
        first, *_, last = stages.values()
        compressed = COMPRESSED_FROM_COREML.name in stages
        tolerance = end_tolerance(precision, compressed=compressed)
        comparisons.append(_judged(END_TO_END, tolerance, first[0], last[0], inputs, specs, noise))
    if unsteady:
        comparisons = [unestablished(comparison, unsteady) for comparison in comparisons]
    return ChainResult(tuple(evaluations), tuple(comparisons))


def _same_runner(first: Evaluation, second: Evaluation) -> bool:
    runs = first.run, second.run
    return runs[0] == replace(runs[1], artifact=runs[0].artifact)


def _judged(
    stage: str,
    tolerance: Tolerance,
    reference: Evaluation,
    candidate: Evaluation,
    inputs: Inputs,
    specs: Sequence[DecodeSpec],
    noise: Evaluation | None,
) -> Comparison:
    for side in (candidate, reference):
        if side.reason:
            return not_run(
                stage,
                candidate=candidate.run,
                tolerance=tolerance,
                reason=f"{side.link.artifact} did not run: {side.reason}",
                missing=side.run,
            )
    if _answers_nothing(reference.outputs):
        return not_run(
            stage,
            candidate=candidate.run,
            tolerance=tolerance,
            reason="no output depends on the input, so parity would hold for anything;"
            " give a network with trained or calibrated weights",
        )
    outputs = compare_outputs(
        reference.outputs,
        candidate.outputs,
        tolerance=tolerance,
        floor=noise.floor if noise else {},
        yardsticks=noise.yardsticks if noise else {},
        inputs=inputs.names,
    )
    joints = [
        joint
        for index, spec in enumerate(specs)
        for joint in _head_drifts(reference, candidate, index, spec, inputs, outputs)
    ]
    found = judge(
        stage,
        reference=reference.run,
        candidate=candidate.run,
        inputs=inputs.names,
        outputs=outputs,
        joints=joints,
        tolerance=tolerance,
    )
    if found.parity is not Parity.HELD:
        return found
    yardsticks = noise.yardsticks if noise else {}
    planted = controls(found, reference, candidate, specs=specs, yardsticks=yardsticks)
    return controlled(found, tuple(planted))


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
    if spec.people is not None:
        return compared_people(
            reference.outputs,
            candidate.outputs,
            spec,
            inputs=inputs.names,
            origins=inputs.origins,
        )
    pose = reference.poses[index]
    strict = own = None
    if spec.refinement == "simcc":
        margin = simcc_margins(reference.outputs, spec)
        drift = max(max_drift(outputs, name) for name in spec.reads)
    elif spec.heatmap is None:
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
            steps=spec.refinement == "quarter_cell",
        ),
        inputs=inputs.names,
        heatmap_drift=drift,
        strict_margin=strict,
        own_drift=own,
        patterns=[origin == "pattern" for origin in inputs.origins],
    )
