"""Which joints move when one value inside a network is another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from poseconvert.decoding import DecodeSpec, Pose, decode, skeleton_named
from poseconvert.drift import HeadReading, JointDrift, MovedJoint, furthest, joint_drifts
from poseconvert.errors import PoseconvertError
from poseconvert.runners.runner import Batch, run_each

#: So many ops of a graph are tried on each input, those with the largest local drift there.
TRIED = 5

T = TypeVar("T")


@dataclass(slots=True)
class Largest(Generic[T]):
    """The few things with the largest ranks seen so far; the others are let go."""

    limit: int = TRIED
    kept: list[tuple[float, T]] = field(default_factory=list)

    def wants(self, rank: float) -> bool:
        """Whether something of this rank would be kept; NaN ranks first, 0 never is kept."""
        return rank != 0 and (
            len(self.kept) < self.limit or _order(rank) > min(_order(own) for own, _ in self.kept)
        )

    def offer(self, rank: float, thing: T) -> None:
        """Keep a thing that is wanted."""
        self.kept.append((rank, thing))
        self.kept.sort(key=lambda pair: -_order(pair[0]))
        del self.kept[self.limit :]

    def __iter__(self) -> Iterator[T]:
        return (thing for _, thing in self.kept)


def _order(rank: float) -> float:
    return np.inf if np.isnan(rank) else rank


def joints_between(
    reference: Mapping[str, Any],
    candidate: Mapping[str, Any],
    *,
    specs: Sequence[DecodeSpec],
    name: str,
) -> tuple[MovedJoint, ...]:
    """List the joints of one input that lie elsewhere in another run, furthest first.

    Parameters
    ----------
    reference, candidate : outputs of batch 1, by name.
    name : of the input.

    Returns
    -------
    tuple of MovedJoint
        Flips first. Empty where a side cannot be decoded, as one with NaN.
    """
    try:
        drifts = drifts_between(reference, candidate, specs=specs, name=name)
    except PoseconvertError:
        return ()
    return furthest(
        MovedJoint(
            joint.joint,
            joint.head,
            joint.input_name,
            joint.displacement_px,
            joint.standing == "flipped",
            joint.band == "visible" or joint.candidate_visible,
        )
        for joint in drifts
        if joint.standing == "flipped" or joint.displacement_px > 0
    )


def drifts_between(
    reference: Mapping[str, Any],
    candidate: Mapping[str, Any],
    *,
    specs: Sequence[DecodeSpec],
    name: str,
) -> tuple[JointDrift, ...]:
    """List every joint of one input in two runs, as ``joints_between`` takes them.

    Raises
    ------
    DecodeError : a side does not fit its spec.
    """
    pairs = [(spec, _decoded(reference, spec), _decoded(candidate, spec)) for spec in specs]
    return tuple(
        joint
        for spec, before, after in pairs
        for joint in joint_drifts(
            before,
            after,
            margin=np.full(before.score.shape, np.inf),  # risk is the stages' to tell
            reading=HeadReading(
                head="3d" if spec.dims == 3 else "2d",
                joints=skeleton_named(spec.skeleton).joints,
                stride=spec.stride[0],
            ),
            inputs=(name,),
            heatmap_drift=0.0,
        )
    )


def _decoded(outputs: Mapping[str, Any], spec: DecodeSpec) -> Pose:
    one = Batch({"": np.zeros((1, 1), np.float32)})
    return decode(run_each(one, lambda _: outputs), spec)
