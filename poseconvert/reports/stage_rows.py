"""The stage table in words: one row per comparison."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from poseconvert.drift import Comparison, OutputDrift, Tolerance
from poseconvert.drift.format import number
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.joints import JointSummary, joint_summary
from poseconvert.reports.summary import IDENTICAL, PARITY_WORDS, flip_words, pixels


@dataclass(frozen=True, slots=True)
class StageRow:
    """One comparison as a row of the stage table, in words.

    Attributes
    ----------
    stage : the stage judged.
    runner, against : what ran the candidate and the reference; empty where nothing ran.
    output : the output furthest outside, or nearest to, its tolerance.
    drift, allowed, floor : of that output; ``floor`` with what made it, empty if not measured.
    moved, flips : of the joints; empty where none was measured.
    parity : ``held``, ``BROKEN`` or ``not run``.
    """

    stage: str
    runner: str
    against: str
    output: str
    drift: str
    allowed: str
    floor: str
    moved: str
    flips: tuple[str, ...]
    parity: str


def stage_rows(measurement: Measurement) -> tuple[StageRow, ...]:
    """Return one row per comparison, in the order of the chain."""
    return comparison_rows(measurement.result.comparisons)


def comparison_rows(comparisons: Iterable[Comparison]) -> tuple[StageRow, ...]:
    """Return one row per comparison."""
    return tuple(map(_stage_row, comparisons))


def _stage_row(comparison: Comparison) -> StageRow:
    tolerance = comparison.tolerance
    worst = max(comparison.outputs, key=lambda o: o.excess(tolerance), default=None)
    joints = joint_summary(comparison.joints)
    limit = f"(limit {tolerance.joint_px:g})"
    flips = _flips(joints, tolerance) if comparison.joints else ()
    moved = f"{pixels(joints.max_px)} px {limit}" if comparison.joints else ""
    return StageRow(
        stage=comparison.stage,
        runner=comparison.candidate.label if comparison.inputs else "",
        against=comparison.reference.label if comparison.reference else "",
        output=_worst_name(comparison, worst) if worst else "",
        drift=_drift(worst, tolerance) if worst else "",
        allowed=_allowed(worst, tolerance) if worst else "",
        floor=_floor(worst) if worst else "",
        moved=moved,
        flips=flips,
        parity=PARITY_WORDS[comparison.parity],
    )


def _worst_name(comparison: Comparison, worst: OutputDrift) -> str:
    several = len(comparison.outputs) > 1
    return (
        "every output"
        if several and _drift(worst, comparison.tolerance) == IDENTICAL
        else worst.output
    )


def _drift(output: OutputDrift, tolerance: Tolerance) -> str:
    drift, part = output.drift, output.decides(tolerance)
    if drift is None or part is None:
        return "not measured"
    if drift.non_finite:
        return f"{drift.non_finite} NaN or Inf"
    if drift.max_abs == 0:
        return IDENTICAL
    whole = part.kind == "output"
    where = "" if whole else f" ({part.label})"
    if tolerance.psnr_db is not None:
        return f"{'PSNR' if whole else 'channel'} {part.db:.1f} dB{where}"
    if part.relative == 0:
        return f"last places of float32{where}"
    return f"{number(part.relative)} of range{where}"


def _allowed(output: OutputDrift, tolerance: Tolerance) -> str:
    part = output.decides(tolerance)
    if part is None:
        return ""
    allowed = tolerance.allowed_relative(part.kind, part.floor)
    least = tolerance.allowed_db(part.kind, part.rounding)
    limits = [f"limit {number(allowed)}"] if allowed is not None else []
    limits += [f"needs {least:.4g} dB"] if least is not None else []
    text = ", ".join(limits)
    passing = output.would_pass
    if allowed is not None and part.relative > allowed and passing:
        return f"{text}; would pass with {number(passing['relative'])}"
    field = "psnr_db" if part.kind == "output" else "channel_db"
    if least is not None and part.db < least and field in passing:
        return f"{text}; would pass with {passing[field]:g} dB"
    return text


def _floor(output: OutputDrift) -> str:
    return f"rounding {number(output.floor)}" if output.floor_source else ""


def _flips(joints: JointSummary, tolerance: Tolerance) -> tuple[str, ...]:
    """Count flips per band, and joints that could flip; the rare counts only where not 0."""
    words = list(flip_words(joints.flips, joints.flip_px))
    if joints.pattern_flips:
        words.append(f"{joints.pattern_flips} more on patterns (not judged)")
    if joints.other_px > tolerance.joint_px:
        words.append(f"unsure joints moved up to {pixels(joints.other_px)} px (not judged)")
    if joints.could_flip:
        words.append(f"{joints.could_flip} could flip")
    return tuple(words)
