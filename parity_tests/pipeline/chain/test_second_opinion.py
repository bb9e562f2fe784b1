"""Whom a second judge agrees with, with other runners in the place of Core AI's interpreter."""

from dataclasses import replace

import numpy as np
import pytest

from poseconvert.drift import EXECUTOR
from poseconvert.errors import RunError
from poseconvert.pipeline.chain.second_opinion import _agreement, with_second_opinion
from poseconvert.reports.opinion import opinion_sentences
from poseconvert.reports.summary import verdict_line
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.stages.stage import PACKAGE, SIMPLIFIED


class Judge:
    """ONNX Runtime under another name, with answers that may be changed."""

    name, precision = "judge 1.0", ""

    def __init__(self, path, change=lambda values: values):
        self._runner, self._change, self.asked = OnnxRunner(path), change, 0
        self.size = self._runner.size

    def run(self, batch):
        self.asked += len(batch)
        return {name: self._change(v) for name, v in self._runner.run(batch).items()}


@pytest.fixture
def measured(converted, tiny_model):
    return converted(tiny_model)


def asked(measured, change=lambda values: values):
    judge = Judge(measured.folder / SIMPLIFIED, change)
    return with_second_opinion(measured, progress=lambda step: None, load=lambda: judge)


def with_executor(measured, change):
    """Change what the reference executor gave in float32."""

    def changed(one):
        mine = (one.run.runner, one.run.precision) == (EXECUTOR, "fp32")
        outputs = {name: change(values) for name, values in one.outputs.items()}
        return replace(one, outputs=outputs) if mine and one.run.artifact == PACKAGE else one

    evaluations = tuple(map(changed, measured.result.evaluations))
    return replace(measured, result=replace(measured.result, evaluations=evaluations))


def double(values):
    return values * np.float32(2)


def test_all_agree_and_the_verdict_is_what_it_was(measured):
    found = asked(measured)

    assert found.opinion.agreement == "all agree"
    assert found.opinion.from_onnx == 0
    assert 0 < found.opinion.from_executor < 0.05
    assert found.opinion.inputs == measured.inputs.names[: len(found.opinion.inputs)]
    assert verdict_line(found) == verdict_line(measured)
    (said,) = opinion_sentences(found.opinion)
    assert said.startswith("the judge 1.0 agrees with ONNX Runtime and the reference executor, on ")
    assert said.endswith("It is not Core ML: it judges what ops mean in float32")


def test_two_judges_against_it(measured):
    found = asked(measured, double)

    assert found.opinion.agreement == "two against it"
    assert "drift" in found.opinion.reason
    assert "two judges against it" in opinion_sentences(found.opinion)[0]
    assert found.parity is measured.parity


def test_it_and_onnx_runtime_against_the_executor(measured):
    found = asked(with_executor(measured, double))

    assert found.opinion.agreement == "with ONNX Runtime, against the executor"
    assert "two judges against the reference executor" in opinion_sentences(found.opinion)[0]


def test_it_and_the_executor_against_onnx_runtime(measured):
    found = asked(with_executor(measured, double), double)

    assert found.opinion.agreement == "with the executor, against ONNX Runtime"


def test_nobody_agrees(measured):
    found = asked(with_executor(measured, double), lambda values: values * np.float32(3))

    assert found.opinion.agreement == "nobody agrees"


def test_one_element_that_differs_is_seen(measured):
    def change(values):
        changed = values.copy()
        changed.reshape(-1)[7] += np.ptp(values) / 1000
        return changed

    found = asked(measured, change).opinion

    # The package is float16: its executor is as near to the one as to the other.
    assert found.agreement == "against ONNX Runtime"
    assert 0.0009 < found.from_onnx < 0.0011


def test_without_the_executor_only_onnx_runtime_is_compared(measured):
    left = [e for e in measured.result.evaluations if e.run.artifact != PACKAGE]
    alone = replace(measured, result=replace(measured.result, evaluations=tuple(left)))

    assert asked(alone).opinion.agreement == "with ONNX Runtime"
    assert asked(alone, double).opinion.agreement == "against ONNX Runtime"


def test_without_a_reference_nothing_is_said_to_agree(measured):
    nothing = replace(measured, result=replace(measured.result, evaluations=()))

    assert asked(nothing).opinion.agreement == "not run"


def test_a_judge_that_refuses_is_said_with_its_reason(measured):
    def load():
        raise RunError("model.simplified.onnx: no such op")

    found = with_second_opinion(measured, progress=lambda step: None, load=load)

    assert opinion_sentences(found.opinion) == ("not asked: model.simplified.onnx: no such op",)


def test_a_slow_judge_is_asked_less(measured, monkeypatch):
    from poseconvert.pipeline.chain import second_opinion

    now = iter(range(0, 1000, 9))
    monkeypatch.setattr(second_opinion.time, "monotonic", lambda: next(now))

    found = asked(measured)

    assert len(found.opinion.inputs) == 2  # 9 seconds for the first, so one more in 10


@pytest.mark.parametrize(
    ("onnx", "executor", "between", "said"),
    [
        (True, True, True, "all agree"),
        (True, True, False, "all agree"),
        (True, False, True, "all agree"),
        (True, False, False, "with ONNX Runtime, against the executor"),
        (False, True, True, "against ONNX Runtime"),
        (False, True, False, "with the executor, against ONNX Runtime"),
        (False, False, True, "two against it"),
        (False, False, False, "nobody agrees"),
    ],
)
def test_it_is_against_somebody_only_where_two_agree_without_them(onnx, executor, between, said):
    assert _agreement(onnx=onnx, executor=executor, between=between) == said
