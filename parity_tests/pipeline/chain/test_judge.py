"""The chain's verdicts: what did not run is never held, and the right stage is named."""

import numpy as np
import pytest

from poseconvert.drift import TOLERANCES, Parity, verdict
from poseconvert.errors import RunError
from poseconvert.pipeline.chain.evaluate import Link, evaluate
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain

VALUES = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
INPUTS = Inputs(("one", "two"), {"x": VALUES})
STAGES = ("source", "onnx_from_torch", "simplified_from_onnx", "coreml_from_onnx")


class Scaled:
    """A runner that multiplies by a factor: 1 is perfect."""

    name, precision = "test runner", ""

    def __init__(self, factor):
        self.factor = factor

    def run(self, batch):
        return {"y": batch.tensors["x"] * np.float32(self.factor)}


def chain(*factors, refused=None):
    links = [
        Link(
            f"artifact-{stage}",
            stage,
            lambda factor=factor: Scaled(factor),
            TOLERANCES.get(stage) or TOLERANCES.get(f"{stage}/fp32"),
            "it was edited" if stage == refused else "",
        )
        for stage, factor in zip(STAGES, factors, strict=True)
    ]
    evaluations = evaluate(links, INPUTS, specs=(), progress=lambda step: None)
    return judge_chain(evaluations, INPUTS, specs=(), precision="fp32").comparisons


def parities(comparisons):
    return {comparison.stage: comparison.parity for comparison in comparisons}


def test_a_perfect_chain_is_held_at_every_stage():
    comparisons = chain(1, 1, 1, 1)

    assert set(parities(comparisons)) == {*STAGES[1:], "end_to_end"}
    assert verdict(comparisons) is Parity.HELD
    assert all(comparison.inputs == INPUTS.names for comparison in comparisons)


@pytest.mark.parametrize("bad", STAGES[1:])
def test_only_the_stage_that_drifted_and_the_whole_are_broken(bad):
    factors = [1.01 if STAGES.index(stage) >= STAGES.index(bad) else 1 for stage in STAGES]

    found = parities(chain(*factors))

    broken = {stage for stage, parity in found.items() if parity is Parity.BROKEN}
    assert broken == {bad, "end_to_end"}


@pytest.mark.parametrize("refused", STAGES)
def test_an_artifact_that_must_not_run_is_never_held(refused):
    comparisons = chain(1, 1, 1, 1, refused=refused)

    assert verdict(comparisons) is Parity.NOT_RUN
    reasons = " ".join(reason for c in comparisons for reason in c.reasons)
    assert f"artifact-{refused} did not run: it was edited" in reasons


def test_a_runner_that_fails_is_not_run_with_its_reason():
    class Failing(Scaled):
        def run(self, batch):
            raise RunError("no memory. Buy some.")

    links = [
        Link("a", "source", lambda: Scaled(1)),
        Link("b", "onnx_from_torch", lambda: Failing(1), TOLERANCES["onnx_from_torch"]),
    ]
    evaluations = evaluate(links, INPUTS, specs=(), progress=lambda step: None)
    (comparison,) = judge_chain(evaluations, INPUTS, specs=(), precision="fp32").comparisons

    assert comparison.parity is Parity.NOT_RUN
    assert comparison.reasons == ("b did not run: no memory. Buy some.",)


def test_outputs_that_do_not_answer_their_input_are_never_held():
    class Constant(Scaled):
        def run(self, batch):
            values = batch.tensors["x"]
            return {"y": np.ones_like(values) + 1e-8 * values}

    links = [
        Link("a", "source", lambda: Constant(1)),
        Link("b", "onnx_from_torch", lambda: Constant(1), TOLERANCES["onnx_from_torch"]),
    ]
    evaluations = evaluate(links, INPUTS, specs=(), progress=lambda step: None)
    (comparison,) = judge_chain(evaluations, INPUTS, specs=(), precision="fp32").comparisons

    assert comparison.parity is Parity.NOT_RUN
    assert "no output depends on the input" in comparison.reasons[0]


def test_an_empty_chain_is_not_held():
    assert (
        verdict(judge_chain([], INPUTS, specs=(), precision="fp32").comparisons) is Parity.NOT_RUN
    )


def test_the_noise_floor_of_a_runner_with_one_way_to_run_is_the_answer_to_one_ulp():
    links = [Link("a", "source", lambda: Scaled(1))]

    (reference,) = evaluate(links, INPUTS, specs=(), progress=lambda step: None, floor=True)

    assert reference.floor["y"].source == "1 ulp"
    spread = np.ptp(VALUES)
    assert 0 < reference.floor["y"].relative <= np.spacing(np.abs(VALUES).max()) / spread
