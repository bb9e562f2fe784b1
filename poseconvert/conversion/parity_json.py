"""``parity.json`` of a conversion read back: what was measured, without running anything."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from poseconvert.conversion.codec import decoded, record_of
from poseconvert.conversion.manifest import Manifest
from poseconvert.conversion.output_record import DriftRecord, OutputRecord, PartRecord
from poseconvert.conversion.parity_record import ComparisonRecord, JointRecord, ParityRecord
from poseconvert.conversion.promise import Row, rows
from poseconvert.conversion.size_record import SizeRecord
from poseconvert.decoding import DecodeSpec, skeleton_named
from poseconvert.drift import (
    PEOPLE,
    Comparison,
    Control,
    JointDrift,
    OutputDrift,
    Parity,
    PartDrift,
    TensorDrift,
    rejudged,
)
from poseconvert.errors import ConversionError
from poseconvert.files import read_regular
from poseconvert.stages.stage import ONNX_FROM_TORCH

SCHEMA = "poseconvert.parity.v1"
PARITY = "parity.json"
_MAX_BYTES = 32 << 20


def read_parity(folder: Path) -> ParityRecord:
    """Read ``parity.json`` of a conversion folder.

    Raises
    ------
    ConversionError : missing, no regular file, too large, not JSON, of another schema, malformed.
    """
    path = folder / PARITY
    try:
        data = read_regular(path, limit=_MAX_BYTES, inside=folder)
    except OSError as error:
        raise ConversionError(
            f"{path}: cannot be read ({error.strerror}). Convert again, or run diff without"
            " --recheck."
        ) from error
    return record_of(decoded(data, path), ParityRecord, path=path, schema=SCHEMA, closed=True)


def recorded_comparisons(
    folder: Path, manifest: Manifest, recorded: ParityRecord
) -> tuple[Comparison, ...]:
    """Judge what was recorded by this version's tolerances: the record vouches for no verdict.

    Raises
    ------
    ConversionError : the record is another conversion's, lacks a comparison, an output or a
        joint, or its numbers do not give its verdicts.
    """
    path = folder / PARITY
    known = [(row.stage, row.run, row.parity) for row in manifest.parity]
    found = [(one.stage, one.candidate_run, one.parity) for one in recorded.comparisons]
    if recorded.artifacts != manifest.artifacts or found != known:
        raise ConversionError(f"{path}: does not belong to the manifest beside it. Convert again.")
    due = {row.stage: row for row in rows(manifest)}
    for one in recorded.comparisons:
        row = due[one.stage]
        problem = _text_problem(one) or _limits_problem(one, row, manifest)
        if not problem and one.parity != "not run":
            problem = _problem(one, row, manifest, recorded)
        if problem:
            raise ConversionError(f"{path}: was edited ({one.stage} {problem}). Convert again.")
    return tuple(rejudged(_comparison(one), one.tolerance) for one in recorded.comparisons)


def _text_problem(one: ComparisonRecord) -> str:
    """Say whether another run is shown than the one that is judged."""
    runs = (one.reference, one.reference_run or ""), (one.candidate, one.candidate_run)
    other = next((shown for shown, run in runs if shown != str(run)), None)
    return "" if other is None else f"shows {other or 'nothing'} for another run"


def _limits_problem(one: ComparisonRecord, row: Row, manifest: Manifest) -> str:
    """Say whether what was allowed is neither this version's nor the manifest's."""
    stated = manifest.tolerances.get(one.stage)
    if stated is None or stated.limits != row.tolerance.limits:
        return "has another tolerance in manifest.json than in this version's table"
    if one.tolerance.limits != stated.limits:
        return "has another tolerance than in manifest.json"
    return ""


def _problem(one: ComparisonRecord, row: Row, manifest: Manifest, recorded: ParityRecord) -> str:
    """Say what a comparison that ran lacks of what is promised; empty where nothing."""
    if one.reference_run is None or one.reference_run.artifact not in row.reference:
        return f"was not judged by {row.reference[0]}"
    size = next((size for size in manifest.sizes if size.name == row.size), None)
    # On new pictures, without MODEL at hand, the first stage is judged on the goldens alone.
    if not one.inputs or (
        size is None and one.stage != ONNX_FROM_TORCH.name and one.inputs != recorded.inputs
    ):
        return "was not judged on every input"
    if lacking := _lacking(one, row, manifest, size):
        return lacking
    if other := next((o.output for o in one.outputs if not _agrees(o)), ""):
        return f"says another largest drift of {other} than of its parts"
    again = rejudged(_comparison(one), one.tolerance)
    if again.parity.value != one.parity:
        return f"is {one.parity} in it, by its own numbers {again.parity.value}"
    return ""


def _lacking(one: ComparisonRecord, row: Row, manifest: Manifest, size: SizeRecord | None) -> str:
    """Say which output or joint it lacks that was promised; empty where none is missing."""
    names = {output.output for output in one.outputs}
    if one.beyond and names != {output.output for output in one.beyond}:
        return "does not say of every output what float16 weights leave"
    said = {(joint.head, joint.input_name, joint.joint) for joint in one.joints}
    due = {
        (_head(spec), name, joint)
        for spec in (manifest.decode if size is None else size.decode)
        for name in one.inputs
        for joint in ((PEOPLE,) if spec.people else skeleton_named(spec.skeleton).joints)
    }
    missing = sorted(row.outputs.keys() - names) or sorted(" ".join(key) for key in due - said)
    return f"lacks {missing[0]}" if missing else ""


def _agrees(output: OutputRecord) -> bool:
    """Whether the largest difference over all inputs is that of the input that has it."""
    drift = output.drift
    if drift is None or drift.non_finite or drift.max_abs is None:
        return True
    whole = [part.max_abs for part in output.parts]
    return bool(whole) and math.isclose(max(whole), drift.max_abs, rel_tol=1e-6)


def _head(spec: DecodeSpec) -> str:
    return "3d" if spec.dims == 3 else "2d"


def _comparison(value: ComparisonRecord) -> Comparison:
    return Comparison(
        stage=value.stage,
        reference=value.reference_run,
        candidate=value.candidate_run,
        inputs=value.inputs,
        outputs=tuple(_output(output) for output in value.outputs),
        joints=tuple(_joint(joint) for joint in value.joints),
        tolerance=value.tolerance,
        parity=Parity(value.parity),
        reasons=value.reasons,
        controls=tuple(Control(**asdict(one)) for one in value.controls),
        beyond=tuple(_output(output) for output in value.beyond),
    )


def _output(value: OutputRecord) -> OutputDrift:
    return OutputDrift(
        output=value.output,
        drift=None if value.drift is None else _drift(value.drift),
        reason=value.reason,
        floor=math.inf if value.floor is None else value.floor,
        floor_source=value.floor_source,
        parts=tuple(_part(part) for part in value.parts),
    )


def _part(value: PartRecord) -> PartDrift:
    """Read a part; null stood for infinity: no noise is known, or it is identical."""
    away = {
        "relative": math.inf,
        "db": math.inf if value.max_abs == 0 else -math.inf,
        "floor": math.inf,
        "rounding": math.inf,
    }
    return PartDrift(**_filled(asdict(value), away))


def _drift(value: DriftRecord) -> TensorDrift:
    """Read a drift; null is what passes nowhere: it stood for NaN or infinity."""
    away = {"relative": math.inf, "psnr_db": math.inf if value.max_abs == 0 else -math.inf}
    return TensorDrift(**_filled(asdict(value), away))


def _joint(value: JointRecord) -> JointDrift:
    """Read a joint; a distance that was null is infinite, but for one absent on both sides."""
    absent = value.band == "absent"
    away = math.nan if absent and value.standing != "flipped" else math.inf
    nulls = {
        "displacement_px": away,
        "depth_cells": away,
        "margin": math.nan if absent else math.inf,
        "own_drift": math.inf,
    }
    return JointDrift(**_filled(asdict(value), nulls))


def _filled(values: dict[str, Any], nulls: dict[str, float]) -> dict[str, Any]:
    """Put a number where null stands: NaN, unless its field has another one."""
    return {
        name: nulls.get(name, math.nan) if value is None else value
        for name, value in values.items()
    }
