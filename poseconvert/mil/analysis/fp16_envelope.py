"""The fp16 envelope: how far a package's answers spread over the ways float16 may be computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from poseconvert.mil.executor.executor import Executor
from poseconvert.mil.executor.precision import Precision
from poseconvert.mil.package.program import Array, Package

#: Points of the envelope; float32 is where they all start from.
MODES: tuple[Precision, ...] = ("fp16", "fp16-promoted", "fp16-accumulate")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One output's answers in all modes.

    Attributes
    ----------
    by_mode : the output in every mode, ``fp32`` first.
    """

    by_mode: Mapping[str, Array]

    @property
    def spread(self) -> Array:
        """Distance between the largest and the smallest answer, element by element."""
        answers = np.stack([np.asarray(a, np.float32) for a in self.by_mode.values()])
        spread: Array = answers.max(axis=0) - answers.min(axis=0)
        return spread

    @property
    def widest(self) -> float:
        """Largest spread; NaN where an answer is NaN or an infinity meets another."""
        with np.errstate(invalid="ignore"):
            return float(self.spread.max(initial=0.0))


def fp16_envelope(
    package: Package, inputs: Mapping[str, Any], *, modes: Sequence[Precision] = MODES
) -> dict[str, Envelope]:
    """Run a package once in float32 and once in every mode.

    It says how far answers may lie apart, not where the Neural Engine's lies.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    inputs
        As for ``Executor.run``.
    modes
        Points of the envelope besides float32.

    Returns
    -------
    dict of str to Envelope
        By output; a classifier's labels and dictionaries are left out.

    Raises
    ------
    RunError, PackageError
        As for ``Executor.run``.
    """
    chosen: tuple[Precision, ...] = ("fp32", *(mode for mode in modes if mode != "fp32"))
    answers = {mode: Executor(package, precision=mode).run(inputs) for mode in chosen}
    return {
        feature.name: Envelope({mode: answers[mode][feature.name] for mode in chosen})
        for feature in package.outputs
        if isinstance(answers["fp32"][feature.name], np.ndarray)
    }
