"""What a second judge said."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.fields import Agreement


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What the second judge said beside ONNX Runtime and the reference executor.

    Attributes
    ----------
    judge : what it is, with its version.
    inputs : names of what it was asked.
    agreement : who agrees with whom; ``not run`` where it was not, or nobody was to compare with.
    from_onnx, from_executor : its largest drift of any output from ONNX Runtime's and from the
        executor's in float32, as a part of the range; None where not measured.
    reason : why it did not run, or the output that lies furthest apart; empty where all agree.
    """

    judge: str
    inputs: tuple[str, ...]
    agreement: Agreement
    from_onnx: float | None = None
    from_executor: float | None = None
    reason: str = ""
