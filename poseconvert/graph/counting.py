"""How many nodes a graph has when functions and nested graphs are written out: counted, not built.

Thirty functions that call each other twice are 2**30 nodes of 5 KB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

from onnx import FunctionProto, GraphProto, ModelProto, NodeProto

from poseconvert.budgets import FUNCTION_DEPTH, GRAPH_DEPTH, GRAPH_NODES
from poseconvert.errors import GraphError, quoted

Key = tuple[str, str, str]


def key_of(node: NodeProto) -> Key:
    """Return what a node calls: domain, op type, overload."""
    return node.domain, node.op_type, node.overload


def functions_by_key(where: str, model: ModelProto) -> dict[Key, FunctionProto]:
    """Return the functions that the model defines itself.

    Raises
    ------
    GraphError : two have one name.
    """
    found: dict[Key, FunctionProto] = {}
    for function in model.functions:
        key = (function.domain, function.name, function.overload)
        if key in found:
            raise GraphError(
                f"{where}: function {quoted(function.name)} is defined twice. Export it again."
            )
        found[key] = function
    return found


def inner_graphs(node: NodeProto) -> Iterator[GraphProto]:
    """Yield the graphs in a node's attributes, such as the branches of an If."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def refuse_endless(where: str, model: ModelProto) -> None:
    """Refuse a model that is too large, or nested too deep, once it is written out.

    Raises
    ------
    GraphError : a function calls itself, or a count is above its budget; the text names both.
    """
    functions = functions_by_key(where, model)
    counts = _Counts(where, functions)
    for key in functions:
        counts.of_function(key, trail=())
    counts.of_graph(model.graph, depth=0, trail=())


class _Counts:
    """Nodes of functions and graphs; each function is counted once."""

    def __init__(self, where: str, functions: Mapping[Key, FunctionProto]) -> None:
        self._where = where
        self._functions = functions
        self._known: dict[Key, tuple[int, int, int]] = {}

    def of_function(self, key: Key, *, trail: tuple[Key, ...]) -> tuple[int, int, int]:
        """Return (nodes, depth of graphs, depth of functions) of a function's body."""
        if key in trail:
            calls = " calls ".join(quoted(name) for _, name, _ in trail[trail.index(key) :][:3])
            self._refuse(f"function {calls} calls {quoted(key[1])}: it would never end")
        if key not in self._known:
            if len(trail) >= FUNCTION_DEPTH.value:
                self._refuse(f"function {quoted(key[1])} lies inside more than {FUNCTION_DEPTH}")
            self._known[key] = self.of_graph(
                self._functions[key], depth=0, trail=(*trail, key), name=key[1]
            )
        nodes, graphs, functions = self._known[key]
        if len(trail) + 1 + functions > FUNCTION_DEPTH.value:
            self._refuse(f"function {quoted(key[1])} lies inside more than {FUNCTION_DEPTH}")
        return nodes, graphs, functions + 1

    def of_graph(
        self,
        graph: GraphProto | FunctionProto,
        *,
        depth: int,
        trail: tuple[Key, ...],
        name: str = "",
    ) -> tuple[int, int, int]:
        """Return (nodes, depth of graphs, depth of functions) of what is inside ``graph``."""
        if depth > GRAPH_DEPTH.value:
            self._refuse(f"a graph lies inside more than {GRAPH_DEPTH}")
        total, deepest, calls = 0, 0, 0
        for node in graph.node:
            total += 1
            for nodes, graphs, functions in self._inside(node, depth=depth, trail=trail):
                total += nodes
                deepest, calls = max(deepest, graphs), max(calls, functions)
            if depth + deepest > GRAPH_DEPTH.value:
                self._refuse(f"a graph lies inside more than {GRAPH_DEPTH}")
            if total > GRAPH_NODES.value:
                inside = f" in {quoted(name)}" if name else ""
                self._refuse(
                    f"{total:,} nodes{inside} with functions and nested graphs written out, more"
                    f" than {GRAPH_NODES}"
                )
        return total, deepest, calls

    def _inside(
        self, node: NodeProto, *, depth: int, trail: tuple[Key, ...]
    ) -> Iterator[tuple[int, int, int]]:
        """Yield what a node adds to the graph that it stands in."""
        for graph in inner_graphs(node):
            name = node.name or node.op_type
            nodes, graphs, functions = self.of_graph(graph, depth=depth + 1, trail=trail, name=name)
            yield nodes, graphs + 1, functions
        if key_of(node) in self._functions:
            nodes, graphs, functions = self.of_function(key_of(node), trail=trail)
            yield nodes - 1, graphs, functions  # the call itself is gone

    def _refuse(self, what: str) -> NoReturn:
        raise GraphError(f"{self._where}: {what}. Export it without, or check where it came from.")
