"""Adam (the article's), AdamW or AdaBound, and the course of the learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

WARM_UP = 200
DECAY = 0.3


def optimizer_for(
    network: nn.Module, name: str, *, rate: float, cells: int
) -> torch.optim.Optimizer:
    """Make the optimizer; ``name`` is adam, adamw or adabound.

    Offset heads answer in fractions of the picture, which are `cells` times smaller than cells:
    they learn at that much smaller a rate.
    """
    offsets = {id(p) for n, p in network.named_parameters() if n.startswith("heads.offset")}
    groups = [
        {"params": [p for p in network.parameters() if id(p) not in offsets], "scale": 1.0},
        {"params": [p for p in network.parameters() if id(p) in offsets], "scale": 1 / cells},
    ]
    if name == "adam":
        return torch.optim.Adam(groups, lr=rate)
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
    if name == "adabound":
        return AdaBound(groups, lr=rate)
    raise SystemExit(f'there is no optimizer "{name}". Use adam, adamw or adabound.')


def rate_at(step: int, steps: int, *, peak: float) -> float:
    """Warm up, stay, and fall to nothing over the last DECAY of the steps.

    Before it falls the rate does not depend on `steps`: a run may be made longer or shorter.
    """
    start = math.ceil(steps * (1 - DECAY))
    falling = (steps - step) / max(1, steps - start)
    return peak * min(1.0, (step + 1) / WARM_UP, falling)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of every group, each with its scale."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]


class AdaBound(torch.optim.Optimizer):
    """Adam whose step per weight is clipped to bounds that close in on SGD's rate.

    Source: Luo et al., "Adaptive Gradient Methods with Dynamic Bound of Learning Rate" (2019),
    algorithm 2, with the bounds of its experiments.
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, *, final: float = 0.1, gamma: float = 1e-3
    ):
        super().__init__(params, {"lr": lr, "base": lr, "final": final, "gamma": gamma})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take one step."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad, group)
        return loss

    def _move(self, weight: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if not state:
            state.update(step=0, mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
        state["step"] += 1
        count, rate, gamma = state["step"], group["lr"], group["gamma"]
        state["mean"].mul_(0.9).add_(grad, alpha=0.1)
        state["square"].mul_(0.999).addcmul_(grad, grad, value=0.001)
        # The bounds follow the schedule and the scale of the group, as Adam's rate does.
        final = group["final"] * rate / group["base"]
        low = final * (1 - 1 / (gamma * count + 1))
        high = final * (1 + 1 / (gamma * count))
        rates = (
            rate * math.sqrt(1 - 0.999**count) / (1 - 0.9**count) / (state["square"].sqrt() + 1e-8)
        )
        weight.sub_(rates.clamp(low, high) * state["mean"])
