"""``parity.json`` of a conversion read back: what was measured, without running anything."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from poseconvert.conversion.codec import decoded, record_of
from poseconvert.conversion.manifest import Manifest
from poseconvert.conversion.parity_record import (
    ComparisonRecord,
    DriftRecord,
    JointRecord,
    OutputRecord,
    ParityRecord,
)
from poseconvert.conversion.promise import Row, rows
from poseconvert.decoding import DecodeSpec, skeleton_named
from poseconvert.drift import (
    Comparison,
    JointDrift,
    OutputDrift,
    Parity,
    TensorDrift,
    rejudged,
    tolerance_of,
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
    known = [(row.stage, row.candidate, row.parity) for row in manifest.parity]
    found = [(one.stage, one.candidate, one.parity) for one in recorded.comparisons]
    if recorded.artifacts != manifest.artifacts or found != known:
        raise ConversionError(f"{path}: does not belong to the manifest beside it. Convert again.")
    due = {row.stage: row for row in rows(manifest)}
    for one in recorded.comparisons:
        problem = _limits_problem(one, manifest) or (
            "" if one.parity == "not run" else _problem(one, due[one.stage], manifest, recorded)
        )
        if problem:
            raise ConversionError(f"{path}: was edited ({one.stage} {problem}). Convert again.")
    return tuple(rejudged(_comparison(one), one.tolerance) for one in recorded.comparisons)


def _limits_problem(one: ComparisonRecord, manifest: Manifest) -> str:
    """Say whether what was allowed is neither this version's nor the manifest's."""
    table = tolerance_of(
        one.stage, precision=manifest.precision, compressed=manifest.compress is not None
    )
    stated = manifest.tolerances.get(one.stage)
    if table is None or stated is None or stated.limits != table.limits:
        return "has another tolerance in manifest.json than in this version's table"
    if one.tolerance.limits != stated.limits:
        return "has another tolerance than in manifest.json"
    return ""


def _problem(one: ComparisonRecord, row: Row, manifest: Manifest, recorded: ParityRecord) -> str:
    """Say what a comparison that ran lacks of what is promised; empty where nothing."""
    if not any(one.reference.startswith(f"{name} on ") for name in row.reference):
        return f"was not judged by {row.reference[0]}"
    size = next((one for one in manifest.sizes if row.stage.endswith(f"_at_{one.name}")), None)
    # On new pictures, without MODEL at hand, the first stage is judged on the goldens alone.
    if not one.inputs or (
        size is None and one.stage != ONNX_FROM_TORCH.name and one.inputs != recorded.inputs
    ):
        return "was not judged on every input"
    names = {output.output for output in one.outputs}
    said = {(joint.head, joint.input_name, joint.joint) for joint in one.joints}
    due = {
        (_head(spec), name, joint)
        for spec in (manifest.decode if size is None else size.decode)
        for name in one.inputs
        for joint in skeleton_named(spec.skeleton).joints
    }
    if missing := sorted(row.outputs.keys() - names) or sorted(" ".join(key) for key in due - said):
        return f"lacks {missing[0]}"
    again = rejudged(_comparison(one), one.tolerance)
    if again.parity.value != one.parity:
        return f"is {one.parity} in it, by its own numbers {again.parity.value}"
    return ""


def _head(spec: DecodeSpec) -> str:
    return "3d" if spec.dims == 3 else "2d"


def _comparison(value: ComparisonRecord) -> Comparison:
    return Comparison(
        stage=value.stage,
        reference=value.reference,
        candidate=value.candidate,
        inputs=value.inputs,
        outputs=tuple(_output(output) for output in value.outputs),
        joints=tuple(_joint(joint) for joint in value.joints),
        tolerance=value.tolerance,
        parity=Parity(value.parity),
        reasons=value.reasons,
    )


def _output(value: OutputRecord) -> OutputDrift:
    return OutputDrift(
        output=value.output,
        drift=None if value.drift is None else _drift(value.drift),
        reason=value.reason,
        floor=math.inf if value.floor is None else value.floor,
        floor_source=value.floor_source,
    )


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
