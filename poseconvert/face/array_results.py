"""What arrays give: a verdict, joints, and what a package returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from poseconvert.drift import Comparison, Parity
from poseconvert.errors import UsageError
from poseconvert.face.shown import Shown
from poseconvert.reports.notebook import Card, comparisons_card, facts_card
from poseconvert.reports.summary import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from poseconvert.decoding import DecodeSpec, Pose


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ArrayDiff(Shown):
    """Arrays that were compared with one reference.

    Attributes
    ----------
    comparisons : one per candidate.
    parity : the verdict over all of them.
    """

    comparisons: tuple[Comparison, ...]
    parity: Parity

    @property
    def verdict(self) -> str:
        """``held``, ``broken`` or ``not run``, which is never a pass."""
        return self.parity.value

    @property
    def held(self) -> bool:
        """Whether every candidate stayed within the tolerance."""
        return self.parity is Parity.HELD

    def _card(self) -> Card:
        return comparisons_card(self.verdict, self.comparisons)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Keypoints(Shown):
    """The joints of N inputs, a :class:`Pose` for each head.

    Attributes
    ----------
    poses : 2D before 3D where there are both.
    specs : how each was read.
    """

    poses: tuple[Pose, ...]
    specs: tuple[DecodeSpec, ...]

    def __len__(self) -> int:
        return len(self.poses)

    def __getitem__(self, head: int) -> Pose:
        return self.poses[head]

    def __iter__(self) -> Iterator[Pose]:
        return iter(self.poses)

    @property
    def pose(self) -> Pose:
        """The pose of the only head.

        Raises
        ------
        UsageError : there are several heads, or none.
        """
        if len(self.poses) != 1:
            raise UsageError(
                f"keypoints: {len(self.poses)} heads where .pose is the only one. Index them: [0]."
            )
        return self.poses[0]

    def _card(self) -> Card:
        rows, heads = [], []
        for pose, spec in zip(self.poses, self.specs, strict=True):
            counts = [int(part.sum()) for part in (pose.visible, pose.occluded, pose.absent)]
            rows.append((f"{spec.dims}d", *map(str, (len(pose.score), *counts))))
            seen = "{} visible, {} unsure, {} absent".format(*counts)
            heads.append(f"{spec.dims}d on {counted(len(pose.score), 'input')}: {seen}")
        headings = ("head", "inputs", "visible", "unsure", "absent")
        return Card("keypoints", "; ".join(heads) or "no head", headings, tuple(rows))


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Answer(Shown):
    """What a package returned.

    Attributes
    ----------
    artifact, runner : what ran, and by what.
    outputs : by name, (N, ...) float32.
    keypoints : of every head, in pixels of the network's input; no pose without a decode spec.
    """

    artifact: str
    runner: str
    outputs: Mapping[str, NDArray[np.float32]]
    keypoints: Keypoints

    def _card(self) -> Card:
        facts = {name: values.shape for name, values in self.outputs.items()}
        heads = repr(self.keypoints) if self.keypoints.poses else "no decode spec, so no joints"
        return facts_card("ran", f"{self.artifact} on {self.runner}; {heads}", facts)
