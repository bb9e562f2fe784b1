"""Other tolerances for what was measured when the conversion was made: nothing runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from poseconvert.conversion.golden import read_goldens
from poseconvert.conversion.manifest import Manifest, edited_artifacts, read_manifest
from poseconvert.conversion.ours import is_ours
from poseconvert.conversion.parity_json import PARITY, read_parity, recorded_comparisons
from poseconvert.conversion.parity_record import RunRecord
from poseconvert.conversion.promise import golden_files
from poseconvert.conversion.size_record import size_folder
from poseconvert.drift import Comparison, Limit, Run, Tolerance, not_run, rejudged
from poseconvert.errors import ConversionError
from poseconvert.mil.analysis.rules.table import recorded_firings
from poseconvert.pipeline.chain.evaluate import ChainResult, Evaluation, Link
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.pipeline.chain.opinion import SecondOpinion


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
    limits : what replaces the tolerances of the table; nothing else changes.

    Raises
    ------
    ConversionError : the folder or its ``parity.json`` cannot be read, do not belong
        together, or have no such stage.
    """
    manifest, recorded = read_manifest(folder), read_parity(folder)
    found = recorded_comparisons(folder, manifest, recorded)
    stages = list(dict.fromkeys(comparison.stage for comparison in found))
    for limit in limits:
        if limit.stage not in stages:
            raise ConversionError(
                f"--tolerance: {folder} has no stage {limit.stage!r}. Use {', '.join(stages)}."
            )
    if not is_ours(folder):
        raise ConversionError(
            f"{folder}: was not made here, so nothing proves its {PARITY}. Run: poseconvert diff"
        )
    edited = edited_artifacts(folder, manifest)
    _refuse_other_goldens(folder, manifest)
    comparisons = tuple(_judged(c, limits, edited) for c in found)
    sides = ((one.reference_run, one.candidate_run) for one in recorded.comparisons)
    runs = [run for pair in sides for run in pair if run]
    evaluations = tuple(
        Evaluation(Link(run.artifact, run.stage, None), _run(run, runs), reason=run.reason)
        for run in recorded.evaluations
    )
    note = f"nothing ran: tolerances applied to what {PARITY} recorded"
    return Measurement(
        folder,
        replace(manifest, notes=(*manifest.notes, note)),
        ChainResult(evaluations, comparisons),
        Inputs(
            recorded.inputs,
            {"": np.empty((len(recorded.inputs), 0), np.float32)},
            recorded.origins,
        ),
        firings=recorded_firings((one.rule, one.op) for one in manifest.rules.fired),
        opinion=SecondOpinion(**asdict(recorded.opinion)) if recorded.opinion else None,
    )


def _run(record: RunRecord, known: Iterable[Run]) -> Run:
    """Return the run that was compared, else one that has no more than its text."""
    own = Run(record.artifact, record.runner)
    return next((run for run in known if str(run) == str(own) and not run.size), own)


def _refuse_other_goldens(folder: Path, manifest: Manifest) -> None:
    """Refuse a folder without what was measured on, byte for byte."""
    places = {"": folder} | {size.name: size_folder(folder, size) for size in manifest.sizes}
    for name, place in places.items():
        known = manifest.goldens[golden_files([name] if name else ())[-1]]
        read_goldens(place, sha256=known)


def _judged(
    comparison: Comparison, limits: Sequence[NewLimit], edited: Mapping[str, str]
) -> Comparison:
    tolerance = comparison.tolerance
    for limit in limits:
        if limit.stage == comparison.stage:
            tolerance = _with(tolerance, limit)
    for run in (comparison.candidate, comparison.reference):
        if run and run.artifact in edited:
            return not_run(
                comparison.stage,
                candidate=comparison.candidate,
                tolerance=tolerance,
                reason=f"not judged: {edited[run.artifact]}",
            )
    return rejudged(comparison, tolerance)


def _with(tolerance: Tolerance, limit: NewLimit) -> Tolerance:
    reason = "given with --tolerance"
    if limit.field == "relative":
        return replace(tolerance, relative=limit.value, reason=reason)
    # What the user says is not lowered.
    left = tuple(name for name in tolerance.follow_rounding if name != limit.field)
    if limit.field == "psnr_db":
        return replace(tolerance, psnr_db=limit.value, follow_rounding=left, reason=reason)
    if limit.field == "channel_db":
        return replace(tolerance, channel_db=limit.value, follow_rounding=left, reason=reason)
    return replace(tolerance, joint_px=limit.value, reason=reason)
