"""Shapes of outputs that an exporter left open although the inputs fix them."""

from __future__ import annotations

from onnx import ModelProto

from poseconvert.graph.fold_constants import with_constants_folded
from poseconvert.graph.shapes import static_shape, with_shapes

_ROUNDS = 8  # a size may be computed from a shape that was found the round before


def with_output_shapes(model: ModelProto) -> ModelProto:
    """Return ``model`` with the shapes of its outputs that follow from those of its inputs.

    An exporter that writes the sizes of a padding as ops leaves all shapes behind it open.
    Those ops are computed here, to find the shapes; the graph keeps them. A shape that the
    data decides stays open.
    """
    found = _open(model)
    if not found:
        return model
    made, folded = ModelProto(), ModelProto()
    made.CopyFrom(model)
    folded.CopyFrom(model)
    for value in folded.graph.output:
        if value.name in found:  # a declared symbol would stand in the way of a number
            value.type.tensor_type.ClearField("shape")
    for _ in range(_ROUNDS):
        before = len(folded.graph.node)
        folded = with_shapes(with_constants_folded(folded))
        if not _open(folded) or len(folded.graph.node) == before:
            break
    still = _open(folded)
    shapes = {value.name: static_shape(value) for value in folded.graph.output}
    for value in made.graph.output:
        if value.name in found - still:
            del value.type.tensor_type.shape.dim[:]
            for size in shapes[value.name] or ():
                value.type.tensor_type.shape.dim.add().dim_value = size
    return made


def _open(model: ModelProto) -> set[str]:
    """Name the outputs without a shape, or with a size that is not fixed."""
    return {
        value.name
        for value in model.graph.output
        if not value.type.tensor_type.HasField("shape") or static_shape(value) is None
    }
