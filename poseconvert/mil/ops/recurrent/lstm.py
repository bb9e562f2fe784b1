"""``lstm``."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from poseconvert.mil.ops.recurrent.steps import Activation, from_input, gathered, in_order
from poseconvert.mil.ops.recurrent.steps import activation as activation_of
from poseconvert.mil.ops.shared import Array, op, optional_tensor, tensor


@op("lstm", since="CoreML5")
def lstm(
    *,
    x: Array,
    initial_h: Array,
    initial_c: Array,
    weight_ih: Array,
    weight_hh: Array,
    bias: Array | None = None,
    peephole: Array | None = None,
    weight_ih_back: Array | None = None,
    weight_hh_back: Array | None = None,
    bias_back: Array | None = None,
    peephole_back: Array | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    recurrent_activation: str = "sigmoid",
    cell_activation: str = "tanh",
    activation: str = "tanh",
    clip: float | None = None,
) -> tuple[Array, Array, Array]:
    """``h[t] = o * act(c[t])``, ``c[t] = clip(f * c[t - 1] + i * z)``.

    ``i`` and ``f`` are ``recurrent_act(W_i @ x[t] + W_h @ h[t - 1] + b + p * c[t - 1])``, ``o`` the
    same with ``c[t]``, ``z`` is ``cell_act(W_i @ x[t] + W_h @ h[t - 1] + b)``. ``reverse`` takes
    the steps of ``x`` from the last to the first and gives its sequence in the order of
    computation; ``bidirectional`` gives both halves in the order of ``x``.

    Shapes
    ------
    ``x``: [s, b, I]; ``initial_h``, ``initial_c``: [b, D * H], D = 2 when bidirectional, forward
    first, else 1; ``weight_ih``: [4 * H, I], ``weight_hh``: [4 * H, H], ``bias``: [4 * H], in the
    order i, f, o, z; ``peephole``: [3 * H], in the order i, f, o; the same with ``_back``, read
    only when bidirectional; results: all hidden states [s, b, D * H], or the last ones
    [1, b, D * H] without ``output_sequence``; the last one and the last cell state [b, D * H].

    Raises
    ------
    ValueError
        The direction or an activation is unknown, backward weights are lacking, or the shapes do
        not fit each other.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/recurrent.py, ``lstm``; that ``clip`` bounds the cell state
    and which way ``reverse`` comes out: mil/ops/tests/iOS14/test_recurrent.py, ``TestLSTM``.
    """
    acts = tuple(map(activation_of, (recurrent_activation, cell_activation, activation)))
    bound = None if clip is None else float(clip)
    forward = _Cell(
        tensor(weight_ih), tensor(weight_hh), optional_tensor(bias), optional_tensor(peephole)
    )
    h, c, image = tensor(initial_h), tensor(initial_c), tensor(x)
    if direction != "bidirectional":
        hidden, c = _run(image, h, c, forward, direction, acts, bound)
        return gathered(hidden, output_sequence).numpy(), hidden[-1].numpy(), c.numpy()
    if weight_ih_back is None or weight_hh_back is None:
        raise ValueError("a bidirectional lstm needs weight_ih_back and weight_hh_back")
    backward = _Cell(
        tensor(weight_ih_back),
        tensor(weight_hh_back),
        optional_tensor(bias_back),
        optional_tensor(peephole_back),
    )
    size = forward.weight_hh.shape[-1]
    there, c_there = _run(image, h[:, :size], c[:, :size], forward, "forward", acts, bound)
    back, c_back = _run(image, h[:, size:], c[:, size:], backward, "reverse", acts, bound)
    last = torch.cat([there[-1], back[-1]], -1)
    both = [torch.cat(pair, -1) for pair in zip(there, back[::-1], strict=True)]
    sequence = torch.stack(both) if output_sequence else last[None]
    return sequence.numpy(), last.numpy(), torch.cat([c_there, c_back], -1).numpy()


@dataclass(frozen=True, slots=True)
class _Cell:
    """The weights of one direction."""

    weight_ih: torch.Tensor
    weight_hh: torch.Tensor
    bias: torch.Tensor | None
    peephole: torch.Tensor | None


def _run(
    x: torch.Tensor,
    h: torch.Tensor,
    c: torch.Tensor,
    cell: _Cell,
    direction: str,
    activations: tuple[Activation, ...],
    clip: float | None,
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Every hidden state in the order of computation, and the last cell state."""
    inner, of_cell, outer = activations
    inputs = from_input(x, cell.weight_ih, cell.weight_hh, cell.bias, initial=h, gates=4)
    if c.shape != h.shape or (cell.peephole is not None and len(cell.peephole) != 3 * h.shape[1]):
        raise ValueError(f"initial_c {tuple(c.shape)} or peephole do not fit h {tuple(h.shape)}")
    see_i, see_f, see_o = (None, None, None) if cell.peephole is None else cell.peephole.chunk(3)
    hidden = []
    for step in in_order(direction, inputs):
        i, f, o, z = (step + F.linear(h, cell.weight_hh)).chunk(4, -1)
        c = inner(_seen(f, see_f, c)) * c + inner(_seen(i, see_i, c)) * of_cell(z)
        c = c if clip is None else c.clamp(-clip, clip)
        h = inner(_seen(o, see_o, c)) * outer(c)
        hidden.append(h)
    return hidden, c


def _seen(gate: torch.Tensor, peephole: torch.Tensor | None, cell: torch.Tensor) -> torch.Tensor:
    return gate if peephole is None else torch.addcmul(gate, peephole, cell)
