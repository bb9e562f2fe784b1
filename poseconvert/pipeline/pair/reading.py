"""Any artifact, read: a graph, a package, PyTorch's files, a conversion, a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, ValueInfoProto, helper

from poseconvert.conversion.atomic_write import MANIFEST
from poseconvert.conversion.golden import INDEX
from poseconvert.conversion.manifest import read_manifest
from poseconvert.conversion.promise import GOLDEN, package_of
from poseconvert.decoding import DecodeSpec
from poseconvert.errors import ConversionError, GraphError, PackageError
from poseconvert.graph.reader import graph_inputs, read_onnx, with_input_shape
from poseconvert.graph.shapes import static_shape
from poseconvert.imaging.wanted import Wanted, wanted_tensor
from poseconvert.mil import read_package
from poseconvert.mil.package.program import TensorType
from poseconvert.network.archive import Kind, kind_of
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.model import load_model
from poseconvert.pipeline.chain.recorded import read_recorded, recorded_runner
from poseconvert.pipeline.chain.wants import graph_wants, package_wants
from poseconvert.pipeline.pair.artifact import Artifact, Shapes
from poseconvert.runners.mil import MilRunner
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.stages.coreml_options import Precision

_COLOURS = 3


class _OpenShapeError(GraphError):
    """A graph leaves axes open that no other artifact has said so far."""


def read_artifacts(paths: Sequence[Path], *, inputs: Shapes) -> list[Artifact]:
    """Read all of them; what one does not say of its shapes, another may.

    Parameters
    ----------
    inputs : shapes that the user gave, by name.

    Raises
    ------
    PoseconvertError : one cannot be read, or nothing says its shapes.
    """
    found: dict[Path, Artifact] = {}
    known = tuple(wanted_tensor(name, shape) for name, shape in inputs.items())
    # Packages say their shapes, graphs mostly, PyTorch's own files seldom.
    silent: list[Path] = []
    for path in sorted(paths, key=_reticence):
        try:
            found[path] = _read(path, known)
        except _OpenShapeError:
            silent.append(path)
            continue
        known = known or found[path].inputs
    for path in silent:  # another of them may have said it since
        found[path] = _read(path, known)
    return [replace(found[path], name=_name(path, paths)) for path in paths]


def _name(path: Path, paths: Sequence[Path]) -> str:
    """Call it by its file name, where no other is called so."""
    alike = [other for other in paths if other.name == path.name]
    return path.name if len(alike) == 1 else str(path)


def _reticence(path: Path) -> int:
    return 0 if path.is_dir() or path.suffix == ".mlmodel" else 1 if path.suffix == ".onnx" else 2


def _read(path: Path, known: Sequence[Wanted]) -> Artifact:
    if not path.exists():
        raise ConversionError(f"{path}: no such file or folder. Check the path.")
    if path.is_dir() and path.suffix != ".mlpackage":
        if not (path / MANIFEST).is_file():
            if any((path / place).is_file() for place in (INDEX, GOLDEN)):
                return _recording(path)
            raise ConversionError(
                f"{path}: is no package, conversion or recording. Name an artifact inside it."
            )
        manifest = read_manifest(path)
        return _package(path / package_of(manifest), decode=manifest.decode)
    if path.suffix in (".mlpackage", ".mlmodel"):
        return _package(path)
    if path.suffix == ".onnx":
        return _graph(path, known)
    return _network(path, known)


def _recording(path: Path) -> Artifact:
    """Read what a phone or another program recorded; what it computed in is not known."""
    goldens = read_recorded(path)
    inputs = tuple(
        _stored(f"input-{number}", values) for number, values in enumerate(goldens.inputs, 1)
    )
    return Artifact(
        path,
        path.name,
        inputs,
        (partial(recorded_runner, goldens),),
        precision="fp16",
        takes_pixels=True,
        recorded=goldens,
    )


def _stored(name: str, values: NDArray[Any]) -> Wanted:
    if values.dtype != np.uint8:
        return Wanted(name, (1, *values.shape[1:]))
    height, width, colours = values.shape[1:]
    return Wanted(name, (1, colours, height, width), image="RGB")


def _package(path: Path, *, decode: tuple[DecodeSpec, ...] = ()) -> Artifact:
    package = read_package(path)
    types = [
        type
        for operation in package.program.main.block.walk()
        for _, type in operation.outputs
        if isinstance(type, TensorType) and operation.type != "const"
    ]
    half = any(type.dtype == "fp16" for type in types)
    packed = any(
        operation.type.startswith("constexpr_") and operation.type != "constexpr_cast"
        for operation in package.program.main.block.walk()
    )
    modes: tuple[Precision, ...] = ("fp16", "fp32") if half else ("fp32",)
    each = zip(package.inputs, package_wants(package), strict=True)
    inputs = tuple(_colours(path, feature, wanted) for feature, wanted in each)
    return Artifact(
        path,
        path.name,
        inputs,
        tuple(partial(MilRunner, package, precision=mode) for mode in modes),
        precision="fp16" if half else "fp32",
        compressed=packed,
        takes_pixels=any(one.image != "" for one in inputs),
        decode=decode,
    )


def _colours(path: Path, feature: Any, wanted: Wanted | None) -> Wanted:
    if wanted is None:
        raise PackageError(
            f'{path}: input "{feature.name}" is a {feature.colour_space} image. Only RGB and BGR'
            " images can be compared: every artifact is given the same colours."
        )
    return wanted


def _graph(path: Path, known: Sequence[Wanted]) -> Artifact:
    model = read_onnx(path)
    for value in graph_inputs(model):
        shape = static_shape(value) or _open_shape(path, value, known)
        model = with_input_shape(model, value.name, shape)
        dtype = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        if dtype.kind not in "fiu":
            raise GraphError(f"{path}: input {value.name} is {dtype}. Only numbers can be fed.")
    inputs = tuple(wanted for wanted in graph_wants(model) if wanted)
    return Artifact(
        path,
        path.name,
        inputs,
        (partial(_onnx_runner, path, model),),
        takes_pixels=any(one.dtype == "uint8" for one in inputs),
    )


def _onnx_runner(path: Path, model: ModelProto) -> OnnxRunner:
    return OnnxRunner(path, model=model)


def _open_shape(path: Path, value: ValueInfoProto, known: Sequence[Wanted]) -> tuple[int, ...]:
    """Fill the axes that a graph leaves open with those of an input that is known."""
    dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    for one in known:
        for shape in (one.shape, (one.shape[0], *one.shape[2:], *one.shape[1:2])):
            fits = len(shape) == len(dims)
            if fits and all(dim in (0, size) for dim, size in zip(dims, shape, strict=True)):
                return shape
    if dims and dims[0] == 0 and all(dims[1:]):
        return (1, *dims[1:])
    shown = [dim.dim_value or dim.dim_param or "?" for dim in value.type.tensor_type.shape.dim]
    raise _OpenShapeError(
        f"{path}: input {value.name} has no fixed shape {shown}, and no other artifact says it."
        f" Give --input {value.name}:1,3,HEIGHT,WIDTH"
    )


def _network(path: Path, known: Sequence[Wanted]) -> Artifact:
    kind = kind_of(path)
    options = ModelOptions()
    pictures = [one.shape for one in known if one.picture]
    if kind is Kind.TORCHSCRIPT and known:
        options = ModelOptions(inputs={one.name: one.shape for one in known})
    elif kind in (Kind.TENSORS, Kind.SAFETENSORS) and pictures:
        height, width = pictures[0][2:]
        options = ModelOptions(size=(height, width))
    origin = load_model(path, options)
    return Artifact(
        path,
        path.name,
        tuple(wanted_tensor(name, shape) for name, shape in origin.inputs.items()),
        (origin.torch_runner,),
        # A family's own normalisation is inside; of another network nothing is known.
        takes_pixels=origin.preset is not None,
        preset=origin.preset,
    )
