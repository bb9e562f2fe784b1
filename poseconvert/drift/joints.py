"""Drift between two poses, joint by joint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Band = Literal["visible", "occluded", "absent"]
Standing = Literal["safe", "at risk", "flipped"]

PEOPLE = "people"
"""Where there may be several people, the record of all of one input is called so."""


class PoseArrays(Protocol):
    """What a decoded pose offers; decoding and drift are peers and do not import each other."""

    @property
    def position(self) -> NDArray[Any]:
        """(N, J, 2 or 3) in input pixels, NaN where absent."""

    @property
    def score(self) -> NDArray[Any]:
        """(N, J), 0 where absent."""

    @property
    def cell(self) -> NDArray[Any]:
        """(N, J) flat heatmap index, -1 where absent."""

    @property
    def visible(self) -> NDArray[np.bool_]:
        """(N, J), score at least 0.5."""

    @property
    def absent(self) -> NDArray[np.bool_]:
        """(N, J), score not above the threshold."""


@dataclass(frozen=True, slots=True)
class JointDrift:
    """One joint on one input.

    Attributes
    ----------
    joint, input_name, head : which joint, on which input, read from which head.
    band : where the reference's score puts it.
    displacement_px : distance between the two positions in input pixels, over
        x, y (and z); NaN when it is absent on both sides, inf on one.
    depth_cells : difference in z in depth bins, 0 for a 2D head.
    score, candidate_score : peak heights.
    margin : the reference's margin, in heatmap units.
    standing : ``flipped`` when the peak moved to another cell, ``at risk`` when
        the margin is not above twice the heatmap's measured drift, else ``safe``.
    candidate_visible : whether the candidate sees the joint.
    strict_margin : the reference's peak minus the best of all other cells, or less where
        less would lose the joint; in heatmap units, NaN where it is absent.
    own_drift : largest drift of this joint's own heatmap on this input.
    certified : whether ``strict_margin`` is above twice ``own_drift``: it cannot flip.
    stepped : whether it moved by a step within its cell, because two neighbours of its peak
        changed places: as much of a flip as that to another cell.
    pattern : whether the input is a pattern, which nobody photographs.
    """

    joint: str
    input_name: str
    head: str
    band: Band
    displacement_px: float
    depth_cells: float
    score: float
    candidate_score: float
    margin: float
    standing: Standing
    candidate_visible: bool = False
    strict_margin: float = math.nan
    own_drift: float = math.inf
    certified: bool = False
    stepped: bool = False
    pattern: bool = False

    @property
    def judged(self) -> bool:
        """Whether it can break parity: people look at it, on a picture that they take."""
        return not self.pattern and (self.band == "visible" or self.candidate_visible)


@dataclass(frozen=True, slots=True)
class HeadReading:
    """How one head is read, as far as drift needs it.

    Attributes
    ----------
    steps : whether a joint moves within its cell by steps, a quarter cell to the larger neighbour.
    """

    head: str
    joints: Sequence[str]
    stride: float
    steps: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """How far the joints of one pose lie from those of another.

    Attributes
    ----------
    distance : (N, J) float64, in pixels of the network's input; inf where a joint is on one side
        only, NaN where it is on neither.
    flipped : (N, J), whether the peak lies in another cell.
    """

    distance: NDArray[np.float64]
    flipped: NDArray[np.bool_]

    def over(self, allowed: float) -> NDArray[np.bool_]:
        """Return (N, J): whether a joint flipped, or moved further than ``allowed``."""
        return self.flipped | (self.distance > allowed)


def movement(reference: PoseArrays, candidate: PoseArrays) -> Movement:
    """Compare two poses (N, J)."""
    distance = np.linalg.norm(candidate.position - reference.position, axis=-1)
    distance = np.where(reference.absent != candidate.absent, np.inf, distance)
    return Movement(distance, reference.cell != candidate.cell)


def joint_drifts(
    reference: PoseArrays,
    candidate: PoseArrays,
    *,
    margin: NDArray[Any],
    reading: HeadReading,
    inputs: Sequence[str],
    heatmap_drift: float,
    strict_margin: NDArray[Any] | None = None,
    own_drift: NDArray[Any] | None = None,
    patterns: Sequence[bool] = (),
) -> tuple[JointDrift, ...]:
    """Compare two poses of shape (N, J), one record per input and joint.

    Parameters
    ----------
    margin : (N, J), the reference's peaks minus the best values outside their
        neighbourhoods, in heatmap units.
    heatmap_drift : largest measured difference of the heatmap the poses were
        read from; with a margin above twice that, a peak stays in its neighbourhood.
    strict_margin, own_drift : (N, J), what certifies a joint; None certifies none.
    patterns : whether each input is a pattern; empty: none is.
    """
    moved = movement(reference, candidate)
    depth = _depth(reference, candidate, moved) / reading.stride
    shape = len(inputs), len(reading.joints)
    strict = np.full(shape, np.nan) if strict_margin is None else strict_margin
    own = np.full(shape, np.inf) if own_drift is None else own_drift
    drifts = []
    for n, input_name in enumerate(inputs):
        for j, joint in enumerate(reading.joints):
            flipped = moved.flipped[n, j]
            safe = margin[n, j] > 2 * heatmap_drift
            drifts.append(
                JointDrift(
                    joint=joint,
                    input_name=input_name,
                    head=reading.head,
                    band=_band(reference, n, j),
                    displacement_px=float(moved.distance[n, j]),
                    depth_cells=float(depth[n, j]),
                    score=float(reference.score[n, j]),
                    candidate_score=float(candidate.score[n, j]),
                    margin=float(margin[n, j]),
                    standing="flipped" if flipped else "safe" if safe else "at risk",
                    candidate_visible=bool(candidate.visible[n, j]),
                    strict_margin=float(strict[n, j]),
                    own_drift=float(own[n, j]),
                    certified=bool(strict[n, j] > 2 * own[n, j]),
                    stepped=bool(reading.steps and not flipped and moved.distance[n, j] > 0),
                    pattern=bool(patterns and patterns[n]),
                )
            )
    return tuple(drifts)


def own_drifts(reference: NDArray[Any], candidate: NDArray[Any]) -> NDArray[np.float64]:
    """Measure each joint's own heatmap: the largest difference of its cells.

    Parameters
    ----------
    reference, candidate : (N, J, cells).

    Returns
    -------
    array
        (N, J) float64; inf where a cell is NaN or Inf on either side.
    """
    largest = np.empty(reference.shape[:2])
    with np.errstate(invalid="ignore", over="ignore"):
        for n, (one, two) in enumerate(zip(reference, candidate, strict=True)):
            # In float64, as the margin is: both round upwards alike, so no tie certifies.
            largest[n] = np.abs(np.subtract(two, one, dtype=np.float64)).max(axis=1)
    return np.where(np.isfinite(largest), largest, np.inf)


def _depth(reference: PoseArrays, candidate: PoseArrays, moved: Movement) -> NDArray[np.float64]:
    """Return (N, J): the part of a movement along z; 0 for a pose in the plane."""
    if reference.position.shape[-1] < 3:
        return np.zeros_like(moved.distance)
    along = np.abs(candidate.position[..., 2] - reference.position[..., 2])
    return np.where(np.isinf(moved.distance), np.inf, along)


def _band(pose: PoseArrays, n: int, j: int) -> Band:
    if pose.absent[n, j]:
        return "absent"
    return "visible" if pose.visible[n, j] else "occluded"
