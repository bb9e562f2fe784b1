"""What a dataset knows, and the metrics of what was found against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from poseconvert.datasets.dataset import Dataset, Person
from poseconvert.decoding import DecodeSpec, Pose, Skeleton, derived_joints, skeleton_named
from poseconvert.decoding.matching import joint_of_part, shared_joints
from poseconvert.decoding.skeleton import COCO_17, DUAL_HEAD_24
from poseconvert.metrics.mpjpe import mpjpe, p_mpjpe
from poseconvert.metrics.oks import KeypointAP
from poseconvert.metrics.pck import distance, pck
from poseconvert.metrics.ratio import Array

TORSO = {2: (0.1, 0.2), 3: (0.1,)}  # by coordinates of the head
HEAD = 0.5


class Metric(Protocol):
    """A number over people that can be taken again over people drawn at random."""

    @property
    def value(self) -> float:
        """Over all people."""

    def of(self, drawn: Array) -> Array:
        """Over people drawn (R, N) times each: (R,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a dataset knows of N people.

    Attributes
    ----------
    skeleton : joints in the order of the arrays.
    joints : (N, J, 2 or 3) in picture pixels, NaN where unknown.
    visible : (N, J).
    head, height, area : (N,), NaN where unknown.
    """

    skeleton: Skeleton
    joints: Array
    visible: npt.NDArray[np.bool_]
    head: Array
    height: Array
    area: Array

    @property
    def hidden(self) -> npt.NDArray[np.bool_]:
        """(N, J) whether the joint is known and the camera does not see it."""
        known: npt.NDArray[np.bool_] = np.all(np.isfinite(self.joints[..., :2]), axis=2)
        return known & ~self.visible

    @property
    def torso(self) -> Array:
        """(N,) from the left shoulder to the right hip in the picture, NaN where unknown."""
        ends = (joint_of_part(self.skeleton, part) for part in ("left shoulder", "right hip"))
        return distance(self.joints[..., :2], *ends)


def truth_of(dataset: Dataset, people: Sequence[Person]) -> Truth:
    """Gather what a dataset knows of its people."""
    return Truth(
        skeleton=dataset.skeleton,
        joints=np.stack([person.joints for person in people]),
        visible=np.stack([person.visible & person.known for person in people]),
        head=np.array([person.head for person in people]),
        height=np.array([person.height for person in people]),
        area=np.array([person.area for person in people]),
    )


def metrics(pose: Pose, spec: DecodeSpec, truth: Truth) -> Iterator[tuple[str, Metric]]:
    """Yield every metric that a head's joints and a dataset allow, by name.

    - ``PCK@0.1``, and ``PCK@0.2`` of a 2D head: of the visible joints, the torso from the left
      shoulder to the right hip as the dataset has it.
    - ``PCKh@0.5``: of the visible joints, where the dataset has a head size.
    - ``OKS-AP``: of COCO, where the network has all of its joints.
    - ``MPJPE``, ``P-MPJPE``: of all known joints, hidden ones too, where it has depth and the
      head too, as a share of the body height.
    """
    skeleton = skeleton_named(spec.skeleton)
    pairs = shared_joints(skeleton, truth.skeleton)
    if not pairs:
        return
    own, theirs = (list(side) for side in zip(*pairs, strict=True))
    found, known = pose.position[:, own], truth.joints[:, theirs]
    visible = truth.visible[:, theirs]
    flat, flat_known = found[..., :2], known[..., :2]
    for share in TORSO[spec.dims]:
        yield (
            f"PCK@{share}",
            pck(flat, flat_known, judged=visible, size=truth.torso, share=share),
        )
    if np.isfinite(truth.head).any():
        yield f"PCKh@{HEAD}", pck(flat, flat_known, judged=visible, size=truth.head, share=HEAD)
    if truth.skeleton == COCO_17 and len(pairs) == len(COCO_17.joints):
        order = np.argsort(theirs)
        yield (
            "OKS-AP",
            KeypointAP(
                flat[:, order],
                score=pose.score[:, own][:, order],
                truth=flat_known[:, order],
                visible=visible[:, order],
                area=truth.area,
            ),
        )
    if found.shape[2] == known.shape[2] == 3:
        roots = _root(pose.position, skeleton), _root(truth.joints, truth.skeleton)
        yield "MPJPE", mpjpe(found, known, roots=roots, size=truth.height)
        yield "P-MPJPE", p_mpjpe(found, known, size=truth.height)


def _root(joints: Array, skeleton: Skeleton) -> Array:
    """Return the derived joint hip (N, 3), else the middle of the hips."""
    if skeleton == DUAL_HEAD_24:
        return derived_joints(joints)["hip"].astype(np.float64)
    left, right = (joint_of_part(skeleton, part) for part in ("left hip", "right hip"))
    if left is None or right is None:
        return np.full((len(joints), 3), np.nan)
    middle: Array = (joints[:, left] + joints[:, right]) / 2
    return middle
