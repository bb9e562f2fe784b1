"""What a second judge said, in a sentence."""

from __future__ import annotations

from poseconvert.drift.format import number
from poseconvert.pipeline.chain.opinion import SecondOpinion

_WORDS = {
    "all agree": "agrees with ONNX Runtime and the reference executor",
    "two against it": "agrees with neither, and ONNX Runtime and the reference executor agree:"
    " two judges against it",
    "with ONNX Runtime, against the executor": "agrees with ONNX Runtime: two judges against the"
    " reference executor",
    "with the executor, against ONNX Runtime": "agrees with the reference executor: two judges"
    " against ONNX Runtime",
    "with ONNX Runtime": "agrees with ONNX Runtime; the reference executor did not run",
    "against ONNX Runtime": "does not agree with ONNX Runtime; the reference executor did not run,"
    " or is as near to both",
    "nobody agrees": "agrees with nobody, and nobody with anybody",
}


def opinion_sentences(opinion: SecondOpinion | None) -> tuple[str, ...]:
    """Say whom the second judge agrees with, and how far it lies from both."""
    if opinion is None:
        return ()
    if opinion.agreement == "not run":
        return (f"not asked: {opinion.reason}",)
    drifts = (("ONNX Runtime", opinion.from_onnx), ("the executor", opinion.from_executor))
    far = [f"{number(drift)} of range from {who}" for who, drift in drifts if drift is not None]
    count = len(opinion.inputs)
    on = f"on {count} input{'s' * (count > 1)}"
    why = f"; {opinion.reason}" if opinion.reason else ""
    return (
        f"the {opinion.judge} {_WORDS[opinion.agreement]}, {on}: at most"
        f" {' and '.join(far) or 'nothing measured'}{why}. It is not Core ML: it judges what ops"
        " mean in float32",
    )
