"""The precision modes as an envelope around float32."""

import numpy as np
import pytest

from poseconvert.mil import Executor, fp16_envelope, read_package
from poseconvert.mil.executor.precision import PRECISIONS
from poseconvert.mil.executor.registry import facts_of


def in_fp16(type):
    return facts_of(type, "CoreML8").in_fp16


@pytest.fixture
def long_sum(save):
    """A pointwise convolution over so many channels that the order of rounding shows."""
    weight = np.random.default_rng(0).normal(size=(4, 512, 1, 1)).astype(np.float32)
    return save(
        lambda mb, x: mb.conv(x=x, weight=weight, pad_type="valid", name="out"),
        (1, 512, 3, 3),
        precision="fp16",
    )


@pytest.fixture
def fed(rng):
    return {"x": rng.normal(size=(1, 512, 3, 3)).astype(np.float32)}


def test_summing_in_fp16_is_the_widest_mode(long_sum, fed):
    outputs = {
        mode: next(iter(Executor(read_package(long_sum), precision=mode).run(fed).values()))
        for mode in PRECISIONS
    }
    drift = {mode: np.abs(outputs[mode] - outputs["fp32"]).max() for mode in PRECISIONS}
    assert drift["fp16-accumulate"] > 2 * drift["fp16"] > 0
    assert drift["fp16-accumulate"] < 1


def test_promoted_rounds_what_leaves_and_nothing_else(save):
    """1 + 2^-13 survives between ops, and not in a cast: the program casts its output back."""
    path = save(lambda mb, x: mb.sub(x=mb.add(x=x, y=2.0**-13), y=1.0), (1,), precision="fp16")
    one = {"x": np.ones(1, np.float32)}
    results = {
        mode: next(iter(Executor(read_package(path), precision=mode).run(one).values()))[0]
        for mode in PRECISIONS
    }
    assert results["fp16"] == 0
    assert results["fp16-promoted"] == 2.0**-13
    assert results["fp32"] == 2.0**-13


def test_promoted_rounds_inputs_that_are_cast(save):
    path = save(lambda mb, x: mb.identity(x=x), (1,), precision="fp16")
    tiny = {"x": np.array([1 + 2.0**-13], np.float32)}
    for mode, expected in (("fp32", 1 + 2.0**-13), ("fp16-promoted", 1), ("fp16", 1)):
        (got,) = Executor(read_package(path), precision=mode).run(tiny).values()
        assert got[0] == np.float32(expected), mode


def test_the_envelope_holds_every_mode(long_sum, fed):
    package = read_package(long_sum)
    (envelope,) = fp16_envelope(package, fed).values()
    assert list(envelope.by_mode) == ["fp32", "fp16", "fp16-promoted", "fp16-accumulate"]
    answers = np.stack(list(envelope.by_mode.values()))
    np.testing.assert_array_equal(envelope.spread, np.ptp(answers, axis=0))
    assert 0 < envelope.widest < 1


def test_a_network_of_exact_numbers_has_no_envelope(save):
    path = save(lambda mb, x: mb.mul(x=mb.relu(x=x), y=2.0), (4,), precision="fp16")
    package = read_package(path)
    (envelope,) = fp16_envelope(package, {"x": np.arange(4, dtype=np.float32)}).values()
    assert envelope.widest == 0


def fp16_chain(terms):
    """A running sum in numpy's own float16, term by term."""
    total = np.float16(0)
    for left, right in terms:
        total = np.float16(np.float32(total) + np.float32(left) * np.float32(right))
    return total


def halves(rng, *shape):
    return rng.normal(size=shape).astype(np.float16).astype(np.float32)


def test_conv_sums_in_fp16_channel_by_channel_tap_by_tap(rng):
    x, weight = halves(rng, 1, 4, 5, 6), halves(rng, 6, 2, 3, 2)
    got = in_fp16("conv")(
        x=x, weight=weight, strides=[2, 1], dilations=[1, 2], groups=2,
        pad_type="custom", pad=[1, 0, 0, 1],
    )  # fmt: skip
    padded = np.pad(x, [(0, 0), (0, 0), (1, 0), (0, 1)])
    assert got.shape == (1, 6, 2, 5)
    for output, row, column in np.ndindex(got.shape[1:]):
        first = output // 3 * 2
        terms = [
            (weight[output, c, i, j], padded[0, first + c, row * 2 + i, column + 2 * j])
            for c, i, j in np.ndindex(2, 3, 2)
        ]
        assert got[0, output, row, column] == fp16_chain(terms)


def test_matmul_and_linear_sum_in_fp16(rng):
    x, y, bias = halves(rng, 3, 7), halves(rng, 5, 7), halves(rng, 5)
    expected = np.array([[fp16_chain(zip(a, b, strict=True)) for b in y] for a in x], np.float32)
    np.testing.assert_array_equal(in_fp16("matmul")(x=x, y=y, transpose_y=True), expected)
    np.testing.assert_array_equal(in_fp16("linear")(x=x, weight=y, bias=bias), expected + bias)
    vector = in_fp16("matmul")(x=x[0], y=y[0])
    assert vector.shape == ()
    assert vector == expected[0, 0]


@pytest.mark.parametrize("keep_dims", [True, False])
def test_sums_and_means_sum_in_fp16(rng, keep_dims):
    x = halves(rng, 2, 3, 4) * 100
    got = in_fp16("reduce_sum")(x=x, axes=[-1, 0], keep_dims=keep_dims)
    assert got.shape == ((1, 3, 1) if keep_dims else (3,))
    for row in range(3):
        expected = fp16_chain((value, 1) for value in x[:, row].reshape(-1))
        assert got.reshape(-1)[row] == expected
    mean = in_fp16("reduce_mean")(x=x, axes=[-1, 0], keep_dims=keep_dims)
    np.testing.assert_array_equal(mean, got / 8)
    assert in_fp16("reduce_sum")(x=x).shape == ()


def test_other_ops_have_one_kernel_for_both_modes():
    assert in_fp16("relu") is None
