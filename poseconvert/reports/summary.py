"""Measurements to the few words and numbers that every report shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from poseconvert.drift import Comparison, OutputDrift, Parity, Tolerance
from poseconvert.drift.format import number
from poseconvert.drift.joints import Band
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.joints import BAND_WORDS, JointSummary, joint_summary
from poseconvert.stages.stage import END_TO_END, stage_title

IDENTICAL = "identical"
PARITY_WORDS = {Parity.HELD: "held", Parity.BROKEN: "BROKEN", Parity.NOT_RUN: "not run"}
_VERDICTS = {
    Parity.HELD: "parity held",
    Parity.BROKEN: "parity BROKEN",
    Parity.NOT_RUN: "parity not established",
}


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


def reasons(measurement: Measurement) -> tuple[str, ...]:
    """Say why parity is not held: one sentence per reason, after its stage and runner."""
    sentences = (
        f"{_where(comparison)}: {reason}"
        for comparison in measurement.result.comparisons
        for reason in comparison.reasons
    )
    return tuple(dict.fromkeys(sentences))


def cause_sentences(measurement: Measurement) -> tuple[str, ...]:
    """Say the likely causes, where they were looked for: a name, and what speaks for it."""
    return tuple(f"{one.cause}: {one.sentence}" for one in measurement.diagnoses)


def _where(comparison: Comparison) -> str:
    """Name the stage, and the runner where one ran: a package has several."""
    title = stage_title(comparison.stage)
    return f"{title}, {comparison.candidate.label}" if comparison.inputs else title


def verdict_line(measurement: Measurement) -> str:
    """Return the verdict with its coverage: what was compared, and on how many inputs.

    Joints are counted in :func:`final_comparison`; movement and flips are the
    worst of any comparison.
    """
    comparisons = measurement.result.comparisons
    ran = [c for c in comparisons if c.parity is not Parity.NOT_RUN]
    failed = [
        f"{_names(found)} {word}"
        for parity, word in ((Parity.BROKEN, "broken"), (Parity.NOT_RUN, "not run"))
        if (found := [c.stage for c in comparisons if c.parity is parity])
    ]
    covered = f"{_coverage(ran)}{_joints(ran)}" if ran else "nothing was compared"
    edited = ", ".join(measurement.edited)
    caveats = [f"edited after the conversion: {edited}"] if edited else []
    if out := len(measurement.left_out):
        asked = counted(len(measurement.inputs.names) + out, "picture")
        left = "was" if out == 1 else "were"
        caveats.append(f"{out} of {asked} could not be read, and {left} left out")
    final = final_comparison(measurement)
    if final and not joint_summary(final.joints).bands["visible"]:
        caveats.append("no visible joint was tested, give --image")
    return f"{_VERDICTS[measurement.parity]}: {'; '.join([*failed, covered, *caveats])}"


def final_comparison(measurement: Measurement) -> Comparison | None:
    """Return the last comparison that measured joints: end to end where there is one."""
    return next((c for c in reversed(measurement.result.comparisons) if c.joints), None)


def counted(number: int, noun: str) -> str:
    """Return ``1 flip`` or ``2 flips``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def pixels(distance: float) -> str:
    """Return a distance to a hundredth of a pixel, and never as 0 where it is more."""
    if 0 < distance < 0.01:
        return "<0.01"
    return f"{distance:.0f}" if distance == 0 or distance >= 100 else f"{distance:.2f}"


def _stage_row(comparison: Comparison) -> StageRow:
    tolerance = comparison.tolerance
    worst = max(comparison.outputs, key=lambda o: _share(o, tolerance), default=None)
    joints = joint_summary(comparison.joints)
    limit = f"(limit {tolerance.joint_px:g})"
    flips = _flips(joints) if comparison.joints else ()
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


def _share(output: OutputDrift, tolerance: Tolerance) -> float:
    """Return how much of its tolerance an output used; above 1 is broken."""
    drift, allowed = output.drift, output.allowed(tolerance)
    if drift is None or drift.non_finite:
        return math.inf
    shares = [0.0]
    if allowed is not None:
        shares.append(drift.relative / allowed)
    if tolerance.psnr_db is not None:
        shares.append(10 ** min((tolerance.psnr_db - drift.psnr_db) / 20, 300))
    return max(shares)


def _worst_name(comparison: Comparison, worst: OutputDrift) -> str:
    several = len(comparison.outputs) > 1
    return (
        "every output"
        if several and _drift(worst, comparison.tolerance) == IDENTICAL
        else worst.output
    )


def _drift(output: OutputDrift, tolerance: Tolerance) -> str:
    drift = output.drift
    if drift is None:
        return "not measured"
    if drift.non_finite:
        return f"{drift.non_finite} NaN or Inf"
    if drift.max_abs == 0:
        return IDENTICAL
    if tolerance.psnr_db is not None:
        return f"PSNR {drift.psnr_db:.1f} dB"
    return f"{number(drift.relative)} of range"


def _allowed(output: OutputDrift, tolerance: Tolerance) -> str:
    allowed = output.allowed(tolerance)
    limits = [f"limit {number(allowed)}"] if allowed is not None else []
    if tolerance.psnr_db is not None:
        limits.append(f"needs {tolerance.psnr_db:g} dB")
    text = ", ".join(limits)
    passing = output.would_pass
    if allowed is not None and output.drift and output.drift.relative > allowed and passing:
        return f"{text}; would pass with {number(passing['relative'])}"
    if tolerance.psnr_db is not None and passing.get("psnr_db", math.inf) < tolerance.psnr_db:
        return f"{text}; would pass with {passing['psnr_db']:g} dB"
    return text


def _floor(output: OutputDrift) -> str:
    return f"rounding {number(output.floor)}" if output.floor_source else ""


def _flips(joints: JointSummary) -> tuple[str, ...]:
    """Count flips per band, and joints that could flip; the rare counts only where not 0."""
    flips = flip_words(joints.flips, joints.flip_px)
    return (*flips, f"{joints.could_flip} could flip") if joints.could_flip else flips


def flip_words(flips: Mapping[Band, int], furthest: Mapping[Band, float]) -> tuple[str, ...]:
    """Say by band how many joints flipped and how far in pixels; only visible ones are judged."""
    far = {band: pixels(distance) for band, distance in furthest.items() if distance}
    up_to = {band: f"{'up to ' if flips[band] > 1 else ''}{px} px" for band, px in far.items()}
    visible = counted(flips["visible"], "visible flip")
    words = [f"{visible} of {up_to['visible']}" if "visible" in up_to else visible]
    if flips["occluded"]:
        jumped = f"jumped {up_to['occluded']}" if "occluded" in up_to else "flipped"
        words.append(f"{counted(flips['occluded'], 'unsure joint')} {jumped} (not judged)")
    if flips["absent"]:
        words.append(f"{counted(flips['absent'], 'absent joint')} appeared (not judged)")
    return tuple(words)


def _coverage(ran: Sequence[Comparison]) -> str:
    stages = len({c.stage for c in ran} - {END_TO_END})
    fewest, most = (pick(len(c.inputs) for c in ran) for pick in (min, max))
    inputs = counted(most, "input")
    if fewest != most:
        inputs = f"{fewest} to {inputs}"
    return f"{counted(stages, 'stage')} on {inputs}"


def _joints(ran: Sequence[Comparison]) -> str:
    measured = [c.joints for c in ran if c.joints]
    if not measured:
        return ", no joints (no decode spec)"
    final = joint_summary(measured[-1])
    worst = [joint_summary(joints) for joints in measured]
    bands = ", ".join(
        f"{count} {BAND_WORDS[band]}"
        for band, count in final.bands.items()
        if count or band != "absent"
    )
    flips = {band: max(joints.flips[band] for joints in worst) for band in final.flips}
    jumps = {band: max(joints.flip_px[band] for joints in worst) for band in final.flips}
    furthest = pixels(max(joints.max_px for joints in worst))
    total = counted(sum(final.bands.values()), "joint")
    if final.people is not None:
        total = f"{'1 person' if final.people == 1 else f'{final.people} people'}, {total}"
    jumped = ", ".join(flip_words(flips, jumps))
    moved = f"at most {furthest}".replace("at most <", "below ")
    return f", {total} ({bands}): {moved} px within their cells, {jumped}"


def _names(stages: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(map(stage_title, stages)))
