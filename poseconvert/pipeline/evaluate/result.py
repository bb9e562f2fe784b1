"""What an evaluation holds: each artifact's scores and movements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from poseconvert.conversion.manifest import Manifest
from poseconvert.drift import Run
from poseconvert.metrics.ratio import Array
from poseconvert.pipeline.evaluate.basis import Basis


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one artifact.

    Attributes
    ----------
    head : ``2d`` or ``3d``.
    metric : its name, see :func:`poseconvert.pipeline.evaluate.ground_truth.metrics`.
    value : a share, 0 to 1; of the body height for MPJPE.
    interval : bounds of the 95 % bootstrap interval over people.
    change : minus the reference's value.
    change_interval : bounds of its 95 % interval, both artifacts on the same people drawn.
    """

    head: str
    metric: str
    value: float
    interval: tuple[float, float]
    change: float
    change_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Movement:
    """How far an artifact's joints lie from the reference's.

    Attributes
    ----------
    head : ``2d`` or ``3d``.
    joints : ``visible`` ones, or ``hidden``: known to the dataset and not seen by the camera.
    found : how many of them both artifacts found.
    median_px, p99_px, largest_px : distance in pixels of the network's input; NaN for none.
    flips : joints whose peak lies in another cell, or that one artifact alone found.
    """

    head: str
    joints: str
    found: int
    median_px: float
    p99_px: float
    largest_px: float
    flips: int


@dataclass(frozen=True, slots=True)
class ArtifactScores:
    """One artifact on a dataset.

    Attributes
    ----------
    run : what ran.
    reason : why it did not run, in a sentence; empty when it did.
    scores : of every head, in one order for all artifacts.
    movements : of every head, visible joints and hidden ones.
    """

    run: Run
    reason: str
    scores: tuple[Score, ...]
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class DatasetEvaluation:
    """A conversion on a dataset.

    Attributes
    ----------
    artifacts : in the order of the chain; the first that ran is the reference.
    people, visible, hidden : how many people and joints were judged.
    notes : what a reader must know, in sentences.
    basis : what all of it was measured on.
    """

    folder: Path
    manifest: Manifest
    dataset: str
    artifacts: tuple[ArtifactScores, ...]
    people: int
    visible: int
    hidden: int
    notes: tuple[str, ...]
    basis: Basis

    @property
    def reference(self) -> ArtifactScores:
        """The artifact that the others are compared with."""
        return next(each for each in self.artifacts if each.run.runner)

    @property
    def complete(self) -> bool:
        """Whether every artifact ran."""
        return not any(each.reason for each in self.artifacts)


def movement_of(head: str, joints: str, moved: Array, flipped: npt.NDArray[np.bool_]) -> Movement:
    """Sum up distances of joints; of none they are NaN."""
    both = moved[np.isfinite(moved)]
    median, p99, largest = np.quantile(both, [0.5, 0.99, 1]) if len(both) else [np.nan] * 3
    return Movement(
        head, joints, len(both), float(median), float(p99), float(largest), int(flipped.sum())
    )
