"""The routes to Core ML that were tried, in words."""

from __future__ import annotations

from poseconvert.conversion.manifest import Manifest, RouteRecord
from poseconvert.drift import Parity
from poseconvert.drift.format import number


def route_sentences(manifest: Manifest) -> tuple[str, ...]:
    """Say of each route whether it was used, and why it was refused or is not held."""
    return tuple(f"{record.route} {_outcome(record)}" for record in manifest.routes)


def _outcome(record: RouteRecord) -> str:
    if record.parity == Parity.HELD.value:
        if record.drift is None:
            return "was used: its float32 version holds"
        return f"was used: its float32 version differs from ONNX by {number(record.drift)} of range"
    verb = "was used all the same" if record.shipped else "was refused"
    if record.drift is None or record.allowed is None:
        return f"{verb}: {record.reason}"
    return (
        f"{verb}: output {record.output} of its float32 version differs from ONNX by"
        f" {number(record.drift)} of range (limit {number(record.allowed)})"
    )
