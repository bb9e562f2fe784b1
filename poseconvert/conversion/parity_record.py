"""``parity.json``: the one declaration of what was measured of each stage, output and joint.

Numbers that JSON cannot hold (NaN, infinity) are null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from poseconvert.conversion.diagnosis_record import DiagnosisRecord
from poseconvert.conversion.golden_record import Origin
from poseconvert.conversion.manifest import Artifact, CompressRecord, ModelRecord, RouteRecord
from poseconvert.conversion.op_record import GraphRecord
from poseconvert.conversion.opinion_record import OpinionRecord
from poseconvert.conversion.output_record import ControlRecord, FaultRecord, OutputRecord
from poseconvert.drift import Run, Tolerance
from poseconvert.drift.joints import Band, Standing
from poseconvert.fields import Name, Precision, Size, Target, Text, Verdict


@dataclass(frozen=True, slots=True)
class JointRecord:
    """One joint on one input.

    Attributes
    ----------
    joint : Its name.
    input_name : On which input.
    head : Which head it was read from.
    band : In the reference.
    displacement_px : Null if it is absent on either side.
    depth_cells : Difference in depth bins, 0 for a 2D head; null as displacement_px.
    score : Height of the reference's peak, 0 if absent.
    candidate_score : Height of the candidate's.
    margin : The reference's, in heatmap units; null if it is unbounded.
    standing : flipped: its peak is in another cell; safe: it cannot be.
    candidate_visible : Whether the candidate sees the joint.
    strict_margin : The peak minus the best of all other cells, or less where less would lose the
        joint; null where it is absent or unbounded.
    own_drift : Largest drift of its own heatmap on this input; null: not measured.
    certified : Whether strict_margin is above twice own_drift, so that it cannot flip.
    stepped : Whether it moved by a step within its cell, because two neighbours changed places.
    pattern : Whether the input is a pattern: such joints are counted, not judged.
    """

    joint: Name
    input_name: Name
    head: Literal["2d", "3d"]
    band: Band
    displacement_px: Size | None
    depth_cells: Size | None
    score: float | None
    candidate_score: float | None
    margin: float | None
    standing: Standing
    candidate_visible: bool
    strict_margin: float | None
    own_drift: Size | None
    certified: bool
    stepped: bool = False
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """One stage on one runner.

    Attributes
    ----------
    stage : onnx_from_torch, simplified_from_onnx, coreml_from_onnx, compressed_from_coreml,
        coreml_at_HEIGHTxWIDTH or compressed_at_HEIGHTxWIDTH of another size, end_to_end, or
        decoding: what an app decoded.
    reference : ARTIFACT on RUNNER.
    candidate : ARTIFACT on RUNNER.
    reference_run, candidate_run : the same, field by field; no reference where it did not run.
    parity : Held, broken, or not run.
    reasons : Why it is not held, one sentence each.
    inputs : What was compared; empty if it did not run.
    tolerance : What was allowed.
    outputs : One per output.
    joints : One per head, input and joint.
    controls : What was planted after it held; empty where it is not held.
    beyond : Drift of the package, no result rounded, from the graph with the same float16 weights:
        what their rounding does not explain; empty where it was not measured.
    """

    stage: Name
    reference: Name
    candidate: Name
    reference_run: Run | None
    candidate_run: Run
    parity: Verdict
    reasons: tuple[Text, ...]
    inputs: tuple[Name, ...]
    tolerance: Tolerance
    outputs: tuple[OutputRecord, ...]
    joints: tuple[JointRecord, ...]
    controls: tuple[ControlRecord, ...] = ()
    beyond: tuple[OutputRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What was to run.

    Attributes
    ----------
    artifact : Its file name.
    stage : The stage that made it, or source.
    runner : Empty if it did not run.
    reason : Why not.
    """

    artifact: Name
    stage: Name
    runner: Name
    reason: Text


@dataclass(frozen=True, slots=True)
class ParityRecord:
    """Everything that was measured. Numbers that JSON cannot hold (NaN, infinity) are null.

    Attributes
    ----------
    verdict : held only if every comparison held.
    summary : The verdict as one sentence, with its coverage.
    inputs : Names of the inputs of this run; each comparison lists its own.
    origins : Where each of them comes from.
    left_out : Why pictures that were asked for were not compared; verdict is then never held.
    created_utc : When the conversion was made, ISO 8601.
    versions : Tool and libraries by name.
    model : Where the conversion came from.
    notes : What was done to the model and the package, in sentences.
    precision : Of the package's ops, but for those in keep_fp32.
    keep_fp32 : Ops kept in float32, by their weight, or by their result where they have none.
    target : Oldest system that loads it.
    routes : Ways to Core ML that were tried, in order.
    compress : The compressed package beside the other; null without one.
    artifacts : In the order of the chain.
    evaluations : What was to run.
    comparisons : One per stage and runner; the last is end_to_end.
    diagnoses : Likely causes where parity is not held.
    ops : One per graph with diff --ops, else null.
    fault : Whether the conversion or float16 broke parity; null where nothing broke.
    opinion : What a second judge said with --second-opinion, else null.
    """

    verdict: Verdict
    summary: Text
    inputs: tuple[Name, ...]
    origins: tuple[Origin, ...]
    left_out: tuple[Text, ...]
    created_utc: Name
    versions: Mapping[Name, Name]
    model: ModelRecord
    notes: tuple[Text, ...]
    precision: Precision
    keep_fp32: tuple[Name, ...]
    target: Target
    routes: tuple[RouteRecord, ...]
    compress: CompressRecord | None
    artifacts: tuple[Artifact, ...]
    evaluations: tuple[RunRecord, ...]
    comparisons: tuple[ComparisonRecord, ...]
    diagnoses: tuple[DiagnosisRecord, ...]
    ops: tuple[GraphRecord, ...] | None
    fault: FaultRecord | None = None
    opinion: OpinionRecord | None = None
