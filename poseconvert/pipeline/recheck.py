"""Other tolerances for what was measured when the conversion was made: nothing runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np

from poseconvert.conversion.manifest import Manifest, edited_artifacts, read_manifest
from poseconvert.drift import Comparison, Limit, Tolerance, not_run, rejudged
from poseconvert.errors import ConversionError
from poseconvert.pipeline.chain import ChainResult, Evaluation, Link
from poseconvert.pipeline.inputs import Inputs
from poseconvert.pipeline.measurement import Measurement
from poseconvert.pipeline.parity_file import PARITY, Recorded, read_parity


@dataclass(frozen=True, slots=True)
class NewLimit:
    """One limit of one stage's tolerance.

    Attributes
    ----------
    stage : a row of the stage table, such as ``coreml_from_onnx``.
    field, value : as in :class:`Tolerance`.
    """

    stage: str
    field: Limit
    value: float


def recheck(folder: Path, limits: Sequence[NewLimit]) -> Measurement:
    """Judge the recorded measurement of a conversion again.

    An artifact that was edited since is not what was measured: its rows are not run.

    Parameters
    ----------
    limits : what replaces the recorded tolerances; nothing else changes.

    Raises
    ------
    ConversionError : the folder or its ``parity.json`` cannot be read, do not belong
        together, or have no such stage.
    """
    manifest, recorded = read_manifest(folder), read_parity(folder)
    _belong_together(folder, manifest, recorded)
    stages = list(dict.fromkeys(comparison.stage for comparison in recorded.comparisons))
    for limit in limits:
        if limit.stage not in stages:
            raise ConversionError(
                f"--tolerance: {folder} has no stage {limit.stage!r}. Use {', '.join(stages)}."
            )
    edited = edited_artifacts(folder, manifest)
    comparisons = tuple(_judged(c, limits, edited) for c in recorded.comparisons)
    evaluations = tuple(
        Evaluation(Link(artifact, stage, _never), label, reason=reason)
        for artifact, stage, label, reason in recorded.evaluations
    )
    note = f"nothing ran: tolerances applied to what {PARITY} recorded"
    return Measurement(
        folder,
        replace(manifest, notes=(*manifest.notes, note)),
        ChainResult(evaluations, comparisons),
        Inputs(recorded.inputs, {"": np.empty((len(recorded.inputs), 0), np.float32)}),
    )


def _belong_together(folder: Path, manifest: Manifest, recorded: Recorded) -> None:
    """Refuse a record of another conversion, or one whose numbers do not give its verdicts."""
    path = folder / PARITY
    measured = {artifact.name: artifact.sha256 for artifact in manifest.artifacts}
    known = [(str(p["stage"]), str(p["candidate"]), str(p["parity"])) for p in manifest.parity]
    found = [(c.stage, c.candidate, c.parity.value) for c in recorded.comparisons]
    if recorded.artifacts != measured or found != known:
        raise ConversionError(f"{path}: does not belong to the manifest beside it. Convert again.")
    for comparison in recorded.comparisons:
        again = rejudged(comparison, comparison.tolerance)
        if again.parity is not comparison.parity:
            raise ConversionError(
                f"{path}: was edited ({comparison.stage} is {comparison.parity.value} in it, by"
                f" its own numbers {again.parity.value}). Convert again."
            )


def _judged(
    comparison: Comparison, limits: Sequence[NewLimit], edited: Mapping[str, str]
) -> Comparison:
    tolerance = comparison.tolerance
    for limit in limits:
        if limit.stage == comparison.stage:
            tolerance = _with(tolerance, limit)
    ran = comparison.reference, comparison.candidate
    for name, why in edited.items():
        if any(side == name or side.startswith(f"{name} on ") for side in ran):
            return not_run(
                comparison.stage, candidate=name, tolerance=tolerance, reason=f"not judged: {why}"
            )
    return rejudged(comparison, tolerance)


def _with(tolerance: Tolerance, limit: NewLimit) -> Tolerance:
    reason = "given with --tolerance"
    if limit.field == "relative":
        return replace(tolerance, relative=limit.value, reason=reason)
    if limit.field == "psnr_db":
        return replace(tolerance, psnr_db=limit.value, reason=reason)
    return replace(tolerance, joint_px=limit.value, reason=reason)


def _never() -> NoReturn:
    raise ConversionError("a recorded artifact cannot be run again.")
