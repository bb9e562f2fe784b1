"""The negative control of a comparison that held: the same comparison on a planted change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from poseconvert.decoding import DecodeSpec, decode
from poseconvert.decoding.tensors import heatmaps
from poseconvert.drift import (
    Comparison,
    Control,
    Yardstick,
    compare_outputs,
    movement,
    scaled_channel,
)
from poseconvert.drift.joints import JointDrift
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.people import compared_people
from poseconvert.runners.runner import Outputs


def controls(
    held: Comparison,
    reference: Evaluation,
    candidate: Evaluation,
    *,
    specs: Sequence[DecodeSpec],
    yardsticks: Mapping[str, Yardstick],
) -> Iterator[Control]:
    """Plant a change of each kind, near what is allowed, and say whether it was seen."""
    yield scaled_channel(
        reference.outputs,
        candidate.outputs,
        tolerance=held.tolerance,
        yardsticks=yardsticks,
        inputs=held.inputs,
    )
    yield _exchanged(held, reference.outputs, candidate.outputs, yardsticks)
    if specs:
        yield _shifted(held, reference, candidate, specs)


def _exchanged(
    held: Comparison, reference: Outputs, candidate: Outputs, yardsticks: Mapping[str, Yardstick]
) -> Control:
    """Take the answer to the input that differs most from the first one for the first one's."""
    count = len(held.inputs)
    if count < 2:
        return Control("exchanged inputs", "", reason="there is one input")
    other = _most_unlike_first(reference)
    expected = _only(reference, 0)

    def breaks(side: Outputs) -> bool:
        again = compare_outputs(
            expected,
            _only(side, other),
            tolerance=held.tolerance,
            yardsticks=yardsticks,
            inputs=held.inputs[:1],
        )
        return any(one.reason for one in again)

    if not breaks(reference):
        return Control("exchanged inputs", "", reason="all inputs are answered alike")
    where = f"{held.inputs[other]} for {held.inputs[0]}"
    return Control("exchanged inputs", where, seen=breaks(candidate))


def _most_unlike_first(outputs: Outputs) -> int:
    """Return the input whose answer is furthest from the first one's."""
    far = sum(
        np.abs(values - values[:1]).reshape(len(values), -1).mean(axis=1, dtype=np.float64)
        / (float(np.ptp(values)) or 1.0)
        for values in outputs.values()
    )
    return int(np.argmax(far))


def _only(outputs: Outputs, at: int) -> Outputs:
    return {name: values[at : at + 1] for name, values in outputs.items()}


def _shifted(
    held: Comparison, reference: Evaluation, candidate: Evaluation, specs: Sequence[DecodeSpec]
) -> Control:
    """Shift the heatmap of the surest joint by one cell, decode it and look where it is.

    Of several people everybody is shifted: where a joint is stands in several maps together.
    """
    heads = {f"{spec.dims}d": spec for spec in specs if spec.heatmap}
    seen = [joint for joint in held.joints if joint.judged and joint.band == "visible"]
    surest: JointDrift | None = max(
        (joint for joint in seen if joint.head in heads), key=lambda one: one.score, default=None
    )
    if surest is None:
        return Control("shifted joint", "", reason="no visible joint with a heatmap")
    spec = heads[surest.head]
    at = held.inputs.index(surest.input_name)
    where = f"{surest.joint} ({surest.head}) on {surest.input_name}, by a cell"
    if spec.people is not None:
        seen_people = _everybody_shifted(held, reference.outputs, candidate.outputs, spec, at)
        return Control("shifted joint", where, seen=seen_people)
    mine = [j for j in held.joints if (j.head, j.input_name) == (surest.head, surest.input_name)]
    joint = mine.index(surest)
    changed = {name: np.array(values) for name, values in _only(candidate.outputs, at).items()}
    maps = heatmaps(changed, spec)[0].reshape(1, spec.joints, *spec.grid)
    maps[0, joint] = np.roll(maps[0, joint], 1, axis=-1)
    moved = movement(decode(_only(reference.outputs, at), spec), decode(changed, spec))
    far = moved.over(held.tolerance.joint_px)
    return Control("shifted joint", where, seen=bool(far[0, joint]))


def _everybody_shifted(
    held: Comparison, reference: Outputs, candidate: Outputs, spec: DecodeSpec, at: int
) -> bool:
    """Shift all maps of one input by a cell, and say whether anybody is seen to have moved."""
    changed = {
        name: np.roll(values, 1, axis=-1) if values.shape[-2:] == spec.grid else values
        for name, values in _only(candidate, at).items()
    }
    again = compared_people(
        _only(reference, at), changed, spec, inputs=[held.inputs[at]], origins=[""]
    )
    return any(joint.displacement_px > held.tolerance.joint_px for joint in again)
