"""What compression saves and what it costs, in words."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.conversion.manifest import CompressRecord
from poseconvert.drift import Comparison, Parity
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.joints import joint_summary
from poseconvert.reports.summary import counted, flip_words, pixels
from poseconvert.stages.stage import COMPRESSED_FROM_COREML

STAGE = COMPRESSED_FROM_COREML.name


def compress_sentences(measurement: Measurement) -> tuple[str, ...]:
    """Say what the compressed package saves, and what it costs on each runner; () without one."""
    record = measurement.manifest.compress
    if record is None:
        return ()
    comparisons = [c for c in measurement.result.comparisons if c.stage == STAGE]
    return (saved(record), *(_cost(c) for c in comparisons if c.parity is not Parity.NOT_RUN))


def saved(record: CompressRecord) -> str:
    """Say the size on disk, and the bytes that one run moves."""
    text = (
        f"{record.compression}: {megabytes(record.disk_after)} on disk, was"
        f" {megabytes(record.disk_before)} ({record.disk_before / record.disk_after:.2f} times"
        f" smaller, {counted(record.weights, 'weight')} compressed)"
    )
    if record.moved_before is None or record.moved_after is None:
        return text
    return (
        f"{text}; about {megabytes(record.moved_after)} moved per run, was"
        f" {megabytes(record.moved_before)}"
    )


def megabytes(nbytes: int) -> str:
    """Return bytes as millions of them."""
    return f"{nbytes / 1e6:.2f} MB"


def _cost(comparison: Comparison) -> str:
    return f"{comparison.candidate.label}: {', '.join(_costs(comparison))}"


def _costs(comparison: Comparison) -> Iterator[str]:
    measured = [(o.drift.psnr_db, o.output) for o in comparison.outputs if o.drift]
    if measured:
        worst, output = min(measured)
        yield f"PSNR at least {worst:.1f} dB ({output})"
    if comparison.joints:
        joints = joint_summary(comparison.joints)
        flips = ", ".join(flip_words(joints.flips, joints.flip_px))
        yield f"joints moved at most {pixels(joints.max_px)} px within their cells, {flips}"
