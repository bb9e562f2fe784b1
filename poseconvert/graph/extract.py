"""Some ops of a graph as a model of its own, with short names at its edge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from onnx import GraphProto, ModelProto, NodeProto, helper

from poseconvert.graph.reader import graph_inputs
from poseconvert.graph.tensors import all_graphs
from poseconvert.graph.values import FED, OpenGraph, cut, without_unused

OUTPUT = "y"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A model cut out of a graph.

    Attributes
    ----------
    model : its one output is ``y``.
    inputs : by name in the model, the value of the graph that is to be fed.
    """

    model: ModelProto
    inputs: Mapping[str, str]


def excerpt(
    opened: OpenGraph,
    value: str,
    *,
    inside: Collection[str],
    shape_of: Callable[[str], tuple[int, ...]],
) -> Excerpt:
    """Cut out what computes ``value`` from the values that are not ``inside``.

    Parameters
    ----------
    inside : values to be computed; every other value that these read is an input.
    shape_of : asked for the shapes of ``value`` and of the inputs.
    """
    edge = {name for op in opened.ops for name in op.reads if name not in inside}
    model = without_unused(cut(opened, edge, giving=[value]))
    fed = [one.name for one in graph_inputs(model)]
    taken = set(_names(model))
    short = {}
    for name in fed:
        short[name] = next(n for n in _short_names() if n not in taken)
        taken.add(short[name])
    renames = {**short, value: next(n for n in (OUTPUT, f"{OUTPUT}_") if n not in taken)}
    _rename(model.graph, renames)
    del model.graph.input[:], model.graph.output[:]
    originals = {short[name]: name.removesuffix(FED) for name in fed}
    model.graph.input.extend(
        helper.make_tensor_value_info(name, opened.types[original], shape_of(original))
        for name, original in originals.items()
    )
    model.graph.output.append(
        helper.make_tensor_value_info(renames[value], opened.types[value], shape_of(value))
    )
    _strip(model)
    return Excerpt(model, originals)


def _short_names() -> Iterator[str]:
    yield "x"
    yield from (f"x{number}" for number in range(2, 1 << 16))


def _names(model: ModelProto) -> Iterator[str]:
    for graph in all_graphs(model.graph):
        yield from (name for node in graph.node for name in (*node.input, *node.output))
        if isinstance(graph, GraphProto):
            yield from (tensor.name for tensor in graph.initializer)


def _rename(graph: GraphProto, renames: Mapping[str, str]) -> None:
    """Rename values in a graph and those within; a cut's names are made anew nowhere inside."""
    for each in all_graphs(graph):
        for node in each.node:
            for names in (node.input, node.output):
                for index, name in enumerate(names):
                    names[index] = renames.get(name, name)
        if isinstance(each, GraphProto):
            for value in each.output:
                value.name = renames.get(value.name, value.name)


def _strip(model: ModelProto) -> None:
    """Take away where the model came from: traces of source files, and notes."""
    for field in ("doc_string", "producer_name", "producer_version"):
        model.ClearField(field)
    del model.metadata_props[:]
    model.graph.name = "excerpt"
    nodes: Iterator[NodeProto] = (n for g in all_graphs(model.graph) for n in g.node)
    for node in nodes:
        node.ClearField("doc_string")
        del node.metadata_props[:]
