"""Graphs that do not say what the reference's says: what differs is repaired, and run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper

from poseconvert.drift.format import number
from poseconvert.errors import PoseconvertError
from poseconvert.graph.differences import ABSENT, Difference, differences
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken, worst_output
from poseconvert.pipeline.diagnose.weights import what_happened
from poseconvert.runners.onnx import OnnxRunner

#: So many differences are repaired one by one.
_TRIED = 24
_BY_ATTRIBUTE = {
    "pads": "padding",
    "auto_pad": "padding",
    "count_include_pad": "pooling border",
    "ceil_mode": "pooling border",
    "output_padding": "output padding",
    "output_shape": "output padding",
    "epsilon": "batch norm epsilon",
    "training_mode": "train mode",
    "coordinate_transformation_mode": "resize mode",
    "nearest_mode": "resize mode",
    "mode": "resize mode",
    "cubic_coeff_a": "resize mode",
    "axis": "axis order",
    "perm": "axis order",
}
_BY_OP = {"Clip": "clip bounds", "Dropout": "train mode", "BatchNormalization": "batch norm"}


def graph_causes(
    broken: Broken, reference: ModelProto, candidate: ModelProto, *, path: Path
) -> Iterator[Diagnosis]:
    """Repair the candidate from the reference; the first repair that brings parity back.

    Where no single one does, all of one kind together.
    """
    batch, expected, _ = broken.some()
    found = list(differences(reference, candidate))

    def left(chosen: list[Difference]) -> float | None:
        repaired = ModelProto()
        repaired.CopyFrom(candidate)
        for one in reversed(chosen):  # from the end: repairs insert nodes
            one.repair(repaired)
        try:
            return broken.left_by(expected, OnnxRunner(path, model=repaired).run(batch))
        except (PoseconvertError, ValueError):
            return None

    for one in found[:_TRIED]:
        after = left([one])
        if after is not None:
            yield _diagnosis(broken, one, after)
            return
    for cause in dict.fromkeys(_cause(one) for one in found):
        alike = [one for one in found if _cause(one) == cause]
        after = left(alike) if len(alike) > 1 else None
        if after is not None:
            yield _several(broken, cause, alike, after)
            return


def training_mode(broken: Broken, candidate: ModelProto, *, path: Path) -> Iterator[Diagnosis]:
    """Find batch norms and dropouts that were exported as in training."""
    repaired = ModelProto()
    repaired.CopyFrom(candidate)
    found = []
    constants = {t.name: numpy_helper.to_array(t) for t in candidate.graph.initializer}
    for node in repaired.graph.node:
        for attribute in node.attribute:
            if attribute.name == "training_mode" and attribute.i:
                attribute.i = 0
                del node.output[1:]
                found.append(node.name or node.output[0])
        if node.op_type == "Dropout" and len(node.input) > 2:
            live = constants.get(node.input[2])
            if live is None or bool(np.any(live)):
                node.input[2] = ""
                found.append(node.name or node.output[0])
    if not found:
        return
    batch, expected, _ = broken.some()
    try:
        after = broken.left_by(expected, OnnxRunner(path, model=repaired).run(batch))
    except PoseconvertError:
        after = None
    effect = f": in eval mode the drift is {number(after)} of the range" if after else ""
    yield Diagnosis(
        "train mode",
        f"{path.name}: {len(found)} of its ops run as in training, the first is {found[0]}{effect}",
        found[0],
    )


def baked_constants(
    broken: Broken, reference: ModelProto, candidate: ModelProto
) -> Iterator[Diagnosis]:
    """Find outputs that answer no input, and values that became constants."""
    stored = {t.name for t in candidate.graph.initializer} | {
        node.output[0] for node in candidate.graph.node if node.op_type == "Constant"
    }
    computed = [n for node in reference.graph.node if _lives(node) for n in node.output]
    frozen = [name for name in computed if name in stored and name not in _constants(reference)]
    reference_outputs = broken.reference.outputs
    still = [
        name
        for name, values in broken.candidate.outputs.items()
        if name in reference_outputs and _varies(reference_outputs[name]) and not _varies(values)
    ]
    if frozen:
        text = f"{frozen[0]}, which the reference computes, is a constant in the candidate"
        yield Diagnosis("baked constant", f"{text}: it was recorded when the model was traced",
                        frozen[0])  # fmt: skip
    elif still:
        yield Diagnosis(
            "baked constant",
            f"{still[0]} is the same for every input: part of the graph was recorded as a constant",
        )


def _varies(values: NDArray[Any]) -> bool:
    return len(values) < 2 or bool(np.ptp(values, axis=0).any())


def _lives(node: Any) -> bool:
    return node.op_type not in ("Constant", "Identity")


def _constants(model: ModelProto) -> set[str]:
    return {tensor.name for tensor in model.graph.initializer}


def _cause(one: Difference) -> str:
    if one.what == "dropped":
        return "op dropped"
    if one.type == "ConvTranspose" and not one.what.startswith("input"):
        return "output padding"
    if one.type in _BY_OP and one.what.startswith("input"):
        return _BY_OP[one.type]
    if one.what == "op":
        return "clip bounds" if "Clip" in (one.reference, one.candidate) else "op replaced"
    if one.what.startswith("input"):
        return what_happened(one.reference, one.candidate).cause
    return _BY_ATTRIBUTE.get(one.what, "attribute")


def _diagnosis(broken: Broken, one: Difference, after: float) -> Diagnosis:
    said = {
        "dropped": lambda: f"{one.reference} before {one.type} {one.node} was dropped",
        "op": lambda: f"{one.node} is {one.candidate}, the reference has {one.reference}",
    }.get(one.what, lambda: _difference(one))()
    return Diagnosis(_cause(one), f"{said}: {_effect(broken, after)}", one.node)


def _effect(broken: Broken, after: float) -> str:
    before = number(broken.before)
    return (
        f"undoing that brings {worst_output(broken)}'s drift from {before} to {number(after)}"
        " of its range"
    )


def _difference(one: Difference) -> str:
    if not one.what.startswith("input"):
        return (
            f"{one.type} {one.node}: {one.what} is {one.candidate}, the reference has"
            f" {one.reference}"
        )
    if one.reference.size > 1 and one.reference.shape == one.candidate.shape:
        return f"{one.type} {one.node}: {what_happened(one.reference, one.candidate).words}"
    return (
        f"{one.type} {one.node}: {one.what} is {_text(one.candidate)}, the reference has"
        f" {_text(one.reference)}"
    )


def _text(value: NDArray[Any]) -> str:
    if value is ABSENT or not value.size:
        return "absent"
    return f"{value.item():.6g}" if value.size == 1 else f"of shape {value.shape}"


def _several(broken: Broken, cause: str, alike: list[Difference], after: float) -> Diagnosis:
    first = _difference(alike[0]) if alike[0].what not in ("dropped", "op") else alike[0].node
    return Diagnosis(
        cause, f"{len(alike)} ops, the first: {first}: {_effect(broken, after)}", alike[0].node
    )
