"""Measurements to the few words and numbers that every report shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from poseconvert.drift import Comparison, OutputDrift, Parity, Tolerance
from poseconvert.drift.format import number
from poseconvert.drift.joints import Band
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.controls import would_have_seen
from poseconvert.reports.joints import BAND_WORDS, JointSummary, joint_summary
from poseconvert.reports.rules import blocking_sentences, rule_caveats
from poseconvert.stages.stage import END_TO_END, stage_title

IDENTICAL = "identical"
PARITY_WORDS = {Parity.HELD: "held", Parity.BROKEN: "BROKEN", Parity.NOT_RUN: "not run"}
_NOT_SURE = " on these pictures: no score reaches 0.5"


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
    return (*dict.fromkeys(sentences), *blocking_sentences(measurement.firings))


def cause_sentences(measurement: Measurement) -> tuple[str, ...]:
    """Say the likely causes, where they were looked for: a name, and what speaks for it."""
    fault = measurement.fault
    words = [f"{fault.word}: {fault.evidence}"] if fault else []
    return (*words, *(f"{one.cause}: {one.sentence}" for one in measurement.diagnoses))


def _where(comparison: Comparison) -> str:
    """Name the stage, and the runner where one ran: a package has several."""
    title = stage_title(comparison.stage)
    return f"{title}, {comparison.candidate.label}" if comparison.inputs else title


def verdict_line(measurement: Measurement) -> str:
    """Return the verdict with its coverage: what was compared, and on how many inputs.

    Joints are counted in :func:`final_comparison`; movement and flips are the worst of any.
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
    if measurement.parity is Parity.HELD:
        caveats += would_have_seen(comparisons)
    final = final_comparison(measurement)
    if final and not joint_summary(final.joints).bands["visible"]:
        given = "given" in measurement.inputs.origins
        caveats.append(f"no visible joint was tested{_NOT_SURE if given else ', give --image'}")
    caveats += rule_caveats(measurement.firings, measurement.manifest.rules)
    word = {**PARITY_WORDS, Parity.NOT_RUN: "not established"}[measurement.parity]
    return f"parity {word}: {'; '.join([*failed, covered, *caveats])}"


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
    pair = all(c.stage == c.candidate.artifact for c in ran)
    return f"{counted(stages, 'artifact' if pair else 'stage')} on {inputs}"


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
