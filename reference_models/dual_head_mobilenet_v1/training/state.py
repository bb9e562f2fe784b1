"""A training run on disk: written whole or not at all, and continued bit for bit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from poseconvert.network.dual_head import DualHeadNet


@dataclass(slots=True, eq=False)
class Run:
    """What a step changes.

    ``average`` holds the exponential moving average of weights and batch-norm statistics.
    """

    network: DualHeadNet
    optimizer: torch.optim.Optimizer
    average: dict[str, Tensor]
    step: int = 0
    samples: int = 0
    seconds: float = 0.0

    def averaged(self, into: DualHeadNet) -> DualHeadNet:
        """Load the average into a network of the same shape, ready to evaluate."""
        into.load_state_dict(self.average)
        return into.eval()


def update_average(run: Run, *, decay: float) -> None:
    """Move the average toward the weights; early on faster, so that it starts nowhere."""
    keep = min(decay, (1 + run.step) / (10 + run.step))
    for name, value in run.network.state_dict().items():
        if value.is_floating_point():
            run.average[name].lerp_(value, 1 - keep)
        else:
            run.average[name].copy_(value)


def save(run: Run, path: Path) -> None:
    """Write beside the file, then rename: a kill leaves the old file or the new one."""
    record = {
        "network": run.network.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "average": run.average,
        "step": run.step,
        "samples": run.samples,
        "seconds": run.seconds,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        torch.save(record, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def load(run: Run, path: Path) -> bool:
    """Continue from the file, if there is one; return whether there was."""
    if not path.exists():
        return False
    record = torch.load(path, weights_only=True, map_location="cpu")
    run.network.load_state_dict(record["network"])
    run.optimizer.load_state_dict(record["optimizer"])
    for name, value in record["average"].items():
        run.average[name].copy_(value)
    run.step, run.samples, run.seconds = record["step"], record["samples"], record["seconds"]
    return True
