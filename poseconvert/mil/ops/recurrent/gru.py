"""``gru`` of every opset."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from poseconvert.mil.ops.recurrent.steps import activation as activation_of
from poseconvert.mil.ops.recurrent.steps import from_input, gathered, in_order
from poseconvert.mil.ops.shared import Array, op, optional_tensor, tensor


@op("gru", since="CoreML5")
def gru_ios15(
    *,
    x: Array,
    initial_h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    recurrent_activation: str = "sigmoid",
    activation: str = "tanh",
) -> tuple[Array, Array]:
    """``h[t] = (1 - z) * o + z * h[t - 1]``, the reset gate inside the product.

    ``o = act(W_io @ x[t] + W_ho @ (r * h[t - 1]) + b_o)``; ``r`` and ``z`` are
    ``recurrent_act(W_i @ x[t] + W_h @ h[t - 1] + b)``. ``reverse`` takes the steps of ``x`` from
    the last to the first; the sequence is given in the order of computation.

    Shapes
    ------
    ``x``: [s, b, I]; ``initial_h``: [b, H]; ``weight_ih``: [3 * H, I], ``weight_hh``: [3 * H, H],
    ``bias``: [3 * H], all in the order r, o, z; results: all hidden states [s, b, H], or [1, b, H]
    without ``output_sequence``; the last one [b, H].

    Raises
    ------
    ValueError
        The direction or an activation is unknown, or the shapes do not fit each other.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/recurrent.py, ``gru``, whose formula resets after the
    product; that the reset comes before it: mil/ops/tests/iOS14/test_recurrent.py, ``TestGRU``.
    """
    return gru_ios18(
        x=x,
        initial_h=initial_h,
        weight_ih=weight_ih,
        weight_hh=weight_hh,
        bias=bias,
        direction=direction,
        output_sequence=output_sequence,
        recurrent_activation=recurrent_activation,
        activation=activation,
    )


@op("gru", since="CoreML8")
def gru_ios18(
    *,
    x: Array,
    initial_h: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    recurrent_activation: str = "sigmoid",
    activation: str = "tanh",
    reset_after: bool = False,
    input_bias: Array | None = None,
) -> tuple[Array, Array]:
    """``h[t] = (1 - z) * o + z * h[t - 1]``, with ``reset_after`` as PyTorch's GRU.

    ``o = act(W_io @ x[t] + b_io + r * (W_ho @ h[t - 1] + b_o))`` with ``reset_after``, else
    ``o = act(W_io @ x[t] + b_io + W_ho @ (r * h[t - 1]) + b_o)``; ``b_io`` is of ``input_bias``.

    Shapes
    ------
    As in iOS 15; ``input_bias``: [3 * H].

    Raises
    ------
    ValueError
        As in iOS 15.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/recurrent.py, ``gru``, and
    mil/ops/tests/iOS18/test_recurrent.py, ``test_pytorch_parity``.
    """
    outer, inner = activation_of(activation), activation_of(recurrent_activation)
    recurrent, h, both = tensor(weight_hh), tensor(initial_h), optional_tensor(bias)
    inputs = from_input(
        tensor(x),
        tensor(weight_ih),
        recurrent,
        optional_tensor(input_bias),
        initial=h,
        gates=3,
    )
    of_r, of_o, of_z = recurrent.chunk(3)
    none = torch.zeros(h.shape[-1])
    b_r, b_o, b_z = (none, none, none) if both is None else both.reshape(3, h.shape[-1]).unbind()
    hidden = []
    for step in in_order(direction, inputs):
        x_r, x_o, x_z = step.chunk(3, -1)
        r = inner(x_r + F.linear(h, of_r, b_r))
        z = inner(x_z + F.linear(h, of_z, b_z))
        o = r * F.linear(h, of_o, b_o) if reset_after else F.linear(r * h, of_o, b_o)
        h = torch.lerp(outer(x_o + o), h, z)
        hidden.append(h)
    return gathered(hidden, output_sequence).numpy(), h.numpy()
