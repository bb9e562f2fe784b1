"""Cut out of both ONNX models what the simplification changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from poseconvert.errors import PoseconvertError
from poseconvert.graph.extract import Excerpt, excerpt
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.localise.onnx_ops import Opened, open_onnx
from poseconvert.pipeline.localise.repro_script import drift, on_onnxruntime
from poseconvert.pipeline.localise.smallest_model import Fault, Part, Repro, smallest_part
from poseconvert.runners.runner import Batch
from poseconvert.stages.stage import ONNX, SIMPLIFIED


def cut_for_simplified(
    conversion: ConversionFolder, fault: Fault, inputs: Inputs, *, progress: Progress
) -> Repro | str:
    """Find the smallest part that gives other values; a sentence without one."""
    before = open_onnx(conversion.folder / ONNX, normalize=conversion.normalize)
    after = open_onnx(conversion.folder / SIMPLIFIED)
    matches = {op.value: op.reference for op in fault.graph.ops if op.matched}
    if not before.normalized:
        matches |= {name: name for name in after.graph.inputs if name in before.graph.inputs}
    before.values.feed(_worst(before, after, fault, inputs.batch))

    def cut(part: Part) -> Excerpt:
        return excerpt(
            after.graph,
            part.value,
            inside=part.inside,
            shape_of=lambda name: before.values[matches[name]].shape,
        )

    def shows(part: Part) -> bool:
        progress(f"{part.value} with {len(part.inside) - 1} values before it")
        try:
            candidate = cut(part)
            fed = _fed(candidate, before, matches)
            expected = before.values[matches[part.value]]
        except (KeyError, PoseconvertError):  # it reads what has no counterpart
            return False
        return fault.shown(drift(expected, on_onnxruntime(candidate.model, fed)))

    part = smallest_part(after.graph, fault.op.value, shows=shows)
    if part is None:
        return f"No part of {SIMPLIFIED} shows the drift of {fault} from values with counterparts;"
    candidate, value = cut(part), matches[part.value]
    source = _reference(before, value, {matches[name] for name in candidate.inputs.values()})
    same = {name: name for op in before.graph.ops for name in (*op.reads, *op.gives)}
    return Repro(
        {"model.onnx": source.model, "simplified.onnx": candidate.model},
        {f"model/{name}": array for name, array in _fed(source, before, same).items()}
        | {f"simplified/{n}": array for n, array in _fed(candidate, before, matches).items()},
        before.values[value],
        {
            "what": f"{fault}: drift {fault.drift:.3g} of the range",
            "limit": fault.limit,
            "models": ["model.onnx", "simplified.onnx"],
            "libraries": ["onnx", "onnxruntime", "onnxsim"],
        },
    )


def _fed(part: Excerpt, before: Opened, matches: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    return {name: before.values[matches[value]] for name, value in part.inputs.items()}


def _reference(before: Opened, value: str, edge: set[str]) -> Excerpt:
    """Cut what computes the reference's value from the counterparts of the part's inputs."""
    given = {name for op in before.graph.ops for name in op.gives}
    return excerpt(
        before.graph,
        value,
        inside=given - (edge - {value}),
        shape_of=lambda name: before.values[name].shape,
    )


def _worst(before: Opened, after: Opened, fault: Fault, batch: Batch) -> Batch:
    """Return the input on which both models are furthest apart."""

    def distance(index: int) -> float:
        for opened in (before, after):
            opened.values.feed(batch[index : index + 1])
        measured = drift(before.values[fault.value], after.values[fault.op.value])
        return math.inf if math.isnan(measured) else measured

    worst = max(range(len(batch)), key=distance)
    return batch[worst : worst + 1]
