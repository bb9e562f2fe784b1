import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from poseconvert.mil.ops.control_flow.select import select


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.bool_])
@given(
    shapes=mutually_broadcastable_shapes(num_shapes=3, max_dims=4, max_side=3, min_side=1),
    seed=st.integers(0, 99),
)
def test_select_is_torchs_where(dtype, shapes, seed):
    rng = np.random.default_rng(seed)
    cond, a, b = (rng.integers(0, 2, shape) for shape in shapes.input_shapes)
    cond, a, b = cond.astype(bool), (a * 3).astype(dtype), (b * 5).astype(dtype)
    got = select(cond=cond, a=a, b=b)
    assert got.dtype == dtype
    wanted = torch.where(*map(torch.tensor, (cond, a, b)))
    np.testing.assert_array_equal(got, wanted)


def test_what_is_not_selected_does_not_matter():
    got = select(cond=np.array([True, False]), a=np.array([1, np.nan]), b=np.array([np.inf, 2]))
    assert got.tolist() == [1, 2]


def test_select_takes_constants():
    got = select(cond=False, a=np.zeros((2, 2), np.float32), b=np.array(9, np.float32))
    assert got.tolist() == [[9, 9], [9, 9]]


def test_shapes_that_do_not_broadcast_or_fill_memory_are_refused():
    with pytest.raises(ValueError, match="broadcast"):
        select(cond=np.ones(2, bool), a=np.ones(3), b=np.ones(3))
    with pytest.raises(ValueError, match="is refused"):
        select(cond=np.ones((2**15, 1), bool), a=np.ones((1, 2**15)), b=np.ones(1))


def test_select_runs_in_a_program(run):
    x, y = np.array([[1], [-2]], np.float32), np.array([7, 8], np.float32)
    got = run(lambda mb, x, y: mb.select(cond=mb.greater(x=x, y=0.0), a=x, b=y), x, y)
    assert got.tolist() == [[1, 1], [7, 8]]
