"""What ``parity.json`` says of a second judge."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.fields import Agreement, Name, Size, Text


@dataclass(frozen=True, slots=True)
class OpinionRecord:
    """What a second judge said of model.simplified.onnx, in float32. It decides nothing.

    Attributes
    ----------
    judge : What it is, with its version; neither Core ML nor the Neural Engine.
    inputs : What it was asked; empty if it did not run.
    agreement : Whom it agrees with.
    from_onnx : Its largest drift from ONNX Runtime as a part of the range; null: not measured.
    from_executor : The same from the reference executor in float32.
    reason : Why it did not run, or what lies furthest apart; empty where all agree.
    """

    judge: Name
    inputs: tuple[Name, ...]
    agreement: Agreement
    from_onnx: Size | None
    from_executor: Size | None
    reason: Text
