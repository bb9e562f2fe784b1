"""What float16 arithmetic does op by op: one op's result rounded, all others in float32."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.mil import Executor, Package
from poseconvert.pipeline.float16.weight_noise import noise_between
from poseconvert.pipeline.localise.package_values import comparable
from poseconvert.runners.runner import Batch


def rounding_noises(package: Package, values: Mapping[str, str], batch: Batch) -> dict[str, float]:
    """Measure the noise at the outputs when one op alone computes in float16.

    The mode is ``fp16-accumulate``, the pessimistic one: sums of products run in float16 too.
    Weights are already rounded in the package: see ``sensitivities`` for theirs.

    Parameters
    ----------
    package : a float16 package.
    values : package value to a name of the caller's, for the ops to be measured.
    batch : inputs of the package.

    Returns
    -------
    dict of str to float
        By the caller's name, as ``Sensitivity.noise``: the most on any input, of the output it
        hurts most; infinite where an output is not a number.

    Raises
    ------
    RunError, PackageError : the package does not run.
    """
    whole = Executor(package, precision="fp32", engine="interpreter")
    rounding = Executor(package, precision="fp16-accumulate", engine="interpreter")
    found = dict.fromkeys(values.values(), 0.0)
    for one in batch.runs():
        fed = one.tensors
        reference = whole.run(fed)
        plain, alone = whole.walk(fed), rounding.walk(fed)
        for _ in range(len(plain)):
            step, local = plain.step(), alone.step()
            for value in values.keys() & step.outputs.keys():
                fork = plain.fork()
                fork.put({value: local.outputs[value]})
                noise = _most(reference, fork.finish())
                found[values[value]] = max(found[values[value]], noise)
            alone.put(step.outputs)
    return found


def _most(reference: Mapping[str, Any], changed: Mapping[str, Any]) -> float:
    pairs = ((value, changed[name]) for name, value in reference.items() if comparable(value))
    return max((_noise(before, after) for before, after in pairs), default=0.0)


def _noise(reference: NDArray[Any], changed: NDArray[Any]) -> float:
    if not (np.isfinite(reference).all() and np.isfinite(changed).all()):
        return float("inf")
    return noise_between(reference.astype(np.float64), changed.astype(np.float64))
