"""What convert measured, and whether it is still so: absolute limits let much change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from poseconvert.conversion.manifest import Manifest
from poseconvert.conversion.row_record import PromisedDrift, RowRecord
from poseconvert.drift import Comparison, OutputDrift, Parity
from poseconvert.drift.tolerances import FALL_BROKEN_DB, FALL_SHOWN_DB

_KINDS = (("output", "output_db"), ("channel", "channel_db"))


def promised(outputs: Sequence[OutputDrift]) -> dict[str, PromisedDrift]:
    """Return what is stored of a comparison: of each output its worst input."""
    return {
        one.output: PromisedDrift(
            **{field: _least(one, kind) if one.drift else None for kind, field in _KINDS}
        )
        for one in outputs
    }


def _least(output: OutputDrift, kind: str) -> float | None:
    found = [part.db for part in output.parts if part.kind == kind and math.isfinite(part.db)]
    return round(min(found), 2) if found else None


def held_to_promise(
    comparisons: Sequence[Comparison], manifest: Manifest, *, same_inputs: bool
) -> tuple[tuple[Comparison, ...], tuple[str, ...]]:
    """Hold a later measurement against what convert measured.

    On the inputs that were stored the same numbers come again, and what fell far is broken; on
    others it is only said, for a picture may move a network more than those did.

    Returns
    -------
    tuple
        The comparisons, and what changed in sentences.
    """
    rows = [row for row in manifest.parity if row.measured]
    judged, notes = [], []
    for comparison in comparisons:
        falls = list(_falls(comparison, rows)) if comparison.outputs else []
        notes += [text for fall, text in falls if fall >= FALL_SHOWN_DB]
        broken = [text for fall, text in falls if fall >= FALL_BROKEN_DB] if same_inputs else []
        judged.append(_broken(comparison, broken))
    return tuple(judged), tuple(dict.fromkeys(notes))


def _broken(comparison: Comparison, reasons: Sequence[str]) -> Comparison:
    if not reasons or comparison.parity is not Parity.HELD:
        return comparison
    reasons = (*comparison.reasons, *reasons)
    return replace(comparison, parity=Parity.BROKEN, reasons=reasons, controls=())


def _falls(comparison: Comparison, rows: Sequence[RowRecord]) -> Iterator[tuple[float, str]]:
    """Yield by how many dB each output fell, in a sentence that says so."""
    known = [row for row in rows if row.stage == comparison.stage]
    own = [row for row in known if row.run == comparison.candidate]
    now = promised(comparison.outputs)
    for name, drift in now.items():
        for kind, field in _KINDS:
            value = getattr(drift, field)
            before = _worst([row.measured for row in own or known], name, field)
            if value is None or before is None:
                continue
            yield (
                before - value,
                f"changed since conversion: {name} of {comparison.candidate} has {value:.1f} dB in"
                f" its worst {'input' if kind == 'output' else kind}, convert measured"
                f" {before:.1f} dB",
            )


def _worst(measured: Sequence[Mapping[str, PromisedDrift]], name: str, field: str) -> float | None:
    found = [getattr(one[name], field) for one in measured if name in one]
    return min((value for value in found if value is not None), default=None)
