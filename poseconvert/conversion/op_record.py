"""What ``diff --ops`` measured of every op, as ``parity.v1`` has it: the one declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from poseconvert.fields import Count, Name, Size, Text


@dataclass(frozen=True, slots=True)
class OpToleranceRecord:
    """Allowed drift of an op.

    Attributes
    ----------
    local : Of the op alone, as a part of the range.
    accumulated : The same of all up to it.
    reason : Why so much.
    """

    local: Size
    accumulated: Size
    reason: Text


@dataclass(frozen=True, slots=True)
class NestedRecord:
    """An op of a nested block.

    Attributes
    ----------
    op : Its name.
    owner : The op that it was compared with.
    """

    op: Name
    owner: Name


@dataclass(frozen=True, slots=True)
class OpDriftRecord:
    """Drift of a value.

    Attributes
    ----------
    relative : max_abs over the reference's range; null if it holds NaN or infinity.
    max_abs : Largest difference.
    low : Of the reference's range.
    high : Of the reference's range.
    elements : Values compared.
    non_finite : Those that are NaN or infinite on either side.
    """

    relative: Size | None
    max_abs: Size | None
    low: float | None
    high: float | None
    elements: Count
    non_finite: Count


@dataclass(frozen=True, slots=True)
class MovedJointRecord:
    """A joint that moved.

    Attributes
    ----------
    joint : Its name.
    head : Which head it was read from.
    input_name : On which input.
    px : How far; null: on one side only.
    flipped : Whether its peak is in another cell.
    visible : Whether it was seen.
    """

    joint: Name
    head: Literal["2d", "3d"]
    input_name: Name
    px: Size | None
    flipped: bool
    visible: bool


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """A value that an op gives.

    Attributes
    ----------
    depth : Its place in the graph.
    op : Name in the candidate.
    type : Of the op.
    value : What it gives.
    dtype : Empty where the artifact declares none.
    module : Path in PyTorch; empty if unknown.
    reference : The reference's value; empty if it was not matched.
    matched : How it was found; empty if it was not.
    over : Whether it is over tolerance.
    local : Of the op alone on the reference's inputs; null: not measured.
    accumulated : Of all ops up to it; null: not measured.
    hazards : What may go wrong in the op.
    tried : Inputs on which its local result went on to the outputs; 0: not tried.
    joints : Joints that moved then, furthest first.
    """

    depth: Count
    op: Name
    type: Name
    value: Name
    dtype: Name
    module: Name
    reference: Name
    matched: Literal["name", "structure", "value", ""]
    over: bool
    local: OpDriftRecord | None
    accumulated: OpDriftRecord | None
    hazards: tuple[Text, ...]
    tried: Count
    joints: tuple[MovedJointRecord, ...]


@dataclass(frozen=True, slots=True)
class GraphRecord:
    """One graph against another.

    Attributes
    ----------
    stage : simplified_from_onnx, coreml_from_onnx/fp32 or coreml_from_onnx/fp16.
    reference : ARTIFACT on RUNNER.
    candidate : ARTIFACT on RUNNER.
    reason : Why nothing was measured; empty if something was.
    tolerance : Of its ops.
    first : Value of the first op over tolerance; null without one.
    unmatched : Values without a counterpart, which were not compared.
    unused : Values of the reference that are not a value's counterpart.
    nested : Ops of nested blocks, compared as part of their owners.
    values : In graph order.
    """

    stage: Name
    reference: Name
    candidate: Name
    reason: Text
    tolerance: OpToleranceRecord | None
    first: Name | None
    unmatched: tuple[Name, ...]
    unused: tuple[Name, ...]
    nested: tuple[NestedRecord, ...]
    values: tuple[ValueRecord, ...]
