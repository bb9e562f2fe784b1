"""Pooling against loops over windows in float64, and torch for ceil_mode."""

import math
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

from poseconvert.mil.ops.pool.avg_pool import avg_pool
from poseconvert.mil.ops.pool.l2_pool import l2_pool
from poseconvert.mil.ops.pool.max_pool import max_pool


def windows(x, kernel, strides, pads):
    """Yield each output place, the elements of x inside its window, and the window's size."""
    sizes = x.shape[2:]
    outs = [
        (n + b + a - k) // s + 1
        for n, k, s, (b, a) in zip(sizes, kernel, strides, pads, strict=True)
    ]
    for place in product(*map(range, outs)):
        starts = [p * s - b for p, s, (b, _) in zip(place, strides, pads, strict=True)]
        inside = tuple(
            slice(max(0, start), min(n, start + k))
            for start, k, n in zip(starts, kernel, sizes, strict=True)
        )
        yield place, x[(slice(None), slice(None), *inside)], int(np.prod(kernel))


def pooled_by_loops(x, kernel, strides, pads, reduce):
    found = {
        place: reduce(part.reshape(*x.shape[:2], -1).astype(np.float64), count)
        for place, part, count in windows(x, kernel, strides, pads)
    }
    outs = [last + 1 for last in max(found)]
    y = np.zeros((*x.shape[:2], *outs))
    for place, value in found.items():
        y[(slice(None), slice(None), *place)] = value
    return y


REDUCTIONS = {
    "max": lambda part, _: part.max(-1),
    "mean": lambda part, count: part.sum(-1) / count,
    "mean without padding": lambda part, _: part.mean(-1),
    "length": lambda part, _: np.linalg.norm(part, axis=-1),
}


def pool(kind, **parameters):
    if kind == "max":
        return max_pool(**parameters)
    if kind == "length":
        return l2_pool(**parameters)
    return avg_pool(exclude_padding_from_average=kind != "mean", **parameters)


@st.composite
def cases(draw, ranks=(1, 2, 3)):
    rank = draw(st.sampled_from(ranks))

    def numbers(low, high):
        return [draw(st.integers(low, high)) for _ in range(rank)]

    kernel = numbers(1, 4)
    pads = [(draw(st.integers(0, k - 1)), draw(st.integers(0, k - 1))) for k in kernel]
    x = np.random.default_rng(draw(st.integers(0, 99))).normal(size=(2, 2, *numbers(4, 9)))
    return x.astype(np.float32) - 3, kernel, numbers(1, 3), pads


@pytest.mark.parametrize("kind", REDUCTIONS)
@given(case=cases())
def test_custom_padding_pools_as_defined(kind, case):
    x, kernel, strides, pads = case
    assume(kind != "length" or x.ndim < 5)
    before = x.copy()
    got = pool(
        kind,
        x=x,
        kernel_sizes=np.array(kernel),
        strides=np.array(strides),
        pad_type="custom",
        pad=np.array(pads).reshape(-1),
    )
    assert got.dtype == np.float32
    np.testing.assert_array_equal(x, before)
    wanted = pooled_by_loops(x, kernel, strides, pads, REDUCTIONS[kind])
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", REDUCTIONS)
@pytest.mark.parametrize("pad_type", ["same", "same_lower"])
@pytest.mark.parametrize(
    ("size", "before", "after"), [(6, 0, 1), (7, 1, 1), (224, 0, 1), (225, 1, 1)]
)
def test_same_padding_at_stride_two(kind, pad_type, size, before, after):
    x = np.random.default_rng(0).normal(size=(1, 1, size)).astype(np.float32)
    got = pool(kind, x=x, kernel_sizes=np.array([3]), strides=np.array([2]), pad_type=pad_type)
    pads = [(before, after) if pad_type == "same" else (after, before)]
    wanted = pooled_by_loops(x, [3], [2], pads, REDUCTIONS[kind])
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["max", "mean without padding"])
@given(case=cases(ranks=(1, 2)))
def test_ceil_mode_is_pytorchs(kind, case):
    x, kernel, strides, pads = case
    pad = [min(before, k // 2) for (before, _), k in zip(pads, kernel, strict=True)]
    image = torch.from_numpy(x)
    options = {"kernel_size": kernel, "stride": strides, "padding": pad, "ceil_mode": True}
    if kind == "max":
        wanted = [F.max_pool1d, F.max_pool2d][x.ndim - 3](image, **options)
    else:
        average = [F.avg_pool1d, F.avg_pool2d][x.ndim - 3]
        wanted = average(image, **options, count_include_pad=False)
    assume(torch.isfinite(wanted).all())
    ends = zip(x.shape[2:], kernel, strides, pad, strict=True)
    assume(all(p or -(-(n - k) // s) * s < n for n, k, s, p in ends))  # refused, see below
    got = pool(
        kind,
        x=x,
        kernel_sizes=np.array(kernel),
        strides=np.array(strides),
        pad_type="custom",
        pad=np.repeat(pad, 2),
        ceil_mode=True,
    )
    assert got.shape == tuple(wanted.shape)
    np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", REDUCTIONS)
@pytest.mark.parametrize("pad_type", ["same", "same_lower", "valid"])
@given(case=cases(ranks=(1, 2)))
def test_named_padding_is_the_custom_one_it_stands_for(kind, pad_type, case):
    x, kernel, strides, _ = case
    totals = [
        max(0, (math.ceil(n / s) - 1) * s + k - n)
        for n, k, s in zip(x.shape[2:], kernel, strides, strict=True)
    ]
    named = {
        "same": [[t // 2, t - t // 2] for t in totals],
        "same_lower": [[t - t // 2, t // 2] for t in totals],
        "valid": [[0, 0] for _ in totals],
    }
    options = {"x": x, "kernel_sizes": np.array(kernel), "strides": np.array(strides)}
    got = pool(kind, **options, pad_type=pad_type)
    wanted = pooled_by_loops(x, kernel, strides, named[pad_type], REDUCTIONS[kind])
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    if pad_type != "valid":
        outs = [math.ceil(n / s) for n, s in zip(x.shape[2:], strides, strict=True)]
        assert got.shape[2:] == tuple(outs)


@pytest.mark.parametrize("kind", REDUCTIONS)
@pytest.mark.parametrize("sizes", [(7,), (7, 5)])
def test_a_window_as_large_as_the_image_pools_it_all(kind, sizes):
    x = np.random.default_rng(0).normal(size=(1, 3, *sizes)).astype(np.float32)
    got = pool(kind, x=x, kernel_sizes=np.array(sizes), pad_type="valid")
    wanted = REDUCTIONS[kind](x.reshape(1, 3, -1).astype(np.float64), math.prod(sizes))
    np.testing.assert_allclose(got.reshape(1, 3), wanted, rtol=1e-5)


@pytest.mark.parametrize("kind", REDUCTIONS)
def test_nan_in_a_window_is_nan(kind):
    x = np.array([[[1, np.nan, 3, 4, 5]]], np.float32)
    got = pool(kind, x=x, kernel_sizes=np.array([3]), pad_type="same")
    assert np.isnan(got[0, 0]).tolist() == [True, True, True, False, False]


def test_l2_pool_of_a_volume_is_refused():
    with pytest.raises(ValueError, match="more than 2 spatial dimensions"):
        l2_pool(
            x=np.ones((1, 1, 2, 2, 2), np.float32),
            kernel_sizes=np.array([1, 1, 1]),
            pad_type="valid",
        )


def test_an_overhanging_window_is_divided_by_the_whole_kernel_as_core_ml_printed():
    got = avg_pool(
        x=np.arange(49, dtype=np.float32).reshape(1, 1, 7, 7),
        kernel_sizes=np.array([2, 2]),
        strides=np.array([3, 3]),
        pad_type="custom",
        pad=np.zeros(4, int),
        ceil_mode=True,
    )
    printed = [[4, 7, 4.75], [25, 28, 15.25], [21.25, 22.75, 12]]  # apple/coremltools#2844
    np.testing.assert_array_equal(got[0, 0], printed)


@given(case=cases(ranks=(1, 2)))
def test_ceil_mode_counts_what_it_adds_as_padding(case):
    x, kernel, strides, pads = case
    pads = [(min(before, k // 2),) * 2 for (before, _), k in zip(pads, kernel, strict=True)]
    sizes = [
        (n, n + 2 * p - k, s, k, p)
        for n, k, s, (p, _) in zip(x.shape[2:], kernel, strides, pads, strict=True)
    ]
    assume(all(-(-span // s) * s < n + p for n, span, s, _, p in sizes))  # else dropped, or refused
    got = avg_pool(
        x=x,
        kernel_sizes=np.array(kernel),
        strides=np.array(strides),
        pad_type="custom",
        pad=np.array(pads).reshape(-1),
        ceil_mode=True,
    )
    reached = [(p, p + -span % s) for _, span, s, _, p in sizes]
    wanted = pooled_by_loops(x, kernel, strides, reached, REDUCTIONS["mean"])
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


def test_padding_never_wins_a_maximum():
    x = np.full((1, 1, 3), -7, np.float32)
    got = max_pool(x=x, kernel_sizes=np.array([3]), pad_type="same", strides=np.array([1]))
    assert (got == -7).all()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"kernel_sizes": np.array([9])}, "lies outside x"),
        ({"kernel_sizes": np.array([2, 2])}, "do not have the same spatial rank"),
        ({"pad_type": "same", "ceil_mode": True}, "ceil_mode needs symmetric padding"),
        ({"pad_type": "custom", "pad": np.array([0, 1]), "ceil_mode": True}, "symmetric"),
        ({"strides": np.array([0])}, "below 1"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(change, text):
    fitting = {
        "x": np.ones((1, 1, 4), np.float32),
        "kernel_sizes": np.array([2]),
        "pad_type": "valid",
    }
    with pytest.raises(ValueError, match=text):
        max_pool(**{**fitting, **change})


def test_a_ceil_mode_window_beyond_the_input_is_refused_not_guessed():
    """PyTorch drops it, coremltools counts it where there is no padding: nobody knows."""
    with pytest.raises(ValueError, match="lies outside x"):
        max_pool(
            x=np.ones((1, 1, 3), np.float32),
            kernel_sizes=np.array([1]),
            strides=np.array([3]),
            pad_type="valid",
            ceil_mode=True,
        )
