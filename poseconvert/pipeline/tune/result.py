"""What ``tune`` found: packages with their price and their cases, and the answer among them."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.drift import Parity
from poseconvert.mil import Package, TensorType, costs
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.tune.budget import CaseDrift
from poseconvert.stages.coreml_options import CoreMLOptions


@dataclass(frozen=True, slots=True)
class Price:
    """What a package costs.

    Attributes
    ----------
    macs, macs_fp32 : multiply-accumulates of one run, and those of ops in float32; None where
        a shape is not fixed.
    nbytes : of the package on disk.
    """

    macs: int | None
    macs_fp32: int | None
    nbytes: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A package, every case of it, and its price."""

    options: CoreMLOptions
    cases: tuple[CaseDrift, ...]
    price: Price

    @property
    def worst(self) -> CaseDrift:
        """The case whose visible joint moved furthest."""
        return max(self.cases, key=lambda one: one.px)

    def within(self, budget: float) -> bool:
        """Whether no visible joint moved further."""
        return bool(self.cases) and self.worst.px <= budget


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was asked, what was tried, and the answer.

    Attributes
    ----------
    conversion : what was tuned.
    budget : most displacement of a visible joint, in input pixels.
    inputs : what was run.
    visible, hidden : the reference's joints, over all inputs.
    ops : ops that can be kept in float32 one by one.
    endings : of those, activations that end the graph and have no weights.
    tried : packages made.
    before : the package with all ops in float16; None where nothing was measured.
    answer : the cheapest package within the budget; None without one.
    reason : why there is no answer; empty where there is one.
    """

    conversion: ConversionFolder
    budget: float
    inputs: Inputs
    visible: int
    hidden: int
    ops: int
    endings: tuple[str, ...]
    tried: int
    before: Measured | None
    answer: Measured | None
    reason: str = ""

    @property
    def parity(self) -> Parity:
        """Held where a package was made, run and found within the budget."""
        if self.answer is not None:
            return Parity.HELD
        return Parity.NOT_RUN if self.before is None else Parity.BROKEN


def price_of(package: Package, nbytes: int) -> Price:
    """Price a package of ``nbytes`` on disk; an op whose result is declared float32 is in it."""
    found = [(cost.macs, cost.operation.outputs[0][1]) for cost in costs(package)]
    counts = [macs for macs, _ in found]
    whole = [macs for macs, kind in found if isinstance(kind, TensorType) and kind.dtype == "fp32"]
    return Price(_total(counts), _total(whole), nbytes)


def _total(counts: list[int | None]) -> int | None:
    return None if None in counts else sum(count for count in counts if count is not None)
