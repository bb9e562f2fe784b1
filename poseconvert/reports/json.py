"""A measurement as strictly valid JSON, schema ``poseconvert.parity.v1``.

Numbers that JSON cannot hold (NaN, infinity) are null; field by field::

    schema            "poseconvert.parity.v1"; changes when a field changes its meaning
    verdict           "held", "broken" or "not run": "held" only if every comparison held
    summary           the verdict as one sentence, with its coverage
    inputs            names of the inputs of this run; each comparison lists its own
    left_out          why pictures that were asked for were not compared, one sentence each;
                      "verdict" is then never "held"
    created_utc       when the conversion was made, ISO 8601
    versions          tool and library versions that made it, by name
    model             path (relative to the conversion), sha256, architecture, config, options
    notes             what was done to the model and the package, in sentences
    precision, keep_fp32, target
                      of the Core ML package
    routes            ways to Core ML tried, in order: route, shipped, parity of its float32
                      package, reason, output, drift and allowed (null: not measured)
    compress          null without a compressed package, else
      compression     "int8", "palette8", "palette6" or "palette4"
      weights         how many were compressed
      disk_before, disk_after
                      bytes of model.mlpackage and of model.compressed.mlpackage
      moved_before, moved_after
                      bytes one run of each reads and writes, by its declared types; null where a
                      shape is not fixed
    artifacts         name, format, stage, sha256 of each file, in the order of the chain
    evaluations       what was to run: artifact, stage, runner ("" if it did not run), reason
    comparisons       one per stage and runner, those at other sizes than the default one as stage
                      "coreml_at_HxW"; the last is stage "end_to_end"
      stage           the stage judged
      reference, candidate
                      what was compared: "ARTIFACT on RUNNER"
      parity          "held", "broken" or "not run"
      reasons         why it is not held, one sentence each
      inputs          names of the inputs compared; empty if it did not run
      tolerance       relative, psnr_db (null: no such limit), joint_px, reason
      outputs
        output        its name
        identical     whether every value was equal; false where drift is null
        allowed       allowed relative drift, raised by the noise floor; null: no such limit
        floor         noise floor: largest relative drift of the reference from itself when its
                      arithmetic changes; 0: not measured
        floor_source  what changed it most: "1 ulp" (at every input), "1 thread",
                      "2 threads", "no oneDNN" or "float64"; "" if it was not measured
        would_pass    relative and psnr_db that it passes; without what nothing could pass
        reason        why it breaks the tolerance; "" if it does not
        drift         null if it could not be measured, else
          elements    values compared
          max_abs, mean_abs
                      absolute difference, in the output's unit
          relative    max_abs over the reference's range
          psnr_db     null if identical
          non_finite  values that are NaN or infinite on either side
          only_reference, only_candidate
                      those that are so on one side alone
          worst       index of the largest difference
          reference, candidate
                      the two values there
          cosine      between both as vectors; null where one of them is zero
          ulp_max, ulp_median
                      float32 values from one to the other; next to zero they mean little
          outliers    share of values that differ by more than ten times mean_abs
          histogram   counts of differences as parts of the range: 0, then those below 1e-8,
                      1e-8 to 1e-7 and so on up to 0.1 to 1, last 1 and more
      joints          one per head, input and joint
        joint, input_name, head
                      head is "2d" or "3d"
        band          "visible", "occluded" or "absent" in the reference
        displacement_px
                      null if absent on either side
        depth_cells   difference in depth bins, 0 for a 2D head; null as above
        score, candidate_score
                      peak heights, 0 if absent
        margin        the reference's, in heatmap units; null if it is unbounded
        standing      "safe", "at risk" or "flipped"
        candidate_visible
                      whether the candidate sees the joint
        strict_margin
                      the reference's peak minus the best of all other cells, or less where less
                      would lose the joint; null where it is absent or unbounded
        own_drift     largest drift of its own heatmap on this input; null if not measured
        certified     whether strict_margin is above twice own_drift, so that it cannot flip
    diagnoses         likely causes where parity is not held: cause, sentence, op ("": none)
    ops               null unless asked for (diff --ops), else one per graph
      stage           "simplified_from_onnx", "coreml_from_onnx/fp32" or "coreml_from_onnx/fp16"
      reference, candidate
                      what ran: "ARTIFACT on RUNNER"
      reason          why nothing was measured; "" if something was
      tolerance       local, accumulated: allowed drift of an op, as a part of the range; reason
      first           value of the first op over tolerance; null if there is none
      unmatched       values without a counterpart, which were not compared
      unused          values of the reference that are no value's counterpart
      nested          op and owner: ops of nested blocks, compared as part of their owners
      values          one per value that an op gives, in graph order
        depth, op, type, value, dtype
                      of the candidate's op; dtype is "" where the artifact declares none
        module        path in PyTorch, "" if unknown
        reference, matched
                      the reference value, and how it was found: "name", "structure", "value";
                      "" if it was not
        over          whether it is over tolerance
        local         drift of the op alone on the reference's inputs; null if not measured
        accumulated   drift of all ops up to it; null if not measured
          relative    max_abs over the reference's range; null if it holds NaN or infinity
          max_abs, low, high
                      largest difference, and the reference's range
          elements, non_finite
                      values compared, and those that are NaN or infinite on either side
        hazards       what may go wrong in the op, in sentences
        tried         inputs on which its local result went on to the outputs; 0: not tried
        joints        joints that moved then: joint, head, input_name, px (null: on one side
                      only), flipped, visible; furthest first
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from poseconvert.drift import Comparison, OutputDrift, Tolerance
from poseconvert.errors import OutputError
from poseconvert.pipeline.measurement import Measurement
from poseconvert.pipeline.parity_file import SCHEMA
from poseconvert.reports.ops import ops_json
from poseconvert.reports.summary import verdict_line


def to_json(measurement: Measurement) -> dict[str, Any]:
    """Return the measurement as JSON values, in the order of the module's docstring."""
    manifest = measurement.manifest
    record = {
        "schema": SCHEMA,
        "verdict": measurement.parity.value,
        "summary": verdict_line(measurement),
        "inputs": measurement.inputs.names,
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
                "runner": evaluation.label,
                "reason": evaluation.reason,
            }
            for evaluation in measurement.result.evaluations
        ],
        "comparisons": [_comparison(c) for c in measurement.result.comparisons],
        "diagnoses": [asdict(one) for one in measurement.diagnoses],
        "ops": ops_json(measurement.ops),
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
        "reference": comparison.reference,
        "candidate": comparison.candidate,
        "parity": comparison.parity.value,
        "reasons": comparison.reasons,
        "inputs": comparison.inputs,
        "tolerance": asdict(comparison.tolerance),
        "outputs": [_output(output, comparison.tolerance) for output in comparison.outputs],
        "joints": [asdict(joint) for joint in comparison.joints],
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
