"""What convert and diff hand to the reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from poseconvert.conversion.manifest import Manifest
from poseconvert.decoding import DecodeSpec
from poseconvert.drift import GraphDrift, Parity, verdict
from poseconvert.mil.analysis.rules.rule import Firing
from poseconvert.pipeline.chain.evaluate import ChainResult
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.opinion import SecondOpinion


@dataclass(frozen=True, slots=True)
class Localisation:
    """The ops of every graph of a conversion.

    Attributes
    ----------
    inputs : names of what was run.
    graphs : one per comparison, in the order of the chain; one that could not be made
        has its reason and no ops.
    """

    inputs: tuple[str, ...]
    graphs: tuple[GraphDrift, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A likely cause.

    Attributes
    ----------
    cause : its name, one of ``docs/faults.md``.
    sentence : in words, with the numbers that speak for it.
    op : the op at fault; empty where none is.
    """

    cause: str
    sentence: str
    op: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """The word for what broke, and what speaks for it.

    Attributes
    ----------
    word : one of three.
    evidence : in a sentence.
    """

    word: Literal["conversion fault", "float16 rounding", "cannot tell"]
    evidence: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """A conversion and what was measured on it.

    Attributes
    ----------
    folder : the conversion folder.
    manifest : what it holds.
    result : evaluations and comparisons.
    inputs : what they were made on.
    edited : artifacts that were compared although they are not the manifest's.
    left_out : why pictures that were asked for were not compared, one sentence each.
    ops : every op of every graph; None where they were not asked for.
    diagnoses : likely causes, where parity is not held and they were looked for.
    firings : rules on Core ML that fire on the package.
    fault : whether the conversion or float16 broke it; None where nothing broke.
    opinion : what a second judge said; None where it was not asked.
    """

    folder: Path
    manifest: Manifest
    result: ChainResult
    inputs: Inputs
    edited: tuple[str, ...] = ()
    ops: Localisation | None = None
    left_out: tuple[str, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    firings: tuple[Firing, ...] = ()
    fault: Fault | None = None
    opinion: SecondOpinion | None = None

    @property
    def parity(self) -> Parity:
        """The verdict over all comparisons.

        Not established where a picture was left out, or where Core ML is known to refuse the
        package or to compute otherwise.
        """
        found = verdict(self.result.comparisons)
        open_ = self.left_out or any(firing.blocks for firing in self.firings)
        return Parity.NOT_RUN if open_ and found is Parity.HELD else found

    @property
    def specs(self) -> tuple[DecodeSpec, ...]:
        """The decode spec of each head, in the order of each evaluation's poses."""
        return self.manifest.decode
