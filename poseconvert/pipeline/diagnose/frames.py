"""Outputs that belong to another input: frames that came late, or were exchanged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken, relative_drift

# Rows of one network on one input differ by less, whatever the runtime: float16 rounds by less.
_SAME = 0.02


def frame_causes(broken: Broken) -> Iterator[Diagnosis]:
    """Ask of each input whose stored outputs its own are; one that is not any input's ends it."""
    names = broken.inputs.names
    if len(names) < 2:
        return
    apart = np.array([[_apart(broken, mine, other) for other in range(len(names))]
                      for mine in range(len(names))])  # fmt: skip
    nearest = apart.argmin(axis=1)
    rows = np.arange(len(names))
    if (apart[rows, nearest] > _SAME).any() or (nearest == rows).all():
        return
    wrong = [mine for mine in rows if nearest[mine] != mine]
    if len({*nearest.tolist()}) == 1:
        cause, what = "frozen frame", f"every input is answered as {names[nearest[0]]}"
    elif all((mine - nearest[mine]) % len(names) == 1 or mine == nearest[mine] == 0
             for mine in rows):  # fmt: skip
        cause, what = "stale frames", "each input is answered as the one before it"
    else:
        pairs = ", ".join(f"{names[mine]} as {names[nearest[mine]]}" for mine in wrong[:3])
        cause, what = "exchanged frames", f"inputs are answered as others: {pairs}"
    worst = float(apart[rows, rows].max())
    after = float(apart[rows, nearest].max())
    yield Diagnosis(
        cause,
        f"{broken.candidate.run.label}: {what}; read so, the largest drift falls from {worst:.2g}"
        f" to {after:.2g} of the range",
    )


def _apart(broken: Broken, mine: int, other: int) -> float:
    """Return the drift of one input's outputs from those that the reference gives for another."""
    candidate, reference = broken.candidate.outputs, broken.reference.outputs
    return max(
        relative_drift(values[other], candidate[name][mine])
        for name, values in reference.items()
        if name in candidate
    )
