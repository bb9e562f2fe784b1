from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.conv.conv import conv

CLOSE = {"rtol": 1e-4, "atol": 1e-5}  # float32 sums of at most 81 products, against float64


def conv_by_loops(x, weight, bias, strides, pads, dilations, groups):
    """Every output element by its definition, in float64."""
    x = np.pad(x.astype(np.float64), [(0, 0), (0, 0), *pads])
    kernel = weight.shape[2:]
    outs = [
        (size - (k - 1) * d - 1) // s + 1
        for size, k, s, d in zip(x.shape[2:], kernel, strides, dilations, strict=True)
    ]
    y = np.zeros((x.shape[0], weight.shape[0], *outs))
    per_in, per_out = weight.shape[1], weight.shape[0] // groups
    for o, place in product(range(weight.shape[0]), product(*map(range, outs))):
        first = (o // per_out) * per_in
        for tap in product(*map(range, kernel)):
            at = tuple(
                p * s + t * d for p, s, t, d in zip(place, strides, tap, dilations, strict=True)
            )
            part = x[(slice(None), slice(first, first + per_in), *at)]
            y[(slice(None), o, *place)] += part @ weight[(o, slice(None), *tap)]
    return y if bias is None else y + bias.reshape(-1, *[1] * len(kernel))


@st.composite
def layers(draw, ranks=(1, 2, 3)):
    rank = draw(st.sampled_from(ranks))

    def numbers(low, high):
        return [draw(st.integers(low, high)) for _ in range(rank)]

    groups = draw(st.integers(1, 3))
    return {
        "rank": rank,
        "groups": groups,
        "channels": groups * draw(st.integers(1, 2)),
        "filters": draw(st.integers(1, 2)),
        "sizes": numbers(5, 8),
        "kernel": numbers(1, 3),
        "strides": numbers(1, 3),
        "dilations": numbers(1, 2),
        "pad": [draw(st.integers(0, 2)) for _ in range(2 * rank)],
        "bias": draw(st.booleans()),
        "seed": draw(st.integers(0, 99)),
    }


def tensors(layer):
    rng = np.random.default_rng(layer["seed"])

    def draw(*shape):
        return rng.normal(size=shape).astype(np.float32)

    outs = layer["groups"] * layer["filters"]
    x = draw(2, layer["channels"], *layer["sizes"])
    weight = draw(outs, layer["channels"] // layer["groups"], *layer["kernel"])
    return x, weight, draw(outs) if layer["bias"] else None


@given(layers())
def test_custom_padding_convolves_as_defined(layer):
    x, weight, bias = tensors(layer)
    pads = list(zip(layer["pad"][::2], layer["pad"][1::2], strict=True))
    wanted = conv_by_loops(
        x, weight, bias, layer["strides"], pads, layer["dilations"], layer["groups"]
    )
    got = conv(
        x=x,
        weight=weight,
        bias=bias,
        strides=np.array(layer["strides"], np.int32),
        pad_type="custom",
        pad=np.array(layer["pad"], np.int32),
        dilations=np.array(layer["dilations"], np.int32),
        groups=layer["groups"],
    )
    np.testing.assert_allclose(got, wanted, **CLOSE)


@given(layers())
def test_valid_ignores_pad(layer):
    x, weight, bias = tensors(layer)
    wanted = conv_by_loops(
        x,
        weight,
        bias,
        layer["strides"],
        [(0, 0)] * layer["rank"],
        layer["dilations"],
        layer["groups"],
    )
    got = conv(
        x=x,
        weight=weight,
        bias=bias,
        strides=np.array(layer["strides"]),
        pad=np.array(layer["pad"]),
        dilations=np.array(layer["dilations"]),
        groups=layer["groups"],
    )
    np.testing.assert_allclose(got, wanted, **CLOSE)


# TensorFlow's published SAME table: (size, kernel, stride, dilation) -> zeros before, after.
SAME = {
    (224, 3, 2, 1): (0, 1),
    (225, 3, 2, 1): (1, 1),
    (5, 3, 1, 1): (1, 1),
    (5, 2, 1, 1): (0, 1),
    (6, 2, 2, 1): (0, 0),
    (7, 2, 2, 1): (0, 1),
    (6, 5, 2, 1): (1, 2),
    (7, 5, 3, 1): (2, 2),
    (6, 3, 2, 2): (1, 2),
    (7, 1, 3, 1): (0, 0),
    (8, 1, 3, 1): (0, 0),
}


@pytest.mark.parametrize("case", SAME)
@pytest.mark.parametrize("pad_type", ["same", "same_lower"])
def test_same_puts_the_odd_zero_after_and_same_lower_before(case, pad_type):
    size, k, stride, dilation = case
    before, after = SAME[case] if pad_type == "same" else SAME[case][::-1]
    x = np.arange(1, size + 1, dtype=np.float32).reshape(1, 1, size)
    weight = np.arange(1, k + 1, dtype=np.float32).reshape(1, 1, k)
    wanted = conv_by_loops(x, weight, None, [stride], [(before, after)], [dilation], 1)
    got = conv(
        x=x,
        weight=weight,
        strides=np.array([stride]),
        dilations=np.array([dilation]),
        pad_type=pad_type,
    )
    assert got.shape[-1] == -(-size // stride)
    np.testing.assert_allclose(got, wanted)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("transposed", [False, True])
def test_weights_may_be_computed_at_run_time(run, rng, rank, transposed):
    x = rng.normal(size=(1, 4, *[5] * rank)).astype(np.float32)
    weight = rng.normal(size=(4, 2, *[2] * rank)).astype(np.float32)

    def build(mb, x, y):
        op = mb.conv_transpose if transposed else mb.conv
        return op(x=x, weight=mb.relu(x=y), groups=2)

    got = run(build, x, weight, target="iOS17")
    name = f"conv_transpose{rank}d" if transposed else f"conv{rank}d"
    wanted = getattr(F, name)(torch.from_numpy(x), torch.from_numpy(weight).relu(), groups=2)
    np.testing.assert_allclose(got, wanted.numpy(), **CLOSE)


@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2))
def test_depthwise_and_pointwise_are_sums_over_one_axis(channels, kernel, stride, dilation):
    rng = np.random.default_rng(channels)
    x = rng.normal(size=(2, channels, 7, 6)).astype(np.float32)
    depthwise = rng.normal(size=(channels, 1, kernel, kernel)).astype(np.float32)
    pointwise = rng.normal(size=(3, channels, 1, 1)).astype(np.float32)
    got = conv(
        x=x,
        weight=depthwise,
        strides=np.array([stride] * 2),
        dilations=np.array([dilation] * 2),
        groups=channels,
    )
    for c in range(channels):
        alone = conv_by_loops(
            x[:, c : c + 1],
            depthwise[c : c + 1],
            None,
            [stride] * 2,
            [(0, 0)] * 2,
            [dilation] * 2,
            1,
        )
        np.testing.assert_allclose(got[:, c : c + 1], alone, **CLOSE)
    mixed = conv(x=x, weight=pointwise)
    np.testing.assert_allclose(mixed, np.einsum("nchw,oc->nohw", x, pointwise[:, :, 0, 0]), **CLOSE)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"strides": np.array([0])}, "below 1"),
        ({"groups": 0}, "0 groups"),
        ({"strides": np.array([1, 1])}, "same spatial rank"),
        ({"pad_type": "SAME"}, 'unknown pad_type "SAME"'),
        ({"pad_type": "custom", "pad": np.array([1])}, "does not fit 1 spatial dimensions"),
        ({"pad_type": "custom", "pad": np.array([-1, 0])}, "does not fit 1 spatial dimensions"),
        ({"pad_type": "custom", "pad": np.array([2**30, 0])}, "is refused"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(change, text):
    x = np.ones((1, 1, 4), np.float32)
    with pytest.raises(ValueError, match=text):
        conv(**{"x": x, "weight": np.ones((1, 1, 1), np.float32), **change})


def test_a_result_too_large_is_refused_before_it_is_made():
    x, weight = np.ones((1, 1, 2**15), np.float32), np.ones((2**15, 1, 1), np.float32)
    with pytest.raises(ValueError, match="is refused"):
        conv(x=x, weight=weight)
