"""Conventions that frameworks differ in, tried on every op of the reference's graph at once.

This is all that can be tried where a candidate shows nothing but its outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, helper

from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken, sentence
from poseconvert.runners.onnx import OnnxRunner

_WINDOWS = {"Conv", "MaxPool", "AveragePool"}


@dataclass(frozen=True, slots=True)
class _Convention:
    """One convention: what it is called, how to say it, and how to bring a node to it."""

    cause: str
    looks: str
    cure: str
    change: Callable[[NodeProto], bool]


def convention_causes(broken: Broken, model: ModelProto, *, path: Path) -> Iterator[Diagnosis]:
    """Run the reference's graph in other conventions; the one that answers as the candidate."""
    batch, _, candidate = broken.some()
    found = []
    for convention in _CONVENTIONS:
        other = ModelProto()
        other.CopyFrom(model)
        # Shapes that were inferred hold for the model as it was.
        del other.graph.value_info[:]
        changed = [convention.change(node) for node in other.graph.node]
        if not any(changed):
            continue
        try:
            after = broken.left_by(OnnxRunner(path, model=other).run(batch), candidate)
        except PoseconvertError:
            continue
        if after is not None:
            found.append((after, convention))
    for after, one in sorted(found, key=lambda pair: pair[0])[:1]:
        yield Diagnosis(one.cause, sentence(broken, one.looks, one.cure, after))


def _attribute(node: NodeProto, name: str) -> Any:
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), None)


def _set(node: NodeProto, **values: Any) -> None:
    kept = [a for a in node.attribute if a.name not in values]
    del node.attribute[:]
    node.attribute.extend(kept)
    node.attribute.extend(
        helper.make_attribute(n, value) for n, value in values.items() if value is not None
    )


def _same(where: str) -> Callable[[NodeProto], bool]:
    def change(node: NodeProto) -> bool:
        """Pad as TensorFlow does, where that is uneven."""
        strides, pads = _attribute(node, "strides"), _attribute(node, "pads")
        if node.op_type not in _WINDOWS or not pads or not any(pads) or max(strides or [1]) < 2:
            return False
        _set(node, auto_pad=where, pads=None)
        return True

    return change


def _resize(**values: str) -> Callable[[NodeProto], bool]:
    def change(node: NodeProto) -> bool:
        if node.op_type != "Resize":
            return False
        mode = (_attribute(node, "mode") or b"nearest").decode()
        if ("nearest_mode" in values) != (mode == "nearest"):
            return False
        _set(node, **values)
        return True

    return change


def _average(count: int) -> Callable[[NodeProto], bool]:
    def change(node: NodeProto) -> bool:
        if node.op_type != "AveragePool" or not np.any(_attribute(node, "pads") or [0]):
            return False
        _set(node, count_include_pad=count)
        return True

    return change


_CONVENTIONS = (
    _Convention(
        "padding", "strided ops look padded as TensorFlow's SAME, more after than before",
        "padding so", _same("SAME_UPPER"),
    ),
    _Convention(
        "padding", "strided ops look padded as SAME_LOWER, more before than after", "padding so",
        _same("SAME_LOWER"),
    ),
    *(
        _Convention(
            "resize mode", f"resizing looks {mode}", "resizing so",
            _resize(coordinate_transformation_mode=mode),
        )
        for mode in ("asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel")
    ),
    *(
        _Convention(
            "resize mode", f"nearest-neighbour resizing looks rounded by {mode}", "rounding so",
            _resize(nearest_mode=mode),
        )
        for mode in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
    ),
    _Convention(
        "pooling border", "average pools look to count their padding", "counting it", _average(1)
    ),
    _Convention(
        "pooling border", "average pools look to leave their padding out", "leaving it out",
        _average(0),
    ),
)  # fmt: skip
