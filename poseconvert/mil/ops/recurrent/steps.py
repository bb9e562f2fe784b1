"""What the three cells share: activations, directions, and the gates' share of the input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import torch
import torch.nn.functional as F

from poseconvert.mil.ops.shared import bounded

Activation: TypeAlias = Callable[[torch.Tensor], torch.Tensor]


def _hard_sigmoid(x: torch.Tensor) -> torch.Tensor:
    return (0.2 * x + 0.5).clamp(0, 1)


def _linear(x: torch.Tensor) -> torch.Tensor:
    return x


# All with their default alpha and beta: ``scaled_tanh`` is then ``tanh``.
_ACTIVATIONS: Mapping[str, Activation] = {
    "tanh": torch.tanh,
    "scaled_tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "sigmoid_hard": _hard_sigmoid,
    "relu": torch.relu,
    "linear": _linear,
}


def activation(name: str) -> Activation:
    """Find the activation of a gate; ``ValueError`` for a name that Core ML does not have."""
    if name.lower() not in _ACTIVATIONS:
        raise ValueError(f'unknown activation "{name}", expected one of {", ".join(_ACTIVATIONS)}')
    return _ACTIVATIONS[name.lower()]


def in_order(direction: str, steps: torch.Tensor) -> Iterable[torch.Tensor]:
    """Yield the steps, [s, ...], first to last or last to first.

    Raises
    ------
    ValueError
        The direction is neither ``forward`` nor ``reverse``.
    """
    if direction not in ("forward", "reverse"):
        raise ValueError(f'unknown direction "{direction}", expected forward or reverse')
    return steps.unbind() if direction == "forward" else steps.flip(0).unbind()


def from_input(
    x: torch.Tensor,
    weight_ih: torch.Tensor,
    weight_hh: torch.Tensor,
    bias: torch.Tensor | None,
    *,
    initial: torch.Tensor,
    gates: int,
) -> torch.Tensor:
    """Compute ``weight_ih @ x + bias`` of all steps at once, and check every shape.

    Parameters
    ----------
    x
        [s, b, I].
    weight_ih, weight_hh, bias
        [gates * H, I], [gates * H, H], [gates * H].
    initial
        The first hidden state, [b, H].
    gates
        Gates of the cell.

    Raises
    ------
    ValueError
        The shapes do not fit each other, or there are no steps.
    """
    fits = x.ndim == 3 and weight_hh.ndim == 2 and x.shape[0] > 0
    hidden = weight_hh.shape[-1]
    rows = gates * hidden
    wanted = ((rows, x.shape[-1]), (rows, hidden), (x.shape[1], hidden), (rows,))
    given = (weight_ih.shape, weight_hh.shape, initial.shape)
    if not fits or given != wanted[:3] or (bias is not None and bias.shape != wanted[3]):
        raise ValueError(
            f"x {tuple(x.shape)}, weight_ih {tuple(weight_ih.shape)}, weight_hh "
            f"{tuple(weight_hh.shape)}, bias and initial state {tuple(initial.shape)} do not fit "
            f"{gates} gates"
        )
    bounded([x.shape[0], x.shape[1], rows])
    return F.linear(x, weight_ih, bias)


def gathered(hidden: list[torch.Tensor], output_sequence: bool) -> torch.Tensor:
    """Stack the hidden states, [s, b, H], or keep the last one, [1, b, H]."""
    return torch.stack(hidden if output_sequence else hidden[-1:])
