"""What the outputs of a network are measured against: what it answers our own inputs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from poseconvert.decoding import DecodeSpec, skeleton_named
from poseconvert.drift import yardstick_of
from poseconvert.errors import PoseconvertError
from poseconvert.graph.output_span import output_spans
from poseconvert.graph.reader import read_onnx
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.inputs import Inputs, own_inputs
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.rounded_weights import with_rounded_weights
from poseconvert.runners.runner import Outputs


def with_yardsticks(
    reference: Evaluation,
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec] = (),
    graph: Path | None = None,
) -> Evaluation:
    """Measure what a reference answered our own inputs; the user's say nothing of their scale.

    Parameters
    ----------
    reference : evaluated on ``inputs`` with its noise floor.
    specs : how its heads are read: parts are joints there.
    graph : an ONNX graph of the network, which says what float16 weights and the ops at its end
        do; None: not known.

    Raises
    ------
    GraphError : the graph cannot be read.
    """
    if not reference.outputs or all(origin == "given" for origin in inputs.origins):
        return reference
    at = own_inputs(inputs.origins)
    rounded: Outputs = {}
    spans: dict[str, float] = {}
    if graph is not None:
        model = read_onnx(graph)
        spans = output_spans(model)
        with suppress(PoseconvertError):  # then it is not known what rounding does
            runner = OnnxRunner(graph, model=with_rounded_weights(model))
            rounded = runner.run(inputs.batch[at])
    joints = {name: parts for spec in specs for name, parts in _joints(spec).items()}
    yardsticks = {
        name: yardstick_of(
            values[at],
            moved=[one[name] for one in reference.moved if name in one],
            rounded=rounded.get(name),
            op_span=spans.get(name, 0.0),
            groups=len(joints.get(name, ())),
            labels=joints.get(name, ()),
        )
        for name, values in reference.outputs.items()
    }
    return replace(reference, yardsticks=yardsticks, moved=())


def _joints(spec: DecodeSpec) -> dict[str, tuple[str, ...]]:
    """Name the parts of a head's outputs: a joint has its depth bins together."""
    if spec.heatmap is None:
        return {}
    joints = [f"{joint} ({spec.dims}d)" for joint in skeleton_named(spec.skeleton).joints]
    found = {spec.heatmap: tuple(joints)}
    if spec.offset is not None:
        found[spec.offset] = tuple(f"{j} {axis}" for axis in spec.offset_order for j in joints)
    return found
