"""Which decode presets fit the outputs of an artifact, before anyone converts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from poseconvert.decoding import offer

if TYPE_CHECKING:
    from onnx import ValueInfoProto

    from poseconvert.mil.package.features import InputFeature, OutputFeature

Shapes = Mapping[str, tuple[int, ...]]


def joints_of_graph(
    inputs: Iterable[ValueInfoProto], outputs: Iterable[ValueInfoProto]
) -> dict[str, str]:
    """Return the fact for an ONNX graph; none where a shape is open."""
    from poseconvert.graph.shapes import static_shape

    given, made = (
        {value.name: tuple(static_shape(value) or ()) for value in values}
        for values in (inputs, outputs)
    )
    return _fact(given, made)


def joints_of_package(
    inputs: Iterable[InputFeature], outputs: Iterable[OutputFeature]
) -> dict[str, str]:
    """Return the fact for a Core ML package; none where an output declares no shape."""
    given, made = (
        {feature.name: tuple(getattr(feature, "shape", ())) for feature in features}
        for features in (inputs, outputs)
    )
    return _fact(given, made)


def _fact(inputs: Shapes, outputs: Shapes) -> dict[str, str]:
    if not outputs or not all(outputs.values()):
        return {}
    sizes = [shape[2:] for shape in inputs.values() if len(shape) == 4 and shape[1] in {1, 3}]
    return {"joints": offer(outputs, (sizes[0][0], sizes[0][1]) if sizes else None)}
