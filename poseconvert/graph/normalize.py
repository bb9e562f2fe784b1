"""Put picture normalisation in front of an ONNX graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, helper, numpy_helper

from poseconvert.errors import GraphError
from poseconvert.graph.reader import graph_inputs
from poseconvert.graph.shapes import static_shape
from poseconvert.graph.tensors import all_graphs


def with_normalization(
    model: ModelProto, *, scale: Sequence[float], bias: Sequence[float]
) -> ModelProto:
    """Return a copy whose one input takes 0-255 and is scaled inside the graph.

    Parameters
    ----------
    model : its input is (N, 3, H, W) float32.
    scale, bias : ``x * scale + bias``, per RGB channel.

    Raises
    ------
    GraphError : the input is not a picture in NCHW.
    """
    picture = graph_inputs(model)[0]
    shape = static_shape(picture)
    if shape is None or len(shape) != 4 or shape[1] != 3:
        raise GraphError(
            f"--scale/--bias: input {picture.name} {shape} is not (N, 3, H, W)."
            " Omit them and scale outside."
        )
    scaled = ModelProto()
    scaled.CopyFrom(model)
    name, inner, middle = picture.name, f"{picture.name}__normalized", f"{picture.name}__scaled"
    scaled.ir_version = max(scaled.ir_version, 4)  # below 4 an initializer must be an input too
    for graph in all_graphs(scaled.graph):
        for node in graph.node:
            for index, used in enumerate(node.input):
                if used == name:
                    node.input[index] = inner
    for suffix, values in (("scale", scale), ("bias", bias)):
        tensor = np.asarray(values, np.float32).reshape(1, 3, 1, 1)
        scaled.graph.initializer.append(numpy_helper.from_array(tensor, f"{name}__{suffix}"))
    scaled.graph.node.insert(0, helper.make_node("Mul", [name, f"{name}__scale"], [middle]))
    scaled.graph.node.insert(1, helper.make_node("Add", [middle, f"{name}__bias"], [inner]))
    return scaled
