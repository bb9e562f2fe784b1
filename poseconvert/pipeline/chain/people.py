"""Everybody whom two artifacts found on the same inputs, compared person by person."""

from __future__ import annotations

from collections.abc import Sequence

from poseconvert.decoding import DecodeSpec, decode_people, pair_people, skeleton_named
from poseconvert.drift import HeadReading, JointDrift, people_drifts
from poseconvert.runners.runner import Outputs


def compared_people(
    reference: Outputs,
    candidate: Outputs,
    spec: DecodeSpec,
    *,
    inputs: Sequence[str],
    origins: Sequence[str],
) -> tuple[JointDrift, ...]:
    """Compare all people of every input, whoever is whose nearest.

    Parameters
    ----------
    reference, candidate : outputs of N inputs.
    spec : of several people.
    inputs, origins : (N,) names, and where each comes from; on a pattern nobody is judged.

    Raises
    ------
    DecodeError : as :func:`decode_people`.
    """
    first, second = (decode_people(side, spec) for side in (reference, candidate))
    joints = skeleton_named(spec.skeleton).joints
    reading = HeadReading(head="2d", joints=joints, stride=spec.stride[0])
    return tuple(
        drift
        for n, (name, origin) in enumerate(zip(inputs, origins, strict=True))
        for drift in people_drifts(
            first.of(n),
            second.of(n),
            pairs=pair_people(first.of(n), second.of(n)),
            reading=reading,
            input_name=name,
            pattern=origin == "pattern",
        )
    )
