import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.linear.einsum import einsum
from poseconvert.mil.ops.linear.linear import linear
from poseconvert.mil.ops.linear.matmul import matmul

small = st.integers(1, 4)
CLOSE = {"rtol": 1e-4, "atol": 1e-5}
KINDS = (np.float32, np.int32)


def drawn(shape, kind=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    if kind == np.int32:
        return rng.integers(-9, 9, size=shape).astype(np.int32)
    return rng.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("x_kind", KINDS)
@pytest.mark.parametrize("weight_kind", KINDS)
@given(st.lists(small, max_size=2), small, small, st.booleans())
def test_linear_is_a_sum_of_products(x_kind, weight_kind, leading, size, outs, with_bias):
    x, weight = drawn((*leading, size), x_kind), drawn((outs, size), weight_kind, 1)
    bias = drawn(outs, weight_kind, 2) if with_bias else None
    wanted = np.einsum("...k,ok->...o", x.astype(np.float64), weight)
    wanted = wanted if bias is None else wanted + bias
    np.testing.assert_allclose(linear(x=x, weight=weight, bias=bias), wanted, **CLOSE)


def test_linear_takes_weights_computed_at_run_time(run):
    x, weight = drawn((2, 3)), drawn((4, 3), seed=1)
    computed = run(lambda mb, x, y: mb.matmul(x=x, y=mb.relu(x=y), transpose_y=True), x, weight)
    np.testing.assert_allclose(computed, x @ np.maximum(weight, 0).T, **CLOSE)
    np.testing.assert_allclose(linear(x=x, weight=np.maximum(weight, 0)), computed, **CLOSE)


@st.composite
def factors(draw):
    """Two shapes that multiply: every rank, leading sizes that broadcast."""
    m, k, n = draw(small), draw(small), draw(small)
    whole = draw(st.lists(small, max_size=2))
    leading = [
        [draw(st.sampled_from([1, size])) for size in whole[draw(st.integers(0, len(whole))) :]]
        for _ in "xy"
    ]
    x = [k] if draw(st.booleans()) and not leading[0] else [*leading[0], m, k]
    y = [k] if draw(st.booleans()) and not leading[1] else [*leading[1], k, n]
    return x, y


@pytest.mark.parametrize("x_kind", KINDS)
@pytest.mark.parametrize("y_kind", KINDS)
@given(shapes=factors(), transpose_x=st.booleans(), transpose_y=st.booleans())
def test_matmul_multiplies_every_rank(x_kind, y_kind, shapes, transpose_x, transpose_y):
    x, y = drawn(shapes[0], x_kind), drawn(shapes[1], y_kind, 1)
    wanted = np.matmul(x.astype(np.float64), y.astype(np.float64))
    transpose_x, transpose_y = transpose_x and x.ndim > 1, transpose_y and y.ndim > 1
    got = matmul(
        x=x.swapaxes(-1, -2) if transpose_x else x,
        y=y.swapaxes(-1, -2) if transpose_y else y,
        transpose_x=transpose_x,
        transpose_y=transpose_y,
    )
    assert got.shape == wanted.shape
    assert (got.dtype == np.int32) == (x_kind == y_kind == np.int32)
    np.testing.assert_allclose(got, wanted, **CLOSE)


def test_integers_are_multiplied_exactly():
    x = np.array([[2**24 + 1, 1]], np.int32)
    assert matmul(x=x, y=np.array([[3], [1]], np.int32)).tolist() == [[3 * 2**24 + 4]]
    assert linear(x=x, weight=np.array([[3, 1]], np.int32)).tolist() == [[3 * 2**24 + 4]]


@pytest.mark.parametrize("x_kind", ["fp32", "int32"])
def test_a_constant_of_another_dtype_gives_the_dtype_of_the_input(run, x_kind):
    x = drawn((2, 3), np.int32).astype(np.float32 if x_kind == "fp32" else np.int32)
    constant = np.array([[1], [2], [3]], np.int32 if x_kind == "fp32" else np.float32)
    got = run(lambda mb, x: mb.matmul(x=x, y=constant), x, target="iOS17", dtype=x_kind)
    assert got.dtype == x.dtype
    assert (got[:, 0] == x[:, 0] + 2 * x[:, 1] + 3 * x[:, 2]).all()


@pytest.mark.parametrize("equation", ["nchw,nwhu->nchu", "abcd,adce->abce", " xyzw , xwzv -> xyzv"])
@given(small, small, small, small, small, st.sampled_from(["", "x", "y"]))
def test_einsum_of_rank_four(equation, b, c, h, w, v, broadcast):
    x = drawn((1 if broadcast == "x" else b, c, 1 if broadcast == "x" else h, w))
    y = drawn((1 if broadcast == "y" else b, w, 1 if broadcast == "y" else h, v), seed=1)
    wanted = np.einsum(
        "bchw,bwhv->bchv",
        np.broadcast_to(x, (b, c, h, w)).astype(np.float64),
        np.broadcast_to(y, (b, w, h, v)),
    )
    np.testing.assert_allclose(einsum(values=(x, y), equation=equation), wanted, **CLOSE)


@pytest.mark.parametrize("equation", ["chw,whr->chr", "vnm,mno->vno"])
@given(small, small, small, small)
def test_einsum_of_rank_three(equation, c, h, w, v):
    x, y = drawn((c, h, w)), drawn((w, 1, v), seed=1)
    wanted = np.einsum("chw,wv->chv", x.astype(np.float64), y[:, 0])
    np.testing.assert_allclose(einsum(values=(x, y), equation=equation), wanted, **CLOSE)


def test_a_program_with_einsum_runs(run):
    x, y = drawn((1, 2, 3, 4)), drawn((1, 4, 3, 5), seed=1)
    got = run(lambda mb, x, y: mb.einsum(values=(x, y), equation="nchw,nwhu->nchu"), x, y)
    np.testing.assert_allclose(got, np.einsum("nchw,nwhu->nchu", x, y), **CLOSE)


@pytest.mark.parametrize("equation", ["ab,bc->ac", "abcd,adce->abec", "abcd,adce", "...a,a->..."])
def test_einsum_refuses_equations_that_core_ml_does_not_have(equation):
    with pytest.raises(ValueError, match="Core ML has no such equation"):
        einsum(values=(drawn((2, 2, 2, 2)), drawn((2, 2, 2, 2))), equation=equation)


@pytest.mark.parametrize(
    ("kernel", "parameters"),
    [
        (matmul, {"x": drawn((2, 3)), "y": drawn((2, 3))}),
        (matmul, {"x": drawn(3), "y": drawn((3, 2)), "transpose_x": True}),
        (linear, {"x": drawn((2, 3)), "weight": drawn((2, 4))}),
        (linear, {"x": drawn((2, 3), np.int32), "weight": drawn((2, 4), np.int32)}),
        (einsum, {"values": (drawn((2, 2, 2)), drawn((3, 2, 2))), "equation": "abc,cbd->abd"}),
    ],
)
def test_shapes_that_do_not_fit_are_refused(kernel, parameters):
    with pytest.raises((IndexError, ValueError, RuntimeError)):
        kernel(**parameters)


def test_products_too_large_are_refused_before_they_are_made():
    column, row = drawn((2**15, 1)), drawn((1, 2**15))
    for kernel, parameters in (
        (matmul, {"x": column, "y": row}),
        (linear, {"x": column, "weight": column}),
        (einsum, {"values": (column[:, None], row[:, None]), "equation": "abc,cbd->abd"}),
    ):
        with pytest.raises(ValueError, match="is refused"):
            kernel(**parameters)
