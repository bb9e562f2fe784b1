"""What a manifest records of a conversion: versions, MODEL, artifacts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from poseconvert.conversion.manifest import Artifact, ModelRecord
from poseconvert.conversion.promise import chain, golden_files
from poseconvert.conversion.promised_drift import promised
from poseconvert.conversion.row_record import RowRecord
from poseconvert.conversion.rule_record import FiredRecord, RulesRecord
from poseconvert.conversion.sha256 import digest
from poseconvert.conversion.size_record import SizeRecord
from poseconvert.drift import Comparison, Parity, verdict
from poseconvert.files import followed
from poseconvert.mil.analysis.rules.rule import Firing
from poseconvert.mil.analysis.rules.table import EVERY_RULE, RuleChoice
from poseconvert.pipeline.chain.model import LoadedModel

_LIBRARIES = (
    "poseconvert",
    "torch",
    "onnx",
    "onnxruntime",
    "onnxsim",
    "coremltools",
    "onnx2coreml",
    "numpy",
)


def library_versions() -> dict[str, str]:
    """Return the versions that make an artifact what it is."""
    return {name: version(name) for name in _LIBRARIES}


def artifacts_of(origin: LoadedModel, folder: Path, *, compressed: bool) -> tuple[Artifact, ...]:
    """List what stands in the folder, in the order of the chain, with its hashes."""
    return tuple(
        Artifact(name, kind, stage, digest(folder / name))
        for name, kind, stage in chain(torch=origin.source is not None, compressed=compressed)
    )


def golden_hashes(folder: Path, sizes: Sequence[SizeRecord]) -> dict[str, str]:
    """Return the SHA-256 of every ``golden.json`` in the folder by its path."""
    names = golden_files(size.name for size in sizes)
    return {name: digest(folder / name, inside=folder) for name in names}


def verdict_fields(
    comparisons: Sequence[Comparison],
    *,
    choice: RuleChoice = EVERY_RULE,
    firings: Sequence[Firing] = (),
) -> dict[str, Any]:
    """Return what a manifest says of comparisons: parity, tolerances and verdict.

    Parameters
    ----------
    choice, firings : the rules on Core ML that were asked of the package, and what fired.
    """
    found = verdict(comparisons)
    if found is Parity.HELD and any(firing.blocks for firing in firings):
        found = Parity.NOT_RUN
    fired = (FiredRecord(one.rule.id, one.rule.kind, one.place.op) for one in firings)
    return {
        "parity": tuple(
            RowRecord(c.stage, str(c.candidate), c.candidate, c.parity.value, promised(c.outputs))
            for c in comparisons
        ),
        "tolerances": {c.stage: c.tolerance for c in comparisons},
        "rules": RulesRecord(choice.select, choice.ignore, tuple(fired)),
        "verdict": found.value,
    }


def model_record(origin: LoadedModel, target: Path, *, made_in: Path | None = None) -> ModelRecord:
    """Say where MODEL is, seen from ``target``, and how it was read.

    Parameters
    ----------
    made_in : the folder that will stand at ``target``; a MODEL in it goes there with it.
    """
    path = origin.path.absolute()
    seen_from = made_in if made_in and path.is_relative_to(made_in.absolute()) else target
    return ModelRecord(
        path=Path(os.path.relpath(path, seen_from.absolute())).as_posix(),
        sha256=digest(followed(origin.path)),
        architecture=origin.architecture,
        config=dict(origin.config),
        options=asdict(origin.options),
        renamed=dict(origin.renamed),
    )
