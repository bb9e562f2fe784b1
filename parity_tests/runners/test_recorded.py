"""What was recorded is given again for the same bytes, in any order, and for no others."""

import numpy as np
import pytest

from poseconvert.errors import RunError
from poseconvert.runners.recorded import RecordedRunner
from poseconvert.runners.runner import Batch

INPUTS = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
OUTPUTS = {"y": np.array([[10.0], [20.0], [30.0]], np.float32)}


@pytest.fixture
def runner():
    return RecordedRunner("a phone", ("a", "b", "c"), (INPUTS,), OUTPUTS)


@pytest.mark.parametrize("chosen", [[0, 1, 2], [2, 0], [1], [1, 1, 0, 2]])
def test_each_input_gets_its_own_answer(runner, chosen):
    found = runner.run(Batch({"x": INPUTS[chosen]}))
    np.testing.assert_array_equal(found["y"], OUTPUTS["y"][chosen])


def test_another_input_is_refused_and_how_far_it_is(runner):
    other = INPUTS.copy()
    other[1, 0, 0] += 0.5
    with pytest.raises(RunError, match=r"another input b: 1 of 8 values differ, by up to 0\.5"):
        runner.run(Batch({"x": other}))


def test_other_inputs_and_other_shapes_are_refused(runner):
    with pytest.raises(RunError, match="recorded on 1 inputs, these are 2"):
        runner.run(Batch({"x": INPUTS, "z": INPUTS}))
    with pytest.raises(RunError, match=r"recorded on inputs \(2, 4\), these are \(8,\)"):
        runner.run(Batch({"x": INPUTS.reshape(3, 8)}))
