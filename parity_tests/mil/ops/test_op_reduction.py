import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops import reduction

NUMPY = {"reduce_mean": np.mean, "reduce_sum": np.sum, "reduce_max": np.max, "reduce_min": np.min}


@pytest.mark.parametrize("name", NUMPY)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    axes=st.none() | st.sets(st.integers(-4, 3), min_size=1),
    keep_dims=st.booleans(),
)
def test_reductions_are_numpys_in_float64(name, shape, axes, keep_dims):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    if axes is not None:
        axes = sorted({axis % len(shape) for axis in axes})
    wanted = NUMPY[name](
        x.astype(np.float64), axis=None if axes is None else tuple(axes), keepdims=keep_dims
    )
    got = getattr(reduction, name)(
        x=x, axes=None if axes is None else np.array(axes, np.int32), keep_dims=keep_dims
    )
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NUMPY)
def test_integers_reduce_too(name):
    x = np.array([[1, 2], [4, 8]], np.int32)
    got = getattr(reduction, name)(x=x, axes=np.array([1]))
    assert got.tolist() == NUMPY[name](x, axis=1).tolist()


def test_an_axis_outside_is_refused():
    with pytest.raises(IndexError):
        reduction.reduce_sum(x=np.ones(3, np.float32), axes=np.array([1]))
