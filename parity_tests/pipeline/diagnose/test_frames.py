"""Outputs of another input are known by what the reference gives for it."""

import numpy as np
import pytest

from poseconvert.drift import Run
from poseconvert.pipeline.chain.evaluate import Evaluation, Link
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.diagnose.frames import frame_causes
from poseconvert.pipeline.diagnose.hypothesis import Broken

NAMES = ("a", "b", "c", "d")
RNG = np.random.default_rng(5)
OURS = {"map": RNG.random((4, 2, 6, 6), np.float32), "score": RNG.random((4, 3), np.float32)}


def causes(order, change=lambda values: values):
    theirs = {name: change(values[list(order)]) for name, values in OURS.items()}
    link = Link("model.mlpackage", "coreml_from_onnx", None)
    runs = Run("model.mlpackage", "executor"), Run("model.mlpackage", "a phone", recorded=True)
    reference, candidate = (
        Evaluation(link, run, outputs) for run, outputs in zip(runs, (OURS, theirs), strict=True)
    )
    inputs = Inputs(NAMES, {"x": np.zeros((4, 1), np.float32)})
    return [one.cause for one in frame_causes(Broken(None, reference, candidate, inputs, ()))]


@pytest.mark.parametrize(
    ("order", "cause"),
    [
        ((3, 0, 1, 2), "stale frames"),
        ((0, 0, 1, 2), "stale frames"),  # the first has none before it
        ((2, 2, 2, 2), "frozen frame"),
        ((1, 0, 2, 3), "exchanged frames"),
        ((3, 2, 1, 0), "exchanged frames"),
    ],
)
def test_whose_outputs_they_are_is_said(order, cause):
    assert causes(order) == [cause]
    assert causes(order, lambda values: values + np.float32(1e-3)) == [cause]


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values,
        lambda values: values * 1.5,
        lambda values: values[..., ::-1],
        lambda values: np.full_like(values, np.nan),
    ],
)
def test_outputs_of_their_own_input_and_of_none_are_no_frames(change):
    assert causes((0, 1, 2, 3), change) == []


def test_one_output_that_is_another_s_is_not_enough():
    def change(values):
        return values if values.ndim == 2 else values * 1.3

    assert causes((1, 0, 3, 2), change) == []
