from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.conv.conv_transpose import conv_transpose

CLOSE = {"rtol": 1e-4, "atol": 1e-5}  # float32 sums of at most 81 products, against float64


@st.composite
def layers(draw):
    rank = draw(st.integers(1, 3))

    def numbers(low, high, count=rank):
        return [draw(st.integers(low, high)) for _ in range(count)]

    groups = draw(st.integers(1, 3))
    return {
        "rank": rank,
        "groups": groups,
        "channels": groups * draw(st.integers(1, 2)),
        "filters": draw(st.integers(1, 2)),
        "sizes": numbers(2, 5),
        "kernel": numbers(1, 3),
        "strides": numbers(1, 3),
        "dilations": numbers(1, 2),
        "pad": numbers(0, 2, 2 * rank),
        "seed": draw(st.integers(0, 99)),
    }


@given(layers())
def test_conv_transpose_is_the_gradient_of_the_convolution(layer):
    """Oracle: autograd through the forward convolution, cropped or padded as declared."""
    rng = np.random.default_rng(layer["seed"])
    groups, rank = layer["groups"], layer["rank"]
    full = [
        (size - 1) * s + (k - 1) * d + 1
        for size, s, k, d in zip(
            layer["sizes"], layer["strides"], layer["kernel"], layer["dilations"], strict=True
        )
    ]
    weight = rng.normal(size=(layer["channels"], layer["filters"], *layer["kernel"])).astype(
        np.float32
    )
    x = rng.normal(size=(1, layer["channels"], *layer["sizes"])).astype(np.float32)
    canvas = torch.zeros(1, layer["filters"] * groups, *full, requires_grad=True)
    forward = [F.conv1d, F.conv2d, F.conv3d][rank - 1]
    forward(
        canvas, torch.from_numpy(weight), None, layer["strides"], 0, layer["dilations"], groups
    ).backward(torch.from_numpy(x))
    pad = [
        min(p, (f - 1) // 2)
        for p, f in zip(layer["pad"], [f for f in full for _ in "ab"], strict=True)
    ]
    crop = tuple(slice(b, f - a) for b, a, f in zip(pad[::2], pad[1::2], full, strict=True))
    bias = rng.normal(size=layer["filters"] * groups).astype(np.float32)
    wanted = canvas.grad.numpy()[(slice(None), slice(None), *crop)]
    got = conv_transpose(
        x=x,
        weight=weight,
        bias=bias,
        pad_type="custom",
        pad=np.array(pad),
        strides=np.array(layer["strides"]),
        dilations=np.array(layer["dilations"]),
        groups=groups,
    )
    np.testing.assert_allclose(got, wanted + bias.reshape(-1, *[1] * rank), **CLOSE)


@pytest.mark.parametrize(
    ("size", "k", "stride"), [(4, 3, 2), (5, 3, 2), (4, 4, 2), (3, 2, 3), (4, 5, 1)]
)
def test_conv_transpose_same_is_the_gradient_of_a_same_convolution(size, k, stride):
    rng = np.random.default_rng(0)
    weight, x = rng.normal(size=(2, 3, k, k)), rng.normal(size=(1, 2, size, size))
    canvas = torch.zeros(
        1, 3, size * stride, size * stride, dtype=torch.float64, requires_grad=True
    )
    total = max(0, k - stride)  # size * stride is a multiple of the stride
    padded = F.pad(canvas, (total // 2, total - total // 2) * 2)
    F.conv2d(padded, torch.from_numpy(weight), None, stride).backward(torch.from_numpy(x))
    got = conv_transpose(
        x=x.astype(np.float32),
        weight=weight.astype(np.float32),
        pad_type="same",
        strides=np.array([stride, stride]),
    )
    np.testing.assert_allclose(got, canvas.grad.numpy(), **CLOSE)


@given(st.integers(1, 2), st.integers(2, 3), st.integers(0, 1), st.integers(0, 1))
def test_conv_transpose_output_shape_is_torchs_output_padding(groups, stride, pad, extra):
    rng = np.random.default_rng(0)
    layer = torch.nn.ConvTranspose2d(
        2 * groups, 2 * groups, 3, stride, pad, output_padding=extra, groups=groups
    )
    x = rng.normal(size=(2, 2 * groups, 4, 5)).astype(np.float32)
    wanted = layer(torch.from_numpy(x)).detach().numpy()
    got = conv_transpose(
        x=x,
        weight=layer.weight.detach().numpy(),
        bias=layer.bias.detach().numpy(),
        pad_type="custom",
        pad=np.array([pad] * 4),
        output_shape=np.array(wanted.shape),
        strides=np.array([stride] * 2),
        groups=groups,
    )
    np.testing.assert_allclose(got, wanted, **CLOSE)


@given(layers(), st.data())
def test_conv_transpose_output_shape_is_a_window_of_the_whole(layer, data):
    """The window starts after ``pad`` and may end anywhere; beyond the whole there is the bias."""
    rng = np.random.default_rng(layer["seed"])
    groups, rank = layer["groups"], layer["rank"]
    weight = rng.normal(size=(layer["channels"], layer["filters"], *layer["kernel"]))
    x = rng.normal(size=(1, layer["channels"], *layer["sizes"]))
    bias = rng.normal(size=layer["filters"] * groups).astype(np.float32)
    whole = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][rank - 1](
        torch.from_numpy(x),
        torch.from_numpy(weight),
        stride=layer["strides"],
        groups=groups,
        dilation=layer["dilations"],
    ).numpy()
    befores = layer["pad"][::2]
    outs = [data.draw(st.integers(1, size + 3)) for size in whole.shape[2:]]
    wanted = np.zeros((1, len(bias), *outs)) + bias.reshape(-1, *[1] * rank)
    for place in product(*map(range, outs)):
        source = tuple(p + before for p, before in zip(place, befores, strict=True))
        if all(at < size for at, size in zip(source, whole.shape[2:], strict=True)):
            wanted[(..., *place)] += whole[(..., *source)]
    got = conv_transpose(
        x=x.astype(np.float32),
        weight=weight.astype(np.float32),
        bias=bias,
        pad_type="custom",
        pad=np.array(layer["pad"]),
        output_shape=np.array(wanted.shape),
        strides=np.array(layer["strides"]),
        dilations=np.array(layer["dilations"]),
        groups=groups,
    )
    np.testing.assert_allclose(got, wanted, **CLOSE)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"pad_type": "same_lower"}, 'unknown pad_type "same_lower"'),
        ({"pad_type": "custom", "pad": np.array([1])}, "does not fit 1 spatial dimensions"),
        ({"pad_type": "custom", "pad": np.array([3, 3])}, "is refused"),
        ({"output_shape": np.array([1, 1, 4, 4])}, "does not have 1 spatial dimensions"),
        ({"output_shape": np.array([1, 1, 2**30])}, "is refused"),
        ({"strides": np.array([2**30])}, "is refused"),
        ({"groups": 0}, "0 groups"),
    ],
)
def test_transposed_parameters_that_do_not_fit_are_refused(change, text):
    x = np.ones((1, 1, 4), np.float32)
    with pytest.raises(ValueError, match=text):
        conv_transpose(**{"x": x, "weight": np.ones((1, 1, 1), np.float32), **change})
