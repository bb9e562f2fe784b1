"""Names of inputs and outputs that Core ML can hold, in place of those it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from onnx import GraphProto, ModelProto

from poseconvert.graph.reader import graph_inputs
from poseconvert.graph.tensors import all_graphs

# What coremltools renames for another reason than its characters.
# Source: coremltools 9.0, mil/passes/defs/preprocess.py, NameSanitizer.
_RESERVED = frozenset(
    {
        *("any", "bool", "program", "func", "tensor", "list", "dict", "tuple", "true", "false"),
        *("string", "state", "bf16", "fp16", "fp32", "fp64", "int8", "int16", "int32", "int64"),
        *("uint8", "uint16", "uint32", "uint64"),
    }
)
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def core_ml_names(model: ModelProto) -> dict[str, str]:
    """Return a name for every input and output whose own is no identifier of Core ML.

    The others are missing. A name is made of the letters and digits of the old one, and is
    unlike every other name in the graph, also once converters have made those identifiers.
    """
    inputs = [value.name for value in graph_inputs(model)]
    outputs = [value.name for value in model.graph.output]
    names = dict.fromkeys([*inputs, *outputs])
    taken = {_plain(name) for name in (*_values(model), *names)}
    taken -= {_plain(name) for name in names if not _fits(name)}
    taken |= {name for name in names if _fits(name)}
    found: dict[str, str] = {}
    for name in names:
        if not _fits(name):
            kind = "input" if name in inputs else "output"
            found[name] = _unlike(_readable(name, kind), taken)
            taken.add(found[name])
    return found


def with_core_ml_names(model: ModelProto) -> ModelProto:
    """Return the same graph under the names of :func:`core_ml_names`.

    A value inside it whose name converters would turn into that of an input or an output is
    renamed too.
    """
    names = core_ml_names(model)
    interface = {value.name for value in (*graph_inputs(model), *model.graph.output)}
    inner = [name for name in _values(model) if name not in interface]
    shown = {names.get(name, name) for name in interface}
    taken = {_plain(name) for name in inner} | shown
    for name in inner:
        if _plain(name) in shown:
            names[name] = _unlike(f"{_plain(name)}__inside", taken)
            taken.add(names[name])
    return _renamed(model, names) if names else model


def _fits(name: str) -> bool:
    return bool(_IDENTIFIER.fullmatch(name)) and name not in _RESERVED


def _plain(name: str) -> str:
    """Do to a name what converters do to it."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _readable(name: str, kind: str) -> str:
    plain = _plain(name).strip("_")
    return plain if _fits(plain) else f"{kind}_{plain}".rstrip("_")


def _unlike(name: str, taken: Iterable[str]) -> str:
    found, count = name, 2
    while found in taken:
        found, count = f"{name}_{count}", count + 1
    return found


def _values(model: ModelProto) -> Iterator[str]:
    """Yield the name of every value and stored tensor of the graph, once each."""
    seen: dict[str, None] = {}
    for graph in all_graphs(model.graph):
        seen.update(dict.fromkeys(name for node in graph.node for name in node.output if name))
        if isinstance(graph, GraphProto):
            seen.update(dict.fromkeys(tensor.name for tensor in graph.initializer))
            seen.update(dict.fromkeys(value.name for value in graph.input))
    yield from seen


def _renamed(model: ModelProto, names: Mapping[str, str]) -> ModelProto:
    """Return a copy under other names; ONNX lets no nested graph use a name for another value."""
    made = ModelProto()
    made.CopyFrom(model)
    for graph in all_graphs(made.graph):
        for node in graph.node:
            node.input[:] = [names.get(name, name) for name in node.input]
            node.output[:] = [names.get(name, name) for name in node.output]
        if isinstance(graph, GraphProto):
            for part in (graph.input, graph.output, graph.value_info, graph.initializer):
                for value in part:
                    value.name = names.get(value.name, value.name)
            for note in graph.quantization_annotation:
                note.tensor_name = names.get(note.tensor_name, note.tensor_name)
    return made
