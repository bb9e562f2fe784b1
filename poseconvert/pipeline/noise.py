"""How far the reference itself is from being reproducible."""

from __future__ import annotations

import numpy as np

from poseconvert.drift import tensor_drift
from poseconvert.runners.runner import Batch, Outputs, Runner


def noise_floor(runner: Runner, batch: Batch, outputs: Outputs) -> dict[str, float]:
    """Measure how far rounding alone moves the outputs: one ulp up or down at every input."""
    up = np.random.Generator(np.random.PCG64(0)).random(batch.shape) < 0.5
    nudged = np.nextafter(batch, np.where(up, np.inf, -np.inf).astype(np.float32))
    moved = runner.run(np.where(batch == 0, batch, nudged))
    return {name: tensor_drift(outputs[name], moved[name]).relative for name in outputs}
