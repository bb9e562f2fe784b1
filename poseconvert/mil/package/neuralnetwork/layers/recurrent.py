"""Recurrent layers: sequences of vectors, [Seq, Batch, C, 1, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer
from poseconvert.mil.package.program import Array

#: ActivationParams -> MIL's name, and the parameters that MIL's has, which cannot be chosen.
_CURVES = {
    "ReLU": ("relu", {}),
    "tanh": ("tanh", {}),
    "sigmoid": ("sigmoid", {}),
    "linear": ("linear", {"alpha": 1.0, "beta": 0.0}),
    "scaledTanh": ("scaled_tanh", {"alpha": 1.0, "beta": 1.0}),
    "sigmoidHard": ("sigmoid_hard", {"alpha": 0.2, "beta": 0.5}),
}
_GATES = ("input", "forget", "output")


@layer("simpleRecurrent")
def simple_recurrent(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``rnn``."""
    size, given = int(p.outputVectorSize), int(p.inputVectorSize)
    x, states = _entering(to, inputs, [size])
    results = to.ops(
        "rnn",
        (3, 2),
        x=x,
        initial_h=states[0],
        weight_ih=to.weights(p.weightMatrix, (size, given)),
        weight_hh=to.weights(p.recursionMatrix, (size, size)),
        bias=to.weights(p.biasVector, (size,), what="bias") if p.hasBiasVector else None,
        **_directed(p.reverseInput, p.sequenceOutput),
        activation=_named(to, p.activation),
    )
    return _leaving(to, results)


@layer("gru")
def gru(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``gru``; MIL's order of the gates is reset, output, update."""
    size, given = int(p.outputVectorSize), int(p.inputVectorSize)
    x, states = _entering(to, inputs, [size])
    names = ("resetGate", "outputGate", "updateGate")
    inner, outer = (_named(to, curve) for curve in p.activations[:2])
    results = to.ops(
        "gru",
        (3, 2),
        x=x,
        initial_h=states[0],
        weight_ih=_joined(to, p, names, "WeightMatrix", (size, given)),
        weight_hh=_joined(to, p, names, "RecursionMatrix", (size, size)),
        bias=_joined(to, p, names, "BiasVector", (size,)) if p.hasBiasVectors else None,
        **_directed(p.reverseInput, p.sequenceOutput),
        recurrent_activation=inner,
        activation=outer,
    )
    return _leaving(to, results)


@layer("uniDirectionalLSTM")
def lstm(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``lstm`` in one direction."""
    size = int(p.outputVectorSize)
    x, states = _entering(to, inputs, [size, size])
    return _lstm(
        to,
        p,
        x,
        states,
        curves=list(p.activations),
        weights=_lstm_weights(to, p.weightParams, p.params, int(p.inputVectorSize), size),
        direction="reverse" if p.reverseInput else "forward",
    )


@layer("biDirectionalLSTM")
def bidirectional_lstm(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
    """``lstm`` in both directions; states of the two are joined, forward first, and taken apart."""
    size, given = int(p.outputVectorSize), int(p.inputVectorSize)
    x, states = _entering(to, inputs, [size] * 4)
    joined = [to.op("concat", 2, values=(states[at], states[at + 2]), axis=1) for at in range(2)]
    if len(p.weightParams) != 2 or p.activationsForwardLSTM != p.activationsBackwardLSTM:
        raise to.error("has other activations backward than forward, or weights of one direction")
    there, back = (_lstm_weights(to, weights, p.params, given, size) for weights in p.weightParams)
    sequence, hidden, cell = _lstm(
        to,
        p,
        x,
        joined,
        curves=list(p.activationsForwardLSTM),
        weights={**there, **{f"{name}_back": array for name, array in back.items()}},
        direction="bidirectional",
    )
    halves = [to.ops("split", (5, 5), x=state, axis=2, num_splits=2) for state in (hidden, cell)]
    return (sequence, halves[0][0], halves[1][0], halves[0][1], halves[1][1])


def _lstm(
    to: Lowering,
    p: Any,
    x: Value,
    states: list[Value],
    *,
    curves: list[Any],
    weights: dict[str, Any],
    direction: str,
) -> tuple[Value, ...]:
    if p.params.coupledInputAndForgetGate:
        raise to.error("couples its input and forget gates")
    gates, cell, output = (_named(to, curve) for curve in curves[:3])
    clip = float(p.params.cellClipThreshold)
    results = to.ops(
        "lstm",
        (3, 2, 2),
        x=x,
        initial_h=states[0],
        initial_c=states[1],
        direction=direction,
        output_sequence=p.params.sequenceOutput,
        recurrent_activation=gates,
        cell_activation=cell,
        activation=output,
        clip=clip if clip else None,
        **weights,
    )
    return _leaving(to, results)


def _lstm_weights(
    to: Lowering, message: Any, params: Any, given: int, size: int
) -> dict[str, Array]:
    names = (*(f"{gate}Gate" for gate in _GATES), "blockInput")
    weights = {
        "weight_ih": _joined(to, message, names, "WeightMatrix", (size, given)),
        "weight_hh": _joined(to, message, names, "RecursionMatrix", (size, size)),
    }
    bias = np.zeros(4 * size, np.float32)
    if params.hasBiasVectors:
        bias = bias + _joined(to, message, names, "BiasVector", (size,))
    if params.forgetBias:
        bias[size : 2 * size] += 1
    if params.hasBiasVectors or params.forgetBias:
        weights["bias"] = bias
    if params.hasPeepholeVectors:
        weights["peephole"] = _joined(to, message, names[:3], "PeepholeVector", (size,))
    return weights


def _joined(
    to: Lowering, message: Any, names: tuple[str, ...], what: str, shape: tuple[int, ...]
) -> Array:
    """Stack the weights of several gates along their first axis."""
    return np.concatenate(
        [to.weights(getattr(message, f"{n}{what}"), shape, what=f"{n}{what}") for n in names]
    )


def _named(to: Lowering, message: Any) -> str:
    kind = message.WhichOneof("NonlinearityType")
    if kind not in _CURVES:
        raise to.error(f"has a gate with activation {kind}")
    name, fixed = _CURVES[kind]
    own = {key: getattr(getattr(message, kind), key) for key in fixed}
    if not all(np.isclose(own[key], value) for key, value in fixed.items()):
        raise to.error(f"has a gate with activation {kind} of {own}, only {fixed} is computed")
    return name


def _directed(reverse: bool, sequence: bool) -> dict[str, Any]:
    return {"direction": "reverse" if reverse else "forward", "output_sequence": sequence}


def _entering(
    to: Lowering, inputs: tuple[Value, ...], sizes: list[int]
) -> tuple[Value, list[Value]]:
    """Give the sequence as [s, b, I], and the first states as [b, H], zero where not given."""
    if to.rank(inputs[0]) != 5:
        raise to.error(f"reads a sequence of rank {to.rank(inputs[0])}, expected 5")
    x = to.op("squeeze", 3, x=inputs[0], axes=np.array([3, 4]))
    states = []
    for at, size in enumerate(sizes):
        if at + 1 < len(inputs):
            shape = np.array([-1, size])
            states.append(to.op("reshape", 2, x=inputs[at + 1], shape=shape))
        else:
            batch = (to.sizes(x, 1, 2), to.stored([size]))
            shape_value = to.op("concat", 1, "int32", values=batch, axis=0)
            states.append(to.op("fill", 2, shape=shape_value, value=0.0))
    return x, states


def _leaving(to: Lowering, results: tuple[Value, ...]) -> tuple[Value, ...]:
    """Give results the axes of blobs again."""
    return tuple(
        to.op(
            "expand_dims",
            5,
            x=value,
            axes=np.array([3, 4] if to.rank(value) == 3 else [0, 3, 4]),
        )
        for value in results
    )
