"""Every label and every reason replaced by random text: nothing may be decided by one."""

import random
from dataclasses import fields

from poseconvert.drift import Comparison, OutputDrift, Run, outputs
from poseconvert.drift import comparison as comparisons
from poseconvert.pipeline.chain import evaluate

# What sentences held when they were taken apart, and what breaks a join by text.
_PIECES = (" on ", "; ", ", recorded", "(fp32)", "(fp16)", "coreml_", " did not run: ", "x.onnx")


def scramble(monkeypatch, seed=0):
    """Put random text wherever a run is named or a reason is given."""
    rng = random.Random(seed)

    def text():
        words = [rng.choice((*_PIECES, f"{rng.random():.6f}")) for _ in range(rng.randint(1, 6))]
        return f"{rng.random():.12f}{''.join(words)}"

    labels = {}

    def label(run):
        return labels.setdefault(run, text()) if run.runner else ""

    monkeypatch.setattr(Run, "label", property(label))
    for module, kind in (
        (comparisons, Comparison), (outputs, OutputDrift), (evaluate, evaluate.Evaluation)
    ):  # fmt: skip
        monkeypatch.setattr(module, kind.__name__, _scrambled(kind, text))


def _scrambled(kind, text):
    names = [field.name for field in fields(kind)]

    def make(*values, **named):
        given = {**dict(zip(names, values, strict=False)), **named}
        if given.get("reason"):
            given["reason"] = text()
        if "reasons" in given:
            given["reasons"] = tuple(text() for _ in given["reasons"])
        return kind(**given)

    return make


def without_texts(value, known=("reference", "candidate", "runner", "reason", "reasons",
                                "sentence", "summary", "detail", "notes", "evidence")):  # fmt: skip
    """Drop what is text for people from a JSON value."""
    if isinstance(value, dict):
        return {name: without_texts(item) for name, item in value.items() if name not in known}
    return [without_texts(item) for item in value] if isinstance(value, list) else value
