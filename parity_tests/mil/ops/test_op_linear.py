import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.linear import linear, matmul

small = st.integers(1, 4)


@given(st.lists(small, max_size=2), small, small, st.booleans())
def test_linear_is_a_sum_of_products(leading, size, outs, with_bias):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(*leading, size)).astype(np.float32)
    weight = rng.normal(size=(outs, size)).astype(np.float32)
    bias = rng.normal(size=outs).astype(np.float32) if with_bias else None
    wanted = np.einsum("...k,ok->...o", x.astype(np.float64), weight) + (
        0 if bias is None else bias
    )
    np.testing.assert_allclose(linear(x=x, weight=weight, bias=bias), wanted, rtol=1e-5, atol=1e-5)


@given(small, small, small, small, st.booleans(), st.booleans())
def test_matmul_broadcasts_and_swaps(batch, m, k, n, transpose_x, transpose_y):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(batch, 1, m, k)), rng.normal(size=(3, k, n))
    wanted = np.einsum("bcmk,ckn->bcmn", np.broadcast_to(x, (batch, 3, m, k)), y)
    got = matmul(
        x=(x.swapaxes(-1, -2) if transpose_x else x).astype(np.float32),
        y=(y.swapaxes(-1, -2) if transpose_y else y).astype(np.float32),
        transpose_x=transpose_x,
        transpose_y=transpose_y,
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def test_matmul_takes_vectors_and_integers():
    x = np.array([1, 2, 3], np.int32)
    assert matmul(x=x, y=np.array([[1], [1], [2]], np.int32)).tolist() == [9]


def test_matmul_refuses_shapes_that_do_not_fit():
    with pytest.raises(RuntimeError):
        matmul(x=np.ones((2, 3), np.float32), y=np.ones((2, 3), np.float32))
