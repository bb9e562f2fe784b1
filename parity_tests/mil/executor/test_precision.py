import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from poseconvert.errors import RunError
from poseconvert.mil import Executor, read_package
from poseconvert.mil.executor.precision import carried, carrier, rounded

every_float = arrays(np.float32, 8, elements=st.floats(width=32))


@pytest.mark.parametrize("dtype", ["conv_transpose", "float32", ""])
def test_a_dtype_that_is_none_is_refused_with_those_that_are(dtype):
    with pytest.raises(ValueError, match=f'unknown dtype "{dtype}", expected one of fp16, '):
        carrier(dtype)


@given(every_float)
@np.errstate(all="ignore")
def test_rounding_is_numpys_to_half_and_back(x):
    """To nearest, ties to even, overflow to inf, NaN and subnormals kept."""
    np.testing.assert_array_equal(rounded(x, "fp16"), x.astype(np.float16).astype(np.float32))


def test_without_sums_the_accumulating_mode_is_fp16(save):
    def build(mb, x):
        return mb.mul(x=mb.add(x=x, y=0.1), y=1 / 3, name="out")

    package = read_package(save(build, (1, 64), precision="fp16"))
    x = {"x": np.linspace(0, 1, 64, dtype=np.float32)[None]}
    modes = ("fp32", "fp16", "fp16-accumulate")
    whole, half, accumulated = (Executor(package, precision=m).run(x)["out"] for m in modes)
    np.testing.assert_array_equal(accumulated, half)
    assert not np.array_equal(half, whole)


@pytest.mark.parametrize(
    ("x", "wanted"),
    [
        (2049.0, 2048.0),  # tie to even, down
        (2051.0, 2052.0),  # tie to even, up
        (65519.0, 65504.0),
        (65520.0, np.inf),  # overflows by half a step
        (-1e9, -np.inf),
        (6e-8, 2.0**-24),  # the smallest subnormal
        (2.0**-25, 0.0),  # half of it: tie to even
        (1e-5, np.float32(np.float16(1e-5))),
        (-0.0, -0.0),
    ],
)
def test_known_roundings(x, wanted):
    (got,) = rounded(np.array([x], np.float32), "fp16")
    assert got == np.float32(wanted)
    assert np.signbit(got) == np.signbit(np.float32(wanted))


def test_fp32_mode_and_other_dtypes_do_not_round():
    x = np.array([0.1, 1e9], np.float32)
    np.testing.assert_array_equal(carried(x, "fp16"), x)
    np.testing.assert_array_equal(rounded(x, "fp32"), x)
    assert rounded(np.array([1, 2], np.int64), "int32").dtype == np.int32
    assert carrier("fp16") == carrier("fp32") == np.float32


def test_shapes_and_views_survive_rounding():
    x = np.arange(6, dtype=np.float32).reshape(2, 3) + 0.0001
    for view in (x[::-1, ::-1], x.T, x[0, 0], np.array(1.0001, np.float32)):
        got = rounded(view, "fp16")
        assert got.shape == np.shape(view)
        np.testing.assert_array_equal(got, np.asarray(view).astype(np.float16))


def chain(mb, x):
    """Three ops whose roundings can be followed by hand."""
    x = mb.mul(x=x, y=np.float32(1.001), name="scaled")
    x = mb.add(x=x, y=np.float32(0.3), name="shifted")
    return mb.sqrt(x=mb.abs(x=x), name="out")


@pytest.fixture
def half_chain(save):
    return read_package(save(chain, (64,), precision="fp16"))


def test_fp16_mode_rounds_once_after_every_op(half_chain, rng):
    x = rng.normal(size=64).astype(np.float32) * 50
    half, single = np.float16, np.float32
    start = x.astype(half).astype(single)
    scaled = (start * single(half(1.001))).astype(half)
    shifted = (scaled.astype(single) + single(half(0.3))).astype(half)
    wanted = np.sqrt(np.abs(shifted).astype(single)).astype(half)
    got = next(iter(Executor(half_chain, precision="fp16").run({"x": x}).values()))
    assert got.dtype == np.float32  # iOS 15 casts outputs back
    np.testing.assert_array_equal(got, wanted.astype(single))


def test_fp32_mode_keeps_the_bits_that_fp16_drops(half_chain, rng):
    x = rng.normal(size=64).astype(np.float32) * 50
    single = np.float32
    wanted = np.sqrt(np.abs(x * single(np.float16(1.001)) + single(np.float16(0.3))))
    got = next(iter(Executor(half_chain, precision="fp32").run({"x": x}).values()))
    np.testing.assert_allclose(got, wanted, rtol=1e-6)
    assert (got != got.astype(np.float16)).mean() > 0.9


def test_a_sum_rounds_once_and_not_at_every_step(save):
    """2048 + 1 + 1 + ... in running fp16 sums would stay 2048."""
    path = save(lambda mb, x: mb.reduce_sum(x=x, axes=[0]), (1025,), precision="fp16")
    x = np.ones(1025, np.float32)
    x[0] = 2048
    (got,) = Executor(read_package(path), precision="fp16").run({"x": x}).values()
    assert got == 3072


def test_overflow_becomes_inf_and_subnormals_stay(save):
    path = save(lambda mb, x: mb.mul(x=x, y=np.float32(0.5)), (3,), precision="fp16")
    executor = Executor(read_package(path), precision="fp16")
    (got,) = executor.run({"x": np.array([1e6, 2.0**-22, np.nan], np.float32)}).values()
    np.testing.assert_array_equal(got, np.array([np.inf, 2.0**-23, np.nan], np.float32))


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_ios16_half_inputs_and_outputs_stay_half(save, precision):
    path = save(lambda mb, x: mb.mul(x=x, y=np.float16(3)), (3,), target="iOS16", dtype="fp16")
    executor = Executor(read_package(path), precision=precision)
    x = np.array([0.1, 30000, 6e-8], np.float16)
    (got,) = executor.run({"x": x}).values()
    assert got.dtype == np.float16
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(got, x * np.float16(3))
    with pytest.raises(RunError, match=r"is float32\[3\], expected float16\[3\]"):
        executor.run({"x": x.astype(np.float32)})
