"""The values inside an ONNX graph: which there are, given out, and cut out."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto, helper

from poseconvert.graph.counting import inner_graphs
from poseconvert.graph.reader import graph_inputs
from poseconvert.graph.shapes import known_shapes, with_shapes
from poseconvert.graph.tensors import all_graphs

#: What a value is taken to need whose shape is not known.
UNKNOWN_BYTES = 2**20
#: A value that is cut open has two names: the one it is fed under ends so.
FED = "::fed"


@dataclass(frozen=True, slots=True)
class GraphOp:
    """One node of the main graph.

    Attributes
    ----------
    name, type : as the file has them; a node without a name has that of its first output.
    reads : values it reads that depend on the graph's input, those of nested graphs too.
    gives : its outputs.
    module : path of the PyTorch module it was exported from; "" where the file does not say.
    nested : names of the nodes in its nested graphs.
    """

    name: str
    type: str
    reads: tuple[str, ...]
    gives: tuple[str, ...]
    module: str = ""
    nested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenGraph:
    """A model whose values can be given out and cut.

    Attributes
    ----------
    model : shapes inferred.
    ops : nodes that compute, in order; what depends on no input is left out.
    shapes : of its values, as far as they are known.
    types : element type of its values, as far as they are known.
    """

    model: ModelProto
    ops: tuple[GraphOp, ...]
    shapes: Mapping[str, tuple[int, ...]]
    types: Mapping[str, int]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what a caller gives."""
        return tuple(value.name for value in graph_inputs(self.model))

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what a caller gets."""
        return tuple(value.name for value in self.model.graph.output)

    def nbytes(self, name: str) -> int:
        """Bytes a value takes in float32, an assumed size where its shape is not known."""
        shape = self.shapes.get(name)
        return UNKNOWN_BYTES if shape is None else 4 * math.prod(shape)


def open_graph(model: ModelProto) -> OpenGraph:
    """Look into ``model``."""
    inferred = with_shapes(model)
    graph = inferred.graph
    values: tuple[ValueInfoProto, ...] = (*graph.input, *graph.value_info, *graph.output)
    return OpenGraph(
        inferred,
        tuple(_ops(inferred)),
        known_shapes(graph),
        {v.name: v.type.tensor_type.elem_type for v in values if v.type.tensor_type.elem_type},
    )


def giving(opened: OpenGraph, names: Iterable[str]) -> ModelProto:
    """Return a copy whose outputs are ``names`` alone."""
    copy = ModelProto()
    copy.CopyFrom(opened.model)
    del copy.graph.output[:]
    copy.graph.output.extend(_described(opened, name) for name in names)
    return copy


def cut(opened: OpenGraph, at: Iterable[str], *, giving: Iterable[str]) -> ModelProto:
    """Return a copy that reads each value of ``at`` from its caller instead of computing it.

    Every reader gets what is fed under the value's name + ``FED``; the value itself is
    computed all the same and may be among ``giving``, which are the outputs.
    """
    known = {name for name in at if name in opened.types}
    copy = ModelProto()
    copy.CopyFrom(opened.model)
    graph = copy.graph
    for node in graph.node:
        _read_fed(node, known)
    graph.input.extend(_described(opened, name, FED) for name in sorted(known))
    del graph.output[:]
    graph.output.extend(_described(opened, name) for name in giving)
    del graph.value_info[:]
    return copy


def _described(opened: OpenGraph, name: str, suffix: str = "") -> ValueInfoProto:
    """Declare a value; ONNX Runtime finds out what is not known of it."""
    if name not in opened.types:
        return ValueInfoProto(name=name + suffix)
    shape = opened.shapes.get(name)
    return helper.make_tensor_value_info(name + suffix, opened.types[name], shape)


def _read_fed(node: NodeProto, known: set[str]) -> None:
    """Rename what a node reads, in nested graphs only where the name is not made anew there."""
    for index, name in enumerate(node.input):
        if name in known:
            node.input[index] = name + FED
    for inner in inner_graphs(node):
        own = {value.name for value in inner.input} | {
            name for each in inner.node for name in each.output
        }
        for each in inner.node:
            _read_fed(each, known - own)


def without_unused(model: ModelProto) -> ModelProto:
    """Return ``model`` with only what its outputs need; inputs that nobody reads are gone."""
    needed = {value.name for value in model.graph.output}
    kept = []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            kept.append(node)
            needed |= set(_reads(node))
    copy = ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    for field in (graph.node, graph.initializer, graph.input, graph.sparse_initializer):
        del field[:]
    graph.node.extend(kept[::-1])
    graph.initializer.extend(t for t in model.graph.initializer if t.name in needed)
    graph.sparse_initializer.extend(model.graph.sparse_initializer)
    graph.input.extend(v for v in model.graph.input if v.name in needed)
    return copy


def _ops(model: ModelProto) -> Iterator[GraphOp]:
    live = {value.name for value in graph_inputs(model)}
    for node in model.graph.node:
        reads = tuple(dict.fromkeys(name for name in _reads(node) if name in live))
        if not reads:
            continue
        gives = tuple(name for name in node.output if name)
        live.update(gives)
        yield GraphOp(
            node.name or gives[0], node.op_type, reads, gives, _module(node), tuple(_nested(node))
        )


def _reads(node: NodeProto) -> Iterator[str]:
    yield from (name for name in node.input if name)
    for graph in _inside(node):
        for inner in graph.node:
            yield from (name for name in inner.input if name)
        yield from (value.name for value in graph.output)


def _nested(node: NodeProto) -> Iterator[str]:
    for graph in _inside(node):
        yield from (inner.name or inner.output[0] for inner in graph.node if inner.output)


def _inside(node: NodeProto) -> Iterator[GraphProto]:
    for inner in inner_graphs(node):
        yield from (graph for graph in all_graphs(inner) if isinstance(graph, GraphProto))


def _module(node: NodeProto) -> str:
    """Return the module that torch's exporter notes on a node, or the owner of its weight.

    ``name_scopes`` is a list of scopes, the last of which is the call itself. A convolution
    that took in a batch norm carries the scope of the norm, and the weight's own name.
    """
    weight = next((name for name in node.input if name.endswith(".weight")), "")
    for entry in node.metadata_props:
        if entry.key != "pkg.torch.onnx.name_scopes":
            continue
        try:
            scopes = ast.literal_eval(entry.value)
        except (ValueError, SyntaxError):
            return ""
        if isinstance(scopes, Sequence) and not isinstance(scopes, str) and len(scopes) > 1:
            return weight.removesuffix(".weight") or str(scopes[-2])
    return ""
