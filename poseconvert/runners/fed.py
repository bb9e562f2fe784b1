"""A runner that is given what all artifacts are given, and answers in the reference's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.imaging.wanted import Wanted
from poseconvert.runners.runner import Batch, Outputs, Runner


@dataclass(frozen=True, slots=True)
class Pairing:
    """One output of the reference and the candidate's that answers it.

    Attributes
    ----------
    reference : Its name in the reference.
    candidate : Its name in the candidate.
    by : name, shape, value, or --match.
    channels_last : Whether the candidate's has its channels last, the reference's first.
    """

    reference: str
    candidate: str
    by: str
    channels_last: bool = False

    def read(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring the candidate's values into the reference's layout."""
        return channels_first(values) if self.channels_last else values

    def __str__(self) -> str:
        layout = ", channels last" * self.channels_last
        return f"{self.candidate} for {self.reference} (by {self.by}{layout})"


@dataclass(slots=True)
class FedRunner:
    """Feeds one artifact, and reads its outputs by pairings.

    Attributes
    ----------
    inner : runs the artifact.
    inputs : of the artifact, by the reference's name.
    pairs : how its outputs are read.
    match : finds them on the first outputs, where they are not given.
    """

    inner: Runner
    inputs: Mapping[str, Wanted]
    pairs: tuple[Pairing, ...] = ()
    match: Callable[[Outputs], Sequence[Pairing]] | None = None

    @property
    def name(self) -> str:
        """What runs."""
        return self.inner.name

    @property
    def precision(self) -> str:
        """Its mode."""
        return self.inner.precision

    @property
    def size(self) -> int:
        """How many inputs one run takes."""
        return self.inner.size

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs, given in the reference's names, pictures as NCHW in 0-255."""
        outputs = self.inner.run(fed(batch, self.inputs))
        if self.match is not None and not self.pairs:
            self.pairs = tuple(self.match(outputs))
        return {one.reference: one.read(outputs[one.candidate]) for one in self.pairs}


def fed(batch: Batch, inputs: Mapping[str, Wanted]) -> Batch:
    """Return what an artifact is fed, by its own names.

    Parameters
    ----------
    inputs : of the artifact, by the names of ``batch``.
    """
    return Batch({inputs[n].name: inputs[n].fed(values) for n, values in batch.tensors.items()})


def channels_first(values: NDArray[Any]) -> NDArray[Any]:
    """Bring (N, H, W, C) to (N, C, H, W); of any number of axes, the last to the second."""
    return np.ascontiguousarray(np.moveaxis(values, -1, 1))
