"""A comparison that is not held, with what was measured for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import Comparison, Parity, compare_outputs, tensor_drift
from poseconvert.drift.format import number
from poseconvert.errors import RunError
from poseconvert.pipeline.chain.evaluate import ChainResult, Evaluation
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.runners.runner import Batch, Outputs, Runner

#: A hypothesis that leaves less than this part of the drift explains it.
EXPLAINED = 0.05
# One that brings it below the tolerance must also leave less than this part.
_CLEARLY = 0.5
#: So many inputs are run again for a hypothesis.
TRIED = 3


@dataclass(frozen=True, slots=True)
class Broken:
    """One comparison that is not held.

    Attributes
    ----------
    comparison : as it was judged.
    reference, candidate : what ran.
    inputs : what it was run on.
    specs : decode specs of the heads.
    """

    comparison: Comparison
    reference: Evaluation
    candidate: Evaluation
    inputs: Inputs
    specs: tuple[DecodeSpec, ...]

    @property
    def before(self) -> float:
        """Largest drift of an output as it was measured, relative to its range."""
        return self.drift(self.reference.outputs, self.candidate.outputs)

    def drift(self, reference: Mapping[str, Any], candidate: Mapping[str, Any]) -> float:
        """Largest relative drift of outputs that both have; inf if misshapen or not finite."""
        found = []
        for name in reference.keys() & candidate.keys():
            found.append(relative_drift(reference[name], candidate[name]))
        return max(found, default=math.inf)

    def left_by(self, reference: Mapping[str, Any], candidate: Mapping[str, Any]) -> float | None:
        """Return the drift a hypothesis leaves, None where it does not explain what was seen.

        Nothing explains outputs that are not off.
        """
        if not any(output.drift and output.reason for output in self.comparison.outputs):
            return None
        after = self.drift(reference, candidate)
        shared = {name: values for name, values in reference.items() if name in candidate}
        own = {name: candidate[name] for name in shared}
        measured = compare_outputs(shared, own, tolerance=self.comparison.tolerance)
        fits = bool(measured) and not any(output.reason for output in measured)
        before = self.before
        falls = math.isfinite(after) and after <= EXPLAINED * before
        return after if falls or (fits and after < _CLEARLY * before) else None

    def some(self) -> tuple[Batch, Outputs, Outputs]:
        """Return a few inputs as a batch, with the reference's and the candidate's outputs."""
        count = min(TRIED, len(self.inputs.names))
        first, second = (
            {name: values[:count] for name, values in side.outputs.items()}
            for side in (self.reference, self.candidate)
        )
        return self.inputs.batch[:count], first, second

    def open_reference(self) -> Runner:
        """Load the reference's runner.

        Raises
        ------
        RunError : only its outputs are at hand.
        """
        if self.reference.link.open is None:
            raise RunError(f"{self.reference.link.artifact}: is not at hand. Give --model.")
        return self.reference.link.open()


def broken_comparisons(
    result: ChainResult, inputs: Inputs, specs: Sequence[DecodeSpec]
) -> Iterator[Broken]:
    """Yield what ran and is not held, in the order of the chain, each stage once."""
    ran = {e.run: e for e in result.evaluations if e.outputs}
    seen = set()
    for comparison in result.comparisons:
        if comparison.parity is not Parity.BROKEN or comparison.stage in seen:
            continue
        candidate = ran.get(comparison.candidate)
        reference = ran.get(comparison.reference) if comparison.reference else None
        if reference is None or candidate is None or comparison.inputs != inputs.names:
            continue
        seen.add(comparison.stage)
        yield Broken(comparison, reference, candidate, inputs, tuple(specs))


def relative_drift(expected: NDArray[Any], got: NDArray[Any]) -> float:
    """Drift over the range; inf where a tensor is empty, misshapen or not finite."""
    if expected.shape != got.shape or not expected.size:
        return math.inf
    drift = tensor_drift(expected, got)
    return math.inf if drift.non_finite or math.isnan(drift.relative) else drift.relative


def worst_output(broken: Broken) -> str:
    """Name the output that drifts most."""
    drifts = {
        name: broken.drift({name: values}, broken.candidate.outputs)
        for name, values in broken.reference.outputs.items()
        if name in broken.candidate.outputs
    }
    return max(drifts, key=lambda name: drifts[name], default="")


def sentence(broken: Broken, cause: str, cure: str, after: float) -> str:
    """Say a cause, and what undoing it does to the drift."""
    name = worst_output(broken)
    before = number(broken.before)
    return f"{cause}: {cure} brings {name}'s drift from {before} to {number(after)} of its range"


def on_axis(values: Sequence[float], ndim: int = 4) -> NDArray[np.float32]:
    """Shape one number per channel for (N, C, ...)."""
    return np.asarray(values, np.float32).reshape(1, -1, *[1] * (ndim - 2))
