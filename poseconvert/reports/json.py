"""A measurement as strictly valid JSON, schema ``poseconvert.parity.v1``.

Numbers that JSON cannot hold (NaN, infinity) are null. Every field and its meaning are declared in
:mod:`poseconvert.conversion.parity_record`, from which the published schema is written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from poseconvert.conversion.parity_json import SCHEMA
from poseconvert.drift import Comparison, OutputDrift, Tolerance
from poseconvert.errors import OutputError
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.ops import ops_json
from poseconvert.reports.summary import verdict_line


def to_json(measurement: Measurement) -> dict[str, Any]:
    """Return the measurement as JSON values, in the order of the record."""
    manifest = measurement.manifest
    record = {
        "schema": SCHEMA,
        "verdict": measurement.parity.value,
        "summary": verdict_line(measurement),
        "inputs": measurement.inputs.names,
        "origins": measurement.inputs.origins,
        "left_out": measurement.left_out,
        "created_utc": manifest.created_utc,
        "versions": manifest.versions,
        "model": asdict(manifest.model),
        "notes": manifest.notes,
        "precision": manifest.precision,
        "keep_fp32": manifest.keep_fp32,
        "target": manifest.target,
        "routes": [asdict(route) for route in manifest.routes],
        "compress": manifest.compress and asdict(manifest.compress),
        "artifacts": [asdict(artifact) for artifact in manifest.artifacts],
        "evaluations": [
            {
                "artifact": evaluation.link.artifact,
                "stage": evaluation.link.stage,
                "runner": evaluation.run.label,
                "reason": evaluation.reason,
            }
            for evaluation in measurement.result.evaluations
        ],
        "comparisons": [_comparison(c) for c in measurement.result.comparisons],
        "diagnoses": [asdict(one) for one in measurement.diagnoses],
        "ops": ops_json(measurement.ops),
        "fault": measurement.fault and asdict(measurement.fault),
        "opinion": measurement.opinion and asdict(measurement.opinion),
    }
    return {name: strict(value) for name, value in record.items()}


def write_json(measurement: Measurement, path: Path) -> None:
    """Write :func:`to_json` to ``path``.

    Raises
    ------
    OutputError : ``path`` cannot be written.
    """
    text = json.dumps(to_json(measurement), indent=1, allow_nan=False) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}). Choose another file."
        ) from error


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "stage": comparison.stage,
        "reference": str(comparison.reference or ""),
        "candidate": str(comparison.candidate),
        "reference_run": comparison.reference and asdict(comparison.reference),
        "candidate_run": asdict(comparison.candidate),
        "parity": comparison.parity.value,
        "reasons": comparison.reasons,
        "inputs": comparison.inputs,
        "tolerance": asdict(comparison.tolerance),
        "outputs": [_output(output, comparison.tolerance) for output in comparison.outputs],
        "joints": [asdict(joint) for joint in comparison.joints],
        "controls": [asdict(control) for control in comparison.controls],
        "beyond": [_output(output, comparison.tolerance) for output in comparison.beyond],
    }


def _output(output: OutputDrift, tolerance: Tolerance) -> dict[str, Any]:
    drift = output.drift
    return {
        "output": output.output,
        "identical": drift is not None and drift.max_abs == 0 and not drift.non_finite,
        "allowed": output.allowed(tolerance),
        "floor": output.floor,
        "floor_source": output.floor_source,
        "would_pass": output.would_pass,
        "reason": output.reason,
        "drift": drift and asdict(drift),
        "parts": [asdict(part) for part in output.parts],
    }


def strict(value: Any) -> Any:
    """Replace what JSON has no word for: tuples by lists, NaN and infinity by null."""
    if isinstance(value, Mapping):
        return {str(name): strict(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
