"""A runner that is given what all artifacts are given, and answers in the reference's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from poseconvert.pipeline.pair.matching import Pairing
from poseconvert.pipeline.pair.scaling import Scaling
from poseconvert.pipeline.pair.wanted import Wanted
from poseconvert.runners.runner import Batch, Outputs, Runner


@dataclass(slots=True)
class FedRunner:
    """Feeds one artifact, and matches its outputs once they are seen.

    Attributes
    ----------
    inner : runs the artifact.
    inputs : of the artifact, by the reference's name.
    scaling : done to pictures that are fed as tensors; None for nothing.
    match : finds the pairings of the first outputs; None for the reference itself.
    pairs : what it found.
    """

    inner: Runner
    inputs: Mapping[str, Wanted]
    scaling: Scaling | None = None
    match: Callable[[Outputs], Sequence[Pairing]] | None = None
    pairs: tuple[Pairing, ...] = field(default=())

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
        fed = {}
        for name, values in batch.tensors.items():
            wanted = self.inputs[name]
            if self.scaling and wanted.picture and not wanted.image:
                fed[wanted.name] = wanted.fed(self.scaling.apply(values))
            else:
                fed[wanted.name] = wanted.fed(values)
        outputs = self.inner.run(Batch(fed))
        if self.match is None:
            last = any(wanted.channels_last for wanted in self.inputs.values())
            return {name: _channels_first(v) if last else v for name, v in outputs.items()}
        if not self.pairs:
            self.pairs = tuple(self.match(outputs))
        return {one.reference: one.read(outputs[one.candidate]) for one in self.pairs}


def _channels_first(values: Any) -> Any:
    """Read the outputs of a reference that takes its pictures channels last, as decoders do."""
    return np.ascontiguousarray(np.moveaxis(values, -1, 1)) if values.ndim == 4 else values
