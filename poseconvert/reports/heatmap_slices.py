"""Heatmaps of one joint: reference, candidate and their difference, with both peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding import DecodeSpec, Pose, peak_margins
from poseconvert.decoding.tensors import heatmaps
from poseconvert.drift.format import number
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.reports.furthest_joints import Move
from poseconvert.reports.thumbnails import png

# Dark to bright, told apart in every colour vision: five colours of matplotlib's viridis.
_HEAT = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], float)
# Blue: the candidate is lower; red: it is higher.
_CHANGE = np.array([(0, 92, 160), (247, 247, 247), (200, 0, 28)], float)
_MISSING = (128, 128, 128)  # NaN and infinity

Array = NDArray[Any]
Cell = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """One map as a picture of one pixel per cell, and what its darkest and brightest are."""

    name: str
    picture: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Maps of one depth bin.

    Attributes
    ----------
    name : of the bin; empty for a 2D head.
    width, height : in cells.
    maps : reference, candidate, and candidate minus reference.
    reference_peak, candidate_peak : middles of their cells; None where they lie in another bin.
    """

    name: str
    width: int
    height: int
    maps: tuple[Heatmap, ...]
    reference_peak: Cell | None
    candidate_peak: Cell | None


@dataclass(frozen=True, slots=True)
class Peak:
    """Where a side's peak lies, as ``z, y, x`` of its cell, its score and its margin, in words."""

    cell: str
    score: str
    margin: str


@dataclass(frozen=True, slots=True)
class JointMaps:
    """One joint's slices, one per depth bin with a peak, and both peaks."""

    slices: tuple[Slice, ...]
    reference: Peak
    candidate: Peak


def joint_maps(move: Move) -> JointMaps | None:
    """Return the heatmaps a joint was read from; None where its head or the run has none."""
    spec = move.spec
    sides = move.reference, move.candidate
    if spec.people is not None or spec.refinement == "simcc":
        return None
    if spec.heatmap is None or any(spec.heatmap not in side.outputs for side in sides):
        return None
    reference, candidate = (_volume(side, spec, move) for side in sides)
    cells = [int(side.poses[move.head_index].cell[move.n, move.j]) for side in sides]
    peaks = [_cell(cell, reference.shape) for cell in cells]
    bins = dict.fromkeys(peak[0] for peak in peaks if peak is not None)
    return JointMaps(
        tuple(_slice(reference[z], candidate[z], peaks, z, spec) for z in bins),
        *(_peak(side, move, peak) for side, peak in zip(sides, peaks, strict=True)),
    )


def _volume(evaluation: Evaluation, spec: DecodeSpec, move: Move) -> Array:
    """Return one joint's heatmap on one input as (D, H, W), D 1 for a 2D head."""
    maps, _ = heatmaps(_one(evaluation, spec, move), spec)
    volume: Array = maps[0, move.j].reshape((1, *spec.grid)[-3:]).astype(np.float64)
    return volume


def _one(evaluation: Evaluation, spec: DecodeSpec, move: Move) -> dict[str, Array]:
    name = spec.heatmap or ""
    return {name: evaluation.outputs[name][move.n : move.n + 1]}


def _cell(flat: int, shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    if flat < 0:
        return None
    z, y, x = (int(place) for place in np.unravel_index(flat, shape))
    return z, y, x


def _slice(
    reference: Array,
    candidate: Array,
    peaks: list[tuple[int, int, int] | None],
    z: int,
    spec: DecodeSpec,
) -> Slice:
    both = np.stack([reference, candidate])
    finite = both[np.isfinite(both)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        change = candidate - reference
    most = float(np.abs(change[np.isfinite(change)]).max(initial=0))
    here = [(p[2] + 0.5, p[1] + 0.5) if p is not None and p[0] == z else None for p in peaks]
    height, width = reference.shape
    return Slice(
        name=f"depth bin {z} of 0 to {spec.grid[0] - 1}" if spec.dims == 3 else "",
        width=width,
        height=height,
        maps=(
            Heatmap("reference", _coloured(reference, low, high, _HEAT), *_ends(low, high)),
            Heatmap("candidate", _coloured(candidate, low, high, _HEAT), *_ends(low, high)),
            Heatmap(
                "candidate - reference",
                _coloured(change, -most, most, _CHANGE),
                *_ends(-most, most),
            ),
        ),
        reference_peak=here[0],
        candidate_peak=here[1],
    )


def _ends(low: float, high: float) -> tuple[str, str]:
    return number(low), number(high)


def _coloured(values: Array, low: float, high: float, colours: Array) -> str:
    """Return (H, W) as a picture, ``low`` in the first of the colours, ``high`` in the last."""
    known = np.isfinite(values)
    span = high - low
    part = (np.where(known, values, low) - low) / span if span else np.full(values.shape, 0.5)
    stops = np.linspace(0, 1, len(colours))
    pixels = np.stack([np.interp(part, stops, channel) for channel in colours.T], axis=-1)
    pixels[~known] = _MISSING
    return png(pixels.round().astype(np.uint8))


def _peak(evaluation: Evaluation, move: Move, cell: tuple[int, int, int] | None) -> Peak:
    if cell is None:
        return Peak("none", "0", "none")
    pose = evaluation.poses[move.head_index]
    rows = slice(move.n, move.n + 1)
    one = Pose(pose.position[rows], pose.score[rows], pose.cell[rows])
    margin = peak_margins(_one(evaluation, move.spec, move), move.spec, pose=one)[0, move.j]
    z, y, x = cell
    place = f"z {z}, y {y}, x {x}" if move.spec.dims == 3 else f"y {y}, x {x}"
    return Peak(place, f"{pose.score[move.n, move.j]:.4f}", number(float(margin)))
