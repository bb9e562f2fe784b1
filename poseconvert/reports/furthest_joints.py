"""Which joints lie furthest from the reference, over every artifact, head and input."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding import DecodeSpec, Pose, Skeleton
from poseconvert.decoding.frame import from_corner
from poseconvert.drift import movement
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.shown import Shown, shown


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """One joint on one input, in the artifact in which it lies furthest from the reference.

    Attributes
    ----------
    joint, head, input_name : which joint, read from which head, on which input.
    reference, candidate : the first evaluation, and the one it moved in.
    first, last : poses of the two, as :func:`shown` reads them; ``skeleton`` is theirs.
    spec : the head's decode spec; ``head_index`` its place among the specs.
    n, j : places of the input and the joint in the poses.
    start, end : (2 or 3,) x, y(, z) in picture pixels; NaN where it is absent.
    distance : between the two in input pixels; inf where it is on one side only.
    allowed : distance that the stage of the artifact allows; inf where it has no limit.
    flipped : whether its peak lies in another cell.
    visible : whether either side sees it.
    over : whether it flipped, or moved further than the stage of the artifact allows.
    """

    joint: str
    head: str
    input_name: str
    reference: Evaluation
    candidate: Evaluation
    first: Pose
    last: Pose
    skeleton: Skeleton
    spec: DecodeSpec
    head_index: int
    n: int
    j: int
    start: NDArray[Any]
    end: NDArray[Any]
    distance: float
    allowed: float
    flipped: bool
    visible: bool
    over: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """Head, input and joint, as a :class:`JointDrift` names them."""
        return self.head, self.input_name, self.joint

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """What is shown first: visible joints over tolerance, hidden ones, then by distance."""
        return self.over and self.visible, self.over, self.distance


def moves(measurement: Measurement) -> tuple[Move, ...]:
    """Return every joint that is on either side, once, furthest first.

    Empty where fewer than two evaluations have poses.
    """
    ran = [evaluation for evaluation in measurement.result.evaluations if evaluation.poses]
    found: dict[tuple[str, str, str], Move] = {}
    for head in range(len(measurement.specs) if len(ran) > 1 else 0):
        read = shown(ran, measurement.specs[head], head)
        for place in range(1, len(ran)):
            for move in _of(ran, place, read, head, measurement):
                if move.key not in found or move.rank > found[move.key].rank:
                    found[move.key] = move
    return tuple(sorted(found.values(), key=lambda move: move.rank, reverse=True))


def _of(
    ran: Sequence[Evaluation], place: int, read: Shown, head: int, measurement: Measurement
) -> Iterator[Move]:
    """Yield every joint of one head of one evaluation that is on either side."""
    tolerance = ran[place].link.tolerance
    allowed = tolerance.joint_px if tolerance else math.inf
    spec = measurement.specs[head]
    first, last = read.poses[0], read.poses[place]
    start, end = (from_corner(pose.position, spec) for pose in (first, last))
    moved = movement(first, last)
    distance = np.where(np.isnan(moved.distance), math.inf, moved.distance)  # at no number
    over = moved.over(allowed) | np.isnan(moved.distance)
    for n, j in np.argwhere(~(first.absent & last.absent)).tolist():
        yield Move(
            joint=read.names[j],
            head="3d" if spec.dims == 3 else "2d",
            input_name=measurement.inputs.names[n],
            reference=ran[0],
            candidate=ran[place],
            first=first,
            last=last,
            skeleton=read.skeleton,
            spec=spec,
            head_index=head,
            n=n,
            j=j,
            start=start[n, j],
            end=end[n, j],
            distance=float(distance[n, j]),
            allowed=allowed,
            flipped=bool(moved.flipped[n, j]),
            visible=bool(first.visible[n, j] or last.visible[n, j]),
            over=bool(over[n, j]),
        )
