"""Ops in words and as JSON: rows, the first over tolerance, what was matched and what not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from poseconvert.drift import GraphDrift, MovedJoint, OpDrift, ValueDrift, furthest, matters
from poseconvert.drift.format import number
from poseconvert.reports.summary import counted, pixels
from poseconvert.stages.stage import stage_title

if TYPE_CHECKING:
    from poseconvert.pipeline.chain.measurement import Localisation

SHOWN = 15
_NAMES = 5
_JOINTS = 3
_HOW = {"name": "name", "structure": "structure", "value": "what they hold"}


@dataclass(frozen=True, slots=True)
class OpRow:
    """One op in words.

    Attributes
    ----------
    depth : its place in the graph.
    op : module or name, with its type.
    local, accumulated : drift as a part of the range; ``NaN or Inf``, ``not measured``.
    moved : the joint it moved furthest; empty where that was not tried.
    over : whether it is over tolerance.
    """

    depth: str
    op: str
    local: str
    accumulated: str
    moved: str
    over: bool


def op_rows(graph: GraphDrift, limit: int = SHOWN) -> tuple[OpRow, ...]:
    """Return the ops with the largest accumulated drift, in graph order, and the first over."""
    return tuple(_row(op, graph) for op in matters(graph, limit))


def op_sentences(graph: GraphDrift) -> tuple[str, ...]:
    """Say what was matched how, what was not, and which op is the first over tolerance."""
    if graph.reason:
        return (f"not measured: {graph.reason}",)
    sentences = [_matched(graph)]
    if graph.unmatched:
        names = [op.value for op in graph.unmatched]
        sentences.append(f"not matched, so not compared: {_some(names)}")
    if graph.nested:
        names = [f"{inner} in {owner}" for inner, owner in graph.nested]
        sentences.append(f"compared only as part of their owners: {_some(names)}")
    sentences += _alone(graph)
    return (*sentences, first_line(graph))


def first_line(graph: GraphDrift) -> str:
    """Name the first op over tolerance with its drift, the joints it moved, and its hazards."""
    tolerance = graph.tolerance
    compared = [op for op in graph.ops if op.measured]
    allowed = (
        f"{number(tolerance.local)} of range alone, {number(tolerance.accumulated)} accumulated"
    )
    if not compared:
        return "no op was compared: nothing is known about any of them"
    first = graph.first
    if first is None:
        if identical(graph):
            return "every compared value is identical"
        return f"no op over {allowed}"
    dtype = f", {first.dtype}" if first.dtype else ""
    parts = [
        f"first op over {allowed}: {_place(first)} ({first.type}{dtype}): local"
        f" {_drift(first.local)}, accumulated {_drift(first.accumulated)}"
    ]
    if first.module:
        parts.append(f"op {first.name}")
    parts += [f"moved {_joints(first.joints)}"] if first.joints else []
    parts += [f"hazard: {hazard.removesuffix('.')}" for hazard in first.hazards[:2]]
    return "; ".join(parts)


def identical(graph: GraphDrift) -> bool:
    """Whether every compared value is the reference's to the bit."""
    drifts = [d for op in graph.ops if op.measured for d in (op.local, op.accumulated)]
    return all(d.max_abs == 0 and not d.non_finite for d in drifts)


def title(graph: GraphDrift) -> str:
    """Return what was compared with what."""
    if graph.reason:
        return f"ops of {stage_title(graph.stage)}"
    return f"ops of {graph.candidate} against {graph.reference}"


def ops_json(found: Localisation | None) -> list[dict[str, Any]] | None:
    """Return every op of every graph as JSON values; None where they were not asked for."""
    if found is None:
        return None
    return [
        {
            "stage": graph.stage,
            "reference": graph.reference,
            "candidate": graph.candidate,
            "reason": graph.reason,
            "tolerance": {
                "local": graph.tolerance.local,
                "accumulated": graph.tolerance.accumulated,
                "reason": graph.tolerance.reason,
            },
            "first": None if graph.first is None else graph.first.value,
            "unmatched": [op.value for op in graph.unmatched],
            "unused": graph.unused,
            "nested": [{"op": op, "owner": owner} for op, owner in graph.nested],
            "values": [_op_json(op, graph) for op in graph.ops],
        }
        for graph in found.graphs
    ]


def _op_json(op: OpDrift, graph: GraphDrift) -> dict[str, Any]:
    return {
        "depth": op.depth,
        "op": op.name,
        "type": op.type,
        "value": op.value,
        "dtype": op.dtype,
        "module": op.module,
        "reference": op.reference,
        "matched": op.matched,
        "over": op.over(graph.tolerance),
        "local": _drift_json(op.local),
        "accumulated": _drift_json(op.accumulated),
        "hazards": op.hazards,
        "tried": op.tried,
        "joints": [
            {
                "joint": joint.joint,
                "head": joint.head,
                "input_name": joint.input_name,
                "px": joint.px,
                "flipped": joint.flipped,
                "visible": joint.visible,
            }
            for joint in op.joints
        ],
    }


def _drift_json(drift: ValueDrift) -> dict[str, Any] | None:
    if not drift.elements:
        return None
    return {
        "relative": drift.relative,
        "max_abs": drift.max_abs,
        "low": drift.low,
        "high": drift.high,
        "elements": drift.elements,
        "non_finite": drift.non_finite,
    }


def _row(op: OpDrift, graph: GraphDrift) -> OpRow:
    return OpRow(
        depth=str(op.depth),
        op=f"{_place(op)} ({op.type})",
        local=_drift(op.local),
        accumulated=_drift(op.accumulated),
        moved=_joints(op.joints[:1]) if op.joints else "none" if op.tried else "",
        over=op.over(graph.tolerance),
    )


def _place(op: OpDrift) -> str:
    return op.module or op.name


def _drift(drift: ValueDrift) -> str:
    if not drift.elements:
        return "not measured"
    if drift.non_finite:
        return "NaN or Inf"
    if drift.max_abs == 0:
        return "0"
    return "Inf" if math.isinf(drift.relative) else number(drift.relative)


def _joints(joints: Sequence[MovedJoint]) -> str:
    """Name joints once each, furthest first."""
    found: dict[str, str] = {}
    for joint in joints:
        far = f"{pixels(joint.px)} px" if math.isfinite(joint.px) else ""
        how = f"flipped {far}".strip() if joint.flipped else far
        unsure = "" if joint.visible else ", unsure"
        found.setdefault(f"{joint.joint} ({joint.head}{unsure})", how)
    return ", ".join(f"{name} {how}" for name, how in list(found.items())[:_JOINTS])


def _matched(graph: GraphDrift) -> str:
    counts = [(graph.matches(how), word) for how, word in _HOW.items()]
    total = sum(count for count, _ in counts)
    ways = ", ".join(f"{count} by {word}" for count, word in counts if count)
    return f"{total} of {counted(len(graph.ops), 'value')} matched{f': {ways}' if ways else ''}"


def _alone(graph: GraphDrift) -> list[str]:
    """Say which single op moved joints furthest, of those that were tried."""
    tried = [op for op in graph.ops if op.tried]
    moved = {furthest(op.joints)[0]: op for op in tried if op.joints}
    if not tried:
        return []
    if not moved:
        return [f"no joint moved by any of {counted(len(tried), 'op')} tried alone"]
    most = furthest(moved)[0]
    op = moved[most]
    return [
        f"of {counted(len(tried), 'op')} tried alone {_place(op)} ({op.type}) moved most:"
        f" {_joints(op.joints)}"
    ]


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMES} more" if len(listed) > _NAMES else ""
    return ", ".join(listed[:_NAMES]) + more
