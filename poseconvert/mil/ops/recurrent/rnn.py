"""``rnn``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.recurrent.steps import activation as activation_of
from poseconvert.mil.ops.recurrent.steps import from_input, gathered, in_order
from poseconvert.mil.ops.shared import Array, op, optional_tensor, tensor


@op("rnn", since="CoreML5")
def rnn(
    *,
    x: Array,
    initial_h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    activation: str = "tanh",
) -> tuple[Array, Array]:
    """``h[t] = act(W_ih @ x[t] + W_hh @ h[t - 1] + b)``.

    ``reverse`` takes the steps of ``x`` from the last to the first; the sequence is given in the
    order of computation, not turned back.

    Shapes
    ------
    ``x``: [s, b, I]; ``initial_h``: [b, H]; ``weight_ih``: [H, I]; ``weight_hh``: [H, H]; ``bias``:
    [H]; results: all hidden states [s, b, H], or [1, b, H] without ``output_sequence``; the last
    one [b, H].

    Raises
    ------
    ValueError
        The direction or activation is unknown, or the shapes do not fit each other.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/recurrent.py, ``rnn``; ``reverse``:
    mil/ops/tests/iOS14/test_recurrent.py, ``TestRNN``.
    """
    act, recurrent, h = activation_of(activation), tensor(weight_hh), tensor(initial_h)
    inputs = from_input(
        tensor(x), tensor(weight_ih), recurrent, optional_tensor(bias), initial=h, gates=1
    )
    hidden = []
    for step in in_order(direction, inputs):
        h = act(step + F.linear(h, recurrent))
        hidden.append(h)
    return gathered(hidden, output_sequence).numpy(), h.numpy()
