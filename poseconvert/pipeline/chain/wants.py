"""What a package or a graph wants of a picture, and what its first ops do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, ValueInfoProto, helper

from poseconvert.graph.differences import Constants
from poseconvert.graph.reader import graph_inputs
from poseconvert.graph.shapes import static_shape
from poseconvert.imaging.scaling import Scaling, per_colour
from poseconvert.imaging.wanted import Wanted, wanted_tensor
from poseconvert.mil import Package
from poseconvert.mil.package.features import ArrayFeature, ImageFeature
from poseconvert.mil.package.program import Constant, Operation

_COLOURS = 3
_ARITHMETIC = ("Mul", "Div", "Add", "Sub")
_DTYPES = {"fp16": np.float16, "fp32": np.float32, "fp64": np.float64, "int32": np.int32}


def package_wants(package: Package) -> tuple[Wanted | None, ...]:
    """Read each input of a package; None for an image of other colours than RGB or BGR."""
    inside = scaling_of(package)
    return tuple(_inside(_feature(feature), inside) for feature in package.inputs)


def graph_wants(model: ModelProto) -> tuple[Wanted | None, ...]:
    """Read each input of a graph; None for one of open axes, or of no numbers."""
    inside = scaling_of_graph(model)
    return tuple(_inside(_value(value), inside) for value in graph_inputs(model))


def _feature(feature: ImageFeature | ArrayFeature) -> Wanted | None:
    if isinstance(feature, ArrayFeature):
        return wanted_tensor(feature.name, feature.shape, _DTYPES.get(feature.dtype, np.float32))
    colours = feature.colour_space
    if colours not in ("RGB", "BGR"):
        return None
    return Wanted(feature.name, feature.shape, image=colours)


def _value(value: ValueInfoProto) -> Wanted | None:
    shape = static_shape(value)
    dtype = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
    if shape is None or dtype.kind not in "fiu":
        return None
    return wanted_tensor(value.name, shape, dtype)


def _inside(wanted: Wanted | None, scaling: Scaling | None) -> Wanted | None:
    return replace(wanted, inside=scaling) if wanted and wanted.picture else wanted


def scaling_of_graph(model: ModelProto) -> Scaling | None:
    """Follow a graph's first input through what scales it; None where nothing does."""
    constants = Constants(model)
    name = next(iter(graph_inputs(model))).name
    scale, bias, found = np.ones(1), np.zeros(1), False
    for node in model.graph.node:
        if name not in node.input or node.op_type not in _ARITHMETIC:
            continue
        other = next((n for n in node.input if n != name), "")
        if other not in constants or (node.input[0] != name and node.op_type in ("Div", "Sub")):
            break
        value = np.asarray(constants[other], np.float64).reshape(-1)
        if value.size not in (1, _COLOURS):
            break
        if node.op_type == "Mul":
            scale, bias = scale * value, bias * value
        elif node.op_type == "Div":
            scale, bias = scale / value, bias / value
        else:
            bias = bias + value if node.op_type == "Add" else bias - value
        name, found = node.output[0], True
    return per_colour(scale, bias) if found else None


def scaling_of(package: Package) -> Scaling | None:
    """Follow the one picture through what scales it first; None where nothing does."""
    if len(package.inputs) != 1:
        return None
    constants = package.program.main.constants()
    current, scale, bias, seen = package.inputs[0].name, np.ones(1), np.zeros(1), False
    for operation in package.program.main.block.operations:
        reads = [given for references in operation.inputs.values() for given in references]
        if operation.type == "const" or current not in reads:
            continue
        step = _step(operation, constants)
        if step is None:
            break
        scale, bias = scale * step[0], bias * step[0] + step[1]
        seen = seen or operation.type != "cast"
        current = operation.outputs[0][0]
    return per_colour(scale, bias) if seen else None


def _step(
    operation: Operation, constants: Mapping[str, Constant]
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Return factor and summand of an op that scales, one or one per colour; None of another."""
    one, zero = np.ones(1), np.zeros(1)
    if operation.type == "cast":
        return one, zero
    given = {}
    for side in "xy":
        (reference,) = operation.inputs.get(side, ("",))
        known = reference if isinstance(reference, Constant) else constants.get(reference)
        if known is not None:
            given[side] = np.asarray(known.array, np.float64).reshape(-1)
    if len(given) != 1 or next(iter(given.values())).size not in (1, _COLOURS):
        return None
    ((side, by),) = given.items()
    if operation.type == "mul":
        return by, zero
    if operation.type == "add":
        return one, by
    if side == "x":
        return None
    return {"real_div": (1 / by, zero), "sub": (one, -by)}.get(operation.type)
