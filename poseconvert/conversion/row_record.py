"""What a manifest keeps of each comparison: its verdict, and what a later one is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from poseconvert.drift import Run
from poseconvert.fields import Name, Verdict


@dataclass(frozen=True, slots=True)
class PromisedDrift:
    """What convert measured of one output, on its worst input.

    Attributes
    ----------
    output_db : Peak over rms drift; null: identical, or not measured.
    channel_db : Spread over rms drift of the worst channel; null: as output_db.
    """

    output_db: float | None
    channel_db: float | None


@dataclass(frozen=True, slots=True)
class RowRecord:
    """The verdict of one comparison.

    Attributes
    ----------
    stage : onnx_from_torch, simplified_from_onnx, coreml_from_onnx, compressed_from_coreml,
        coreml_at_HEIGHTxWIDTH or compressed_at_HEIGHTxWIDTH of another size, or end_to_end.
    candidate : ARTIFACT on RUNNER; the artifact alone where it did not run.
    run : the same, field by field.
    parity : Held, broken, or not run, which is never a pass.
    measured : By output: what a later measurement is held against.
    """

    stage: Name
    candidate: Name
    run: Run
    parity: Verdict
    measured: Mapping[Name, PromisedDrift] = field(default_factory=dict)
