"""The route from the PyTorch source, through coremltools' own frontend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from onnx import ModelProto, TensorProto, ValueInfoProto
from torch import Tensor, nn

from poseconvert.errors import RouteError
from poseconvert.network.source import Source
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.coreml_package import packed


class _Flat(nn.Module):
    """The network with its outputs as a tuple, whatever it returns them in."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        outputs = self.network(*inputs)
        if isinstance(outputs, Mapping):
            outputs = outputs.values()
        return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def by_torch(
    source: Source, model: ModelProto, kinds: Sequence[Any], options: CoreMLOptions
) -> Any:
    """Make the package of ``source``; raises whatever torch and coremltools raise.

    Parameters
    ----------
    model : its graph, for the names and types of the outputs.

    Raises
    ------
    RouteError : single ops are to stay float32 in a package of one size: routes from the
        graph know them all by name, this one only weights that nothing was folded into.
    """
    if options.keep_fp32 and not options.sizes:
        raise RouteError("cannot keep single ops in float32, only all of them")
    if isinstance(source.module, torch.jit.ScriptModule):
        return _packed(torch.jit.freeze(source.module.eval()), model, kinds, options)
    example = tuple(map(torch.zeros, source.inputs.values()))
    network = _Flat(source.module)
    if options.sizes:  # an exported program is of one size
        return _packed(_traced(network, example), model, kinds, options)
    try:
        with torch.no_grad():
            program = torch.export.export(network, example).run_decompositions({})
        return _packed(program, model, kinds, options)
    except Exception:  # the frontend knows more ops of traces than of exported programs
        return _packed(_traced(network, example), model, kinds, options)


def _traced(network: nn.Module, example: tuple[Tensor, ...]) -> Any:
    with torch.no_grad():
        return torch.jit.trace(network, example, check_trace=False)  # type: ignore[no-untyped-call]


def _packed(program: Any, model: ModelProto, kinds: Sequence[Any], options: CoreMLOptions) -> Any:
    import coremltools as ct

    # The frontend would name them after its own variables, and make them float16.
    outputs = [ct.TensorType(name=v.name, dtype=_dtype(v)) for v in model.graph.output]
    # In a trace of _Flat the weight "stem.weight" is "network.stem.weight".
    return packed(
        program,
        kinds,
        options,
        called=lambda name: name.removeprefix("network."),
        source="pytorch",
        outputs=outputs,
    )


def _dtype(value: ValueInfoProto) -> type[np.generic]:
    integers = (TensorProto.INT32, TensorProto.INT64)
    return np.int32 if value.type.tensor_type.elem_type in integers else np.float32
