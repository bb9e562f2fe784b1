import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.recurrent.gru import gru_ios15, gru_ios18
from poseconvert.mil.ops.recurrent.lstm import lstm
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
    # Without a bound a state grows, and what two large ones leave is known less well.
    close = CLOSE | {"atol": CLOSE["atol"] * max(1.0, 10 * np.abs(wanted).max())}
    for got, last in (gru_ios15(**parameters), gru_ios18(**parameters)):
        np.testing.assert_allclose(got, wanted, **close)
        np.testing.assert_allclose(last, wanted[-1], **close)


IFOZ = [0, 1, 3, 2]  # torch: i, f, z, o


@given(sizes, hiddens, directions, st.booleans(), st.booleans())
def test_lstm_is_torchs(size, hidden, direction, output_sequence, with_bias):
    torch.manual_seed(0)
    layer = torch.nn.LSTM(size[2], hidden, bias=with_bias)
    x, h, c = drawn(*size), drawn(size[1], hidden), -drawn(size[1], hidden)
    read = x if direction == "forward" else x[::-1].copy()
    wanted, (last_h, last_c) = layer(
        torch.from_numpy(read), (torch.from_numpy(h)[None], torch.from_numpy(c)[None])
    )
    b_ih, b_hh = biases(layer, IFOZ)
    got, got_h, got_c = lstm(
        x=x,
        initial_h=h,
        initial_c=c,
        weight_ih=blocks(layer.weight_ih_l0, IFOZ),
        weight_hh=blocks(layer.weight_hh_l0, IFOZ),
        bias=b_ih + b_hh if with_bias else None,
        direction=direction,
        output_sequence=output_sequence,
    )
    assert_sequence(got, wanted, output_sequence)
    np.testing.assert_allclose(got_h, last_h[0].detach().numpy(), **CLOSE)
    np.testing.assert_allclose(got_c, last_c[0].detach().numpy(), **CLOSE)


@given(sizes, hiddens, st.booleans(), st.booleans())
def test_bidirectional_lstm_is_torchs_both_halves_in_the_order_of_x(
    size, hidden, output_sequence, with_bias
):
    torch.manual_seed(0)
    layer = torch.nn.LSTM(size[2], hidden, bias=with_bias, bidirectional=True)
    x, h, c = drawn(*size), drawn(2, size[1], hidden), -drawn(2, 1, hidden)
    c = np.repeat(c, size[1], axis=1)
    wanted, (last_h, last_c) = layer(
        torch.from_numpy(x), (torch.from_numpy(h), torch.from_numpy(c))
    )
    there, back = biases(layer, IFOZ), biases(layer, IFOZ, "_reverse")
    got, got_h, got_c = lstm(
        x=x,
        initial_h=np.concatenate(h, axis=1),
        initial_c=np.concatenate(c, axis=1),
        weight_ih=blocks(layer.weight_ih_l0, IFOZ),
        weight_hh=blocks(layer.weight_hh_l0, IFOZ),
        bias=there[0] + there[1] if with_bias else None,
        weight_ih_back=blocks(layer.weight_ih_l0_reverse, IFOZ),
        weight_hh_back=blocks(layer.weight_hh_l0_reverse, IFOZ),
        bias_back=back[0] + back[1] if with_bias else None,
        direction="bidirectional",
        output_sequence=output_sequence,
    )
    last_h, last_c = (np.concatenate(s.detach().numpy(), axis=1) for s in (last_h, last_c))
    if output_sequence:
        np.testing.assert_allclose(got, wanted.detach().numpy(), **CLOSE)
    else:
        np.testing.assert_allclose(got, last_h[None], **CLOSE)
    np.testing.assert_allclose(got_h, last_h, **CLOSE)
    np.testing.assert_allclose(got_c, last_c, **CLOSE)


@given(
    sizes,
    hiddens,
    st.tuples(activations, activations, activations),
    st.sampled_from([None, 0.05, 0.5]),
    st.booleans(),
)
def test_lstm_sees_the_cell_and_clips_it(size, hidden, names, clip, with_peephole):
    """Oracle: one picture, one step, one gate at a time, in float64."""
    x, h, c = drawn(*size), drawn(size[1], hidden), -drawn(size[1], hidden)
    w, u = drawn(4 * hidden, size[2]) / 3, drawn(4 * hidden, hidden) / 3
    p = drawn(3 * hidden) if with_peephole else np.zeros(3 * hidden)
    inner, of_cell, outer = (ACTIVATIONS[name] for name in names)
    sequence = np.zeros((size[0], size[1], hidden))
    cells = np.zeros((size[1], hidden))
    for b in range(size[1]):
        state, cell = h[b].astype(np.float64), c[b].astype(np.float64)
        for t in range(size[0]):
            i, f, o, z = np.split(w.astype(np.float64) @ x[t, b] + u @ state, 4)
            p_i, p_f, p_o = np.split(p, 3)
            old = cell
            cell = old * inner(f + p_f * old) + inner(i + p_i * old) * of_cell(z)
            if clip is not None:
                cell = np.maximum(-clip, np.minimum(clip, cell))
            state = sequence[t, b] = inner(o + p_o * cell) * outer(cell)
        cells[b] = cell
    got, last, got_c = lstm(
        x=x,
        initial_h=h,
        initial_c=c,
        weight_ih=w,
        weight_hh=u,
        peephole=p.astype(np.float32) if with_peephole else None,
        output_sequence=True,
        recurrent_activation=names[0],
        cell_activation=names[1],
        activation=names[2],
        clip=None if clip is None else np.float32(clip),
    )
    np.testing.assert_allclose(got, sequence, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(last, sequence[-1], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(got_c, cells, rtol=1e-3, atol=1e-4)


def test_a_program_with_an_lstm_gives_all_three_results(save, rng):
    from poseconvert.mil import Executor, read_package

    weight, recurrent = drawn(8, 3), drawn(8, 2)
    x, state = rng.normal(size=(4, 1, 3)).astype(np.float32), drawn(1, 2)

    def build(mb, x):
        return mb.lstm(
            x=x,
            initial_h=state,
            initial_c=state,
            weight_ih=weight,
            weight_hh=recurrent,
            output_sequence=True,
        )

    got = Executor(read_package(save(build, x.shape))).run({"x": x})
    wanted = lstm(
        x=x,
        initial_h=state,
        initial_c=state,
        weight_ih=weight,
        weight_hh=recurrent,
        output_sequence=True,
    )
    assert [array.shape for array in got.values()] == [(4, 1, 2), (1, 2), (1, 2)]
    for array, expected in zip(got.values(), wanted, strict=True):
        np.testing.assert_array_equal(array, expected)


FITTING = {
    "x": np.ones((3, 1, 2), np.float32),
    "initial_h": np.ones((1, 2), np.float32),
    "initial_c": np.ones((1, 2), np.float32),
    "weight_ih": np.ones((8, 2), np.float32),
    "weight_hh": np.ones((8, 2), np.float32),
}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"direction": "sideways"}, 'unknown direction "sideways"'),
        ({"direction": "bidirectional"}, "needs weight_ih_back and weight_hh_back"),
        ({"activation": "dummy"}, 'unknown activation "dummy"'),
        ({"weight_ih": np.ones((6, 2), np.float32)}, "do not fit 4 gates"),
        ({"weight_hh": np.ones(8, np.float32)}, "do not fit 4 gates"),
        ({"x": np.ones((3, 2), np.float32)}, "do not fit 4 gates"),
        ({"x": np.ones((0, 1, 2), np.float32)}, "do not fit 4 gates"),
        ({"bias": np.ones(4, np.float32)}, "do not fit 4 gates"),
        ({"initial_h": np.ones((2, 2), np.float32)}, "do not fit 4 gates"),
        ({"initial_c": np.ones((1, 3), np.float32)}, "do not fit h"),
        ({"peephole": np.ones(4, np.float32)}, "do not fit h"),
    ],
)
def test_what_does_not_fit_is_refused(change, text):
    with pytest.raises(ValueError, match=text):
        lstm(**{**FITTING, **change})


def test_too_many_steps_are_refused_before_anything_is_allocated():
    x = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (2**27, 1, 2), (0, 0, 0))
    with pytest.raises(ValueError, match="is refused"):
        lstm(**{**FITTING, "x": x})
