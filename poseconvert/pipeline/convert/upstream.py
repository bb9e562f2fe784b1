"""The chain before its package: both ONNX artifacts, what they give, and what is stored of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from onnx import ModelProto

from poseconvert.conversion.golden import Goldens
from poseconvert.decoding import DecodeSpec
from poseconvert.errors import GraphError
from poseconvert.graph.reader import read_onnx
from poseconvert.graph.shapes import static_shape
from poseconvert.pipeline.chain.evaluate import Evaluation, Link, Progress, evaluate
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.links import onnx_links
from poseconvert.pipeline.chain.model import LoadedModel
from poseconvert.pipeline.chain.yardsticks import with_yardsticks
from poseconvert.stages.advice import advice_for
from poseconvert.stages.simplified_from_onnx import simplified_from_onnx
from poseconvert.stages.stage import ONNX, ONNX_FROM_TORCH, SIMPLIFIED, SIMPLIFIED_FROM_ONNX, SOURCE


def onnx_stages(origin: LoadedModel, folder: Path, progress: Progress) -> ModelProto:
    """Make both ONNX artifacts; return the second."""
    progress(ONNX_FROM_TORCH.name if origin.source else "reading ONNX")
    origin.write_onnx(folder / ONNX)
    progress(SIMPLIFIED_FROM_ONNX.name)
    prepared = origin.prepare(read_onnx(folder / ONNX))
    return simplified_from_onnx(folder / ONNX, folder / SIMPLIFIED, prepared=prepared)


def upstream_links(origin: LoadedModel, folder: Path) -> list[Link]:
    """List MODEL and both ONNX artifacts."""
    if origin.source is None:
        return onnx_links(folder, made=SOURCE, normalize=origin.normalize)
    reference = Link(origin.path.name, SOURCE, origin.torch_runner)
    return [reference, *onnx_links(folder, made=ONNX_FROM_TORCH.name)]


def run_upstream(
    origin: LoadedModel,
    folder: Path,
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    progress: Progress,
) -> list[Evaluation]:
    """Run MODEL and both ONNX artifacts, and measure what the rest is judged by."""
    first, *others = evaluate(
        upstream_links(origin, folder), inputs, specs=specs, progress=progress, floor=True
    )
    graph = folder / SIMPLIFIED
    return [with_yardsticks(first, inputs, specs=specs, graph=graph), *others]


def output_shapes(model: ModelProto) -> dict[str, tuple[int, ...]]:
    """Return the shape of every output.

    Raises
    ------
    GraphError : one of them depends on the data.
    """
    shapes, graph = {}, model.graph
    for value in graph.output:
        shape = static_shape(value)
        if shape is None:  # the inputs' are fixed: the data decides
            ops = dict.fromkeys(node.op_type for node in graph.node if advice_for(node.op_type, ""))
            named = ", ".join(ops)
            raise GraphError(
                f"{SIMPLIFIED}: output {value.name} has no fixed shape{': ' * bool(ops)}{named}."
                f" {advice_for(named, 'Return tensors of one fixed shape.')}"
            )
        shapes[value.name] = shape
    return shapes


def goldens_of(reference: Evaluation, inputs: Inputs) -> Goldens:
    """Return what is stored of the reference."""
    return Goldens(
        reference.run.label,
        inputs.names,
        tuple(inputs.values.values()),
        reference.outputs,
        reference.floor,
        origins=inputs.origins,
        yardsticks=reference.yardsticks,
    )
