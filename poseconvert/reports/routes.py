"""The routes to Core ML that were tried, in words."""

from __future__ import annotations

from poseconvert.conversion.manifest import Manifest, RouteRecord
from poseconvert.drift import Parity
from poseconvert.drift.format import number


def route_sentences(manifest: Manifest) -> tuple[str, ...]:
    """Say of each route whether it shipped, and why it was refused or is not held."""
    return tuple(f"{record.route} {_outcome(record)}" for record in manifest.routes)


def _outcome(record: RouteRecord) -> str:
    if record.parity == Parity.HELD.value:
        drift = f", drift {number(record.drift)} of range" if record.drift is not None else ""
        return f"shipped: float32 held{drift}"
    verb = "shipped all the same" if record.shipped else "refused"
    if record.drift is None or record.allowed is None:
        return f"{verb}: {record.reason}"
    return (
        f"{verb}: float32 parity broke at output {record.output} by drift"
        f" {number(record.drift)} of range, allowed {number(record.allowed)}"
    )
