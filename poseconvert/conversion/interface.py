"""How a package that others made is fed, and how its outputs are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from poseconvert.fields import Name
from poseconvert.imaging.wanted import Wanted
from poseconvert.runners.fed import FedRunner, Pairing, fed
from poseconvert.runners.runner import Batch, Runner


@dataclass(frozen=True, slots=True)
class Interface:
    """What an adopted package takes and gives, in its own names.

    Attributes
    ----------
    inputs : What it wants, by name of the network's input.
    outputs : Which of its outputs answers which of the network's.
    """

    inputs: Annotated[Mapping[Name, Wanted], Meta(min_length=1)]
    outputs: Annotated[tuple[Pairing, ...], Meta(min_length=1)]

    def runner(self, inner: Runner) -> Runner:
        """Let a runner of the package take the network's inputs and answer in its names."""
        return FedRunner(inner, self.inputs, self.outputs)

    def fed(self, batch: Batch) -> Batch:
        """Return what the package itself is fed."""
        return fed(batch, self.inputs)
