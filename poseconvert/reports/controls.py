"""What was planted in comparisons that held, in words: how small a change they would have seen."""

from __future__ import annotations

from collections.abc import Iterable

from poseconvert.drift import Comparison, Control, Parity
from poseconvert.pipeline.chain.measurement import Measurement


def would_have_seen(comparisons: Iterable[Comparison]) -> list[str]:
    """Say which growth of one channel, in any artifact, would have broken parity.

    An artifact is run in several ways, and must hold in each: the one that sees most counts.
    """
    seen: dict[tuple[str, str], Control] = {}
    for comparison in comparisons:
        run = comparison.candidate
        for one in comparison.controls if comparison.parity is Parity.HELD else ():
            if one.planted == "scaled channel" and one.seen:
                key = run.artifact, run.size
                seen[key] = min(one, seen.get(key, one), key=lambda each: each.change)
    most = max(seen.values(), key=lambda one: one.change, default=None)
    if most is None:
        return []
    quiet = max(one.quiet for one in seen.values())
    channels = f"{quiet} channel{'s' * (quiet != 1)}"
    but = f"; {channels} too quiet on these inputs to be seen" if quiet else ""
    return [f"would have seen {100 * most.change:.2g} % in {most.where}{but}"]


def control_sentences(measurement: Measurement) -> tuple[str, ...]:
    """Say which changes could not be planted, and why."""
    absent = (
        f"no {one.planted} could be planted: {one.reason}"
        for comparison in measurement.result.comparisons
        for one in comparison.controls
        if one.seen is None
    )
    return tuple(dict.fromkeys(absent))
