"""Whether a network answers one input twice the same: without that no comparison means anything."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from poseconvert.runners.runner import Batch, Runner, Tensor


@runtime_checkable
class Inspectable(Protocol):
    """A runner that can say which ops of its network draw random numbers."""

    def random_ops(self) -> tuple[str, ...]:
        """Name them, in the order of the graph; none where none is known."""


def unsteadiness(runner: Runner, batch: Batch) -> str:
    """Run the first input twice and say how the answers differ; empty where they do not."""
    first, second = runner.run(batch[:1]), runner.run(batch[:1])
    moved = {name: _largest(values, second[name]) for name, values in first.items()}
    worst = max(moved, key=lambda name: moved[name], default="")
    if not worst or not moved[worst]:
        return ""
    ops = runner.random_ops() if isinstance(runner, Inspectable) else ()
    cause = (
        f"{', '.join(dict.fromkeys(ops))} draws random numbers"
        if ops
        else "it keeps state from run to run, or reads memory that nothing wrote"
    )
    return (
        f"the network is not deterministic: one input run twice moves {worst} by"
        f" {moved[worst]:.3g} ({cause}); take that out of the network"
    )


def _largest(one: Tensor, other: Tensor) -> float:
    """Return the largest difference; infinity where a value is NaN or infinite in one only."""
    if np.array_equal(one, other, equal_nan=True):
        return 0.0
    with np.errstate(invalid="ignore"):
        return float(np.nan_to_num(np.abs(one - other), nan=np.inf).max())
