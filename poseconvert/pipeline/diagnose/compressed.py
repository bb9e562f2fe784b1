"""Weights that have too few bits: what else changed between the two packages is nothing."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.drift import Comparison, Parity
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken
from poseconvert.stages.compressed_from_coreml import COMPRESSIONS
from poseconvert.stages.stage import COREML_FROM_ONNX


def compressed_causes(
    broken: Broken, compression: str, comparisons: tuple[Comparison, ...]
) -> Iterator[Diagnosis]:
    """Name the compression, where the package it was made from is held.

    Parameters
    ----------
    comparisons : of the whole chain.
    """
    made = [c.parity for c in comparisons if c.stage == COREML_FROM_ONNX.name]
    if not made or any(parity is not Parity.HELD for parity in made):
        return
    finer = [word for word in COMPRESSIONS if word != compression and _bits(word) == 8]
    coarse = _bits(compression) < 8
    cure = f"Try {' or '.join(finer)}, or ship" if coarse or finer else "Ship"
    yield Diagnosis(
        "compressed weights",
        f"{broken.candidate.link.artifact}: {broken.reference.link.artifact} is held, and only its"
        f" weights went to {compression}: {broken.comparison.reasons[0]}. {cure}"
        f" {broken.reference.link.artifact}",
    )


def _bits(word: str) -> int:
    return int(word[-1])
