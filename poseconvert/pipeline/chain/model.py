"""Where a conversion starts: a PyTorch network, or an ONNX file from somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, ValueInfoProto, numpy_helper

from poseconvert.errors import GraphError, ModelError
from poseconvert.graph.interface_names import core_ml_names, with_core_ml_names
from poseconvert.graph.normalize import with_normalization
from poseconvert.graph.reader import graph_inputs, read_onnx, with_input_shape, write_onnx
from poseconvert.graph.shapes import static_shape
from poseconvert.network.archive import Kind, kind_of
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions, Source
from poseconvert.runners.runner import Batch, Runner
from poseconvert.stages.onnx_from_torch import onnx_from_torch


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """MODEL, read and vetted.

    Attributes
    ----------
    path : the file.
    options : what the user said of it.
    architecture : family name, ``torchscript``, ``exported`` or ``onnx``.
    inputs : shape of each input by name, of every artifact made from it.
    preset : decode preset of the family, None for unknown networks.
    config : what the family was built with.
    notes : what was done to it, in sentences.
    source : the PyTorch network; None for an ONNX file.
    renamed : what every artifact calls inputs and outputs that Core ML needs another name for.
    """

    path: Path
    options: ModelOptions
    architecture: str
    inputs: Mapping[str, tuple[int, ...]]
    preset: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source: Source | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def pictures(self) -> tuple[str, ...]:
        """Names of the inputs that are RGB pictures, (B, 3, H, W)."""
        return tuple(n for n, shape in self.inputs.items() if len(shape) == 4 and shape[1] == 3)

    def write_onnx(self, path: Path) -> None:
        """Make ``model.onnx``: exported from PyTorch, or the user's own graph in our names."""
        if self.source is not None:
            onnx_from_torch(self.source, path)
        else:
            write_onnx(with_core_ml_names(read_onnx(self.path)), path)

    def prepare(self, model: ModelProto) -> ModelProto:
        """Fix the input shape of a user's graph, and normalise pictures inside it."""
        if self.source is not None:
            return model
        for name, shape in self.inputs.items():
            model = with_input_shape(model, name, shape)
        if self.options.scaling is None:
            return model
        return with_normalization(model, scale=self._scale, bias=self._bias)

    def normalize(self, batch: Batch) -> Batch:
        """Do outside the graph what :meth:`prepare` puts into it: for a user's own graph."""
        if self.source is not None or self.options.scaling is None:
            return batch
        shape = (1, 3, 1, 1)
        scale = np.asarray(self._scale, np.float32).reshape(shape)
        bias = np.asarray(self._bias, np.float32).reshape(shape)
        return batch.map(lambda picture: picture * scale + bias)

    def torch_runner(self) -> Runner:
        """Open the PyTorch network as the reference."""
        from poseconvert.runners.torch import TorchRunner

        assert self.source is not None
        return TorchRunner(self.source)

    @property
    def _scale(self) -> tuple[float, ...]:
        return self.options.scale or (1.0, 1.0, 1.0)

    @property
    def _bias(self) -> tuple[float, ...]:
        return self.options.bias or (0.0, 0.0, 0.0)


def load_model(path: Path, options: ModelOptions) -> LoadedModel:
    """Read MODEL in any of its forms.

    Raises
    ------
    ModelError, GraphError : refused, with what to do.
    """
    _refuse_name(path)
    kind = kind_of(path)
    if kind is Kind.ONNX:
        return _from_onnx(path, options)
    source = load_source(path, options, kind)
    known = source.preset is not None or source.config
    notes = () if known else _range_note(kind.value, source.inputs, options)
    return LoadedModel(
        path=path,
        options=options,
        architecture=source.architecture,
        inputs=source.inputs,
        preset=source.preset,
        config=source.config,
        notes=(*source.notes, *notes),
        source=source,
    )


def _range_note(
    what: str, inputs: Mapping[str, tuple[int, ...]], options: ModelOptions
) -> tuple[str, ...]:
    """Say what is assumed of the pictures a network takes, where nobody said it."""
    pictured = any(len(shape) == 4 and shape[1] == 3 for shape in inputs.values())
    if options.range_known or not pictured:
        return ()
    return (
        f"{what} does not say its input range: taken to be RGB 0-255; if it wants another give"
        " --normalize 0-1, -1-1 or imagenet, if that is right --normalize none",
    )


def _refuse_name(path: Path) -> None:
    """Refuse a name that the manifest and the reports could not hold."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ModelError(f"{path}: its name is not UTF-8. Rename it.") from error


def _from_onnx(path: Path, options: ModelOptions) -> LoadedModel:
    if options.arch or options.size or options.output_names:
        raise GraphError(
            f"{path}: --arch, --size and --outputs do not apply to an ONNX file."
            " Omit them, or give --input."
        )
    model = read_onnx(path)
    _refuse_nan_weights(path, model)
    inputs = {value.name: _shape(path, value, options) for value in graph_inputs(model)}
    if not inputs:
        raise GraphError(f"{path}: has no inputs, so there is nothing to compare. Export it anew.")
    if unknown := [name for name in options.inputs if name not in inputs]:
        raise GraphError(
            f"{path}: --input {', '.join(unknown)}: its inputs are {', '.join(inputs)}. Use those."
        )
    if options.scaling and len(inputs) > 1:
        raise GraphError(
            f"{path}: --scale, --bias and --normalize are for one input, this takes"
            f" {', '.join(inputs)}."
            " Normalise inside the network."
        )
    renamed = core_ml_names(model)
    inputs = {renamed.get(name, name): shape for name, shape in inputs.items()}
    notes = tuple(
        f'"{name}" is no name that Core ML can hold: it is {ours} in every artifact'
        for name, ours in renamed.items()
    )
    return LoadedModel(
        path=path,
        options=replace(options, inputs=inputs),
        architecture="onnx",
        inputs=inputs,
        notes=(*notes, *_range_note("an ONNX file", inputs, options)),
        renamed=renamed,
    )


def _shape(path: Path, value: ValueInfoProto, options: ModelOptions) -> tuple[int, ...]:
    """Return the shape of an input, as it was given or as the graph fixes it."""
    if value.type.tensor_type.elem_type != TensorProto.FLOAT:
        kind = TensorProto.DataType.Name(value.type.tensor_type.elem_type)
        raise GraphError(f"{path}: input {value.name} is {kind}. Export it with float32 input.")
    shape = options.inputs.get(value.name) or static_shape(value)
    if shape is None:
        dims = [d.dim_value or d.dim_param or "?" for d in value.type.tensor_type.shape.dim]
        open_axes = [f"axis {i} ({d})" for i, d in enumerate(dims) if not isinstance(d, int)]
        raise GraphError(
            f"{path}: input {value.name} has no fixed shape {dims}: {', '.join(open_axes)}."
            f" Give it: --input {value.name}:1,3,224,224"
        )
    return shape


def _refuse_nan_weights(path: Path, model: ModelProto) -> None:
    """Refuse NaN anywhere; Inf may be meant, as in a mask or an open bound."""
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype.kind == "f" and np.isnan(values).any():
            raise GraphError(
                f"{path}: weight {tensor.name} has {np.count_nonzero(np.isnan(values))} NaN of"
                f" {values.size} values. Export an earlier checkpoint."
            )
