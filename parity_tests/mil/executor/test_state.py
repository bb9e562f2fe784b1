"""States outlive runs; the oracle is a running sum in numpy."""

import numpy as np
import pytest

from poseconvert.errors import RunError
from poseconvert.mil import Executor, read_package


@pytest.fixture
def accumulator(coreml, tmp_path):
    """Adds x to its state and gives the new sum, doubled."""
    ct, mb, types = coreml.ct, coreml.mb, coreml.types

    @mb.program(
        input_specs=[mb.TensorSpec((3,), dtype=types.fp16), mb.StateTensorSpec((3,), types.fp16)],
        opset_version=ct.target.iOS18,
    )
    def program(x, total):
        added = mb.add(x=x, y=mb.read_state(input=total))
        return mb.mul(x=mb.coreml_update_state(state=total, value=added), y=np.float16(2))

    model = ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS18,
        skip_model_load=True,
    )
    path = tmp_path / "accumulator.mlpackage"
    model.save(str(path))
    return Executor(read_package(path))


def test_a_state_goes_on_from_run_to_run(accumulator):
    state, total = accumulator.make_state(), np.zeros(3)
    for turn in range(4):
        x = np.array([turn, 0.5, -1], np.float16)
        total += x
        (got,) = accumulator.run({"x": x}, state=state).values()
        np.testing.assert_array_equal(got, 2 * total)
    np.testing.assert_array_equal(state.read("total"), total)
    assert state.read("total").dtype == np.float16


def test_two_states_know_nothing_of_each_other(accumulator):
    x, one, other = np.ones(3, np.float16), accumulator.make_state(), accumulator.make_state()
    accumulator.run({"x": x}, state=one)
    accumulator.run({"x": x}, state=one)
    accumulator.run({"x": x}, state=other)
    assert one.read("total")[0] == 2
    assert other.read("total")[0] == 1


def test_without_a_state_every_run_starts_at_zero(accumulator):
    x = np.ones(3, np.float16)
    for _ in range(2):
        (got,) = accumulator.run({"x": x}).values()
        np.testing.assert_array_equal(got, 2 * x)


def test_a_state_can_be_written_but_only_as_declared(accumulator):
    state = accumulator.make_state()
    state.write("total", np.array([10, 20, 30]))
    (got,) = accumulator.run({"x": np.zeros(3, np.float16)}, state=state).values()
    np.testing.assert_array_equal(got, [20, 40, 60])
    with pytest.raises(RunError, match=r'state "total": given \[2\], it is fp16\[3\]'):
        state.write("total", np.zeros(2))
    with pytest.raises(RunError, match=r"there is no state \"nothing\", only total"):
        state.read("nothing")
