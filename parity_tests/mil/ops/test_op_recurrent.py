import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.recurrent.gru import gru_ios15, gru_ios18
from poseconvert.mil.ops.recurrent.rnn import rnn

CLOSE = {"rtol": 1e-4, "atol": 1e-5}
sizes = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 4))  # of x
hiddens = st.integers(1, 4)
directions = st.sampled_from(["forward", "reverse"])

ACTIVATIONS = {
    "tanh": np.tanh,
    "scaled_tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "hard_sigmoid": lambda x: np.clip(x / 5 + 0.5, 0, 1),
    "relu": lambda x: np.maximum(x, 0),
    "linear": lambda x: x,
}
activations = st.sampled_from(sorted(ACTIVATIONS))


def drawn(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def blocks(weight, order):
    """Reorder the gates of a torch weight, given as their places in torch's own order."""
    if weight is None:
        return None
    parts = np.split(weight.detach().numpy(), len(order))
    return np.concatenate([parts[place] for place in order])


def biases(layer, order, suffix=""):
    if not layer.bias:
        return None, None
    return (
        blocks(getattr(layer, f"bias_ih_l0{suffix}"), order),
        blocks(getattr(layer, f"bias_hh_l0{suffix}"), order),
    )


def assert_sequence(got, wanted, output_sequence):
    """Core ML gives all steps, or the last one with its axis kept."""
    wanted = wanted.detach().numpy()
    np.testing.assert_allclose(got, wanted if output_sequence else wanted[-1:], **CLOSE)


@given(sizes, hiddens, directions, st.booleans(), st.booleans(), st.sampled_from(["tanh", "relu"]))
def test_rnn_is_torchs(size, hidden, direction, output_sequence, with_bias, activation):
    torch.manual_seed(0)
    layer = torch.nn.RNN(size[2], hidden, nonlinearity=activation, bias=with_bias)
    x, h = drawn(*size), drawn(size[1], hidden)
    read = x if direction == "forward" else x[::-1].copy()
    wanted, last = layer(torch.from_numpy(read), torch.from_numpy(h)[None])
    b_ih, b_hh = biases(layer, [0])
    got, got_last = rnn(
        x=x,
        initial_h=h,
        weight_ih=blocks(layer.weight_ih_l0, [0]),
        weight_hh=blocks(layer.weight_hh_l0, [0]),
        bias=b_ih + b_hh if with_bias else None,
        direction=direction,
        output_sequence=output_sequence,
        activation=activation,
    )
    assert_sequence(got, wanted, output_sequence)
    np.testing.assert_allclose(got_last, last[0].detach().numpy(), **CLOSE)


@given(sizes, hiddens, directions, st.booleans(), st.booleans())
def test_gru_that_resets_after_is_torchs(size, hidden, direction, output_sequence, with_bias):
    torch.manual_seed(0)
    layer = torch.nn.GRU(size[2], hidden, bias=with_bias)  # gates r, z, n
    x, h = drawn(*size), drawn(size[1], hidden)
    read = x if direction == "forward" else x[::-1].copy()
    wanted, last = layer(torch.from_numpy(read), torch.from_numpy(h)[None])
    order = [0, 2, 1]  # Core ML: r, o, z
    b_ih, b_hh = biases(layer, order)
    got, got_last = gru_ios18(
        x=x,
        initial_h=h,
        weight_ih=blocks(layer.weight_ih_l0, order),
        weight_hh=blocks(layer.weight_hh_l0, order),
        bias=b_hh,
        input_bias=b_ih,
        direction=direction,
        output_sequence=output_sequence,
        reset_after=True,
    )
    assert_sequence(got, wanted, output_sequence)
    np.testing.assert_allclose(got_last, last[0].detach().numpy(), **CLOSE)


@given(sizes, hiddens, directions, activations, activations, st.booleans())
def test_gru_resets_the_state_before_the_product(
    size, hidden, direction, activation, recurrent_activation, with_bias
):
    """Oracle: one picture, one step, one gate at a time, in float64."""
    x, h = drawn(*size), drawn(size[1], hidden)
    w, u = drawn(3 * hidden, size[2]) / 3, drawn(3 * hidden, hidden) / 3
    bias = drawn(3 * hidden) if with_bias else None
    outer, inner = ACTIVATIONS[activation], ACTIVATIONS[recurrent_activation]
    wanted = np.zeros((size[0], size[1], hidden))
    for b in range(size[1]):
        state = h[b].astype(np.float64)
        order = range(size[0]) if direction == "forward" else range(size[0])[::-1]
        for place, t in enumerate(order):
            part = w.astype(np.float64) @ x[t, b] + (0 if bias is None else bias)
            r = inner(part[:hidden] + u[:hidden] @ state)
            z = inner(part[2 * hidden :] + u[2 * hidden :] @ state)
            o = outer(part[hidden : 2 * hidden] + u[hidden : 2 * hidden] @ (r * state))
            state = wanted[place, b] = o - z * o + z * state
    parameters = {
        "x": x,
        "initial_h": h,
        "weight_ih": w,
        "weight_hh": u,
        "bias": bias,
        "direction": direction,
        "output_sequence": True,
        "recurrent_activation": recurrent_activation,
        "activation": activation,
    }
    for got, last in (gru_ios15(**parameters), gru_ios18(**parameters)):
        np.testing.assert_allclose(got, wanted, **CLOSE)
        np.testing.assert_allclose(last, wanted[-1], **CLOSE)
