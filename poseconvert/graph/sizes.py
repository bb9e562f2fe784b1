"""How much a graph makes when it runs: known before anything runs it, the leading axis included.

Nodes are walked in order, functions and nested graphs entered where they are called. Types come
from onnx's inference of one node at a time; what sizes are computed from is computed along.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from onnx import (
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    TypeProto,
    ValueInfoProto,
    helper,
    numpy_helper,
)

from poseconvert.budgets import LIVE_BYTES, NODE_RUNS, PROPAGATED_ELEMENTS
from poseconvert.errors import GraphError, quoted
from poseconvert.graph.constants import (
    Array,
    evaluated,
    fixed_shape,
    output_types,
    shape_value,
)
from poseconvert.graph.counting import Key, functions_by_key, inner_graphs, key_of
from poseconvert.graph.nested import (
    attribute,
    bound,
    fixed_turns,
    refuse_turns,
    same_or_open,
    sliced,
    stacked,
)
from poseconvert.graph.scope import Scope
from poseconvert.graph.tensors import elements_within, type_name

_INT64 = helper.make_tensor_type_proto(TensorProto.INT64, [])
_BOOL = helper.make_tensor_type_proto(TensorProto.BOOL, [])
#: What follows from shapes alone; the length of a list is as fixed as what it was made of.
_SIZED = {"Shape", "Size", "SequenceLength"}
Types = Mapping[str, TypeProto | None]


def refuse_oversized(where: str, model: ModelProto) -> None:
    """Refuse a model whose values, turns of loops or memory at a time are above their budgets.

    ``model`` has been through :func:`poseconvert.graph.counting.refuse_endless`. What depends on
    open sizes or on data is not known, and not judged.

    Raises
    ------
    GraphError : the text names the op and its numbers.
    """
    walk = _Walk(where, functions_by_key(where, model))
    scope = Scope({}, {}, {}, list(model.opset_import), {})
    walk.declare(model.graph, scope)
    for value in model.graph.input:
        scope.types.setdefault(value.name, _with_open_sizes(value.type))
    walk.run(model.graph, scope, turns=1)


@dataclass(slots=True)
class _Walk:
    where: str
    functions: Mapping[Key, FunctionProto]
    runs: int = 0
    live: int = 0

    def declare(self, graph: GraphProto, scope: Scope) -> None:
        """Enter the stored tensors of a graph."""
        for tensor in graph.initializer:
            scope.types[tensor.name] = helper.make_tensor_type_proto(tensor.data_type, tensor.dims)
            if math.prod(tensor.dims) <= PROPAGATED_ELEMENTS.value:
                scope.constants[tensor.name] = numpy_helper.to_array(tensor)

    def run(self, graph: GraphProto | FunctionProto, scope: Scope, *, turns: int) -> None:
        """Walk the nodes of ``graph``, which run ``turns`` times."""
        last = {name: i for i, node in enumerate(graph.node) for name in _reads(node)}
        ends = {_name_of(output): len(graph.node) for output in graph.output}
        dying: dict[int, int] = {}
        before = self.live
        for index, stated in enumerate(graph.node):
            node = bound(stated, scope.attributes)
            self._count(node, turns)
            self._enter(node, scope, turns=turns)
            for name in node.output:
                size = self._size(node, name, scope)
                self.live += size
                end = max(last.get(name, index), ends.get(name, index))
                dying[end] = dying.get(end, 0) + size
            if self.live > LIVE_BYTES.value:
                self._refuse(node, f"{self.live:,} bytes live at a time, more than {LIVE_BYTES}")
            self.live -= dying.pop(index, 0)
        self.live = before

    def _size(self, node: NodeProto, name: str, scope: Scope) -> int:
        """Return the bytes of an output, an open size counted as one."""
        kind = scope.types[name].tensor_type if name in scope.types else None
        if kind is None or not kind.HasField("shape"):
            return 0
        dims = [dim.dim_value if dim.HasField("dim_value") else 1 for dim in kind.shape.dim]
        count = elements_within(self.where, _named(node), dims)
        known = type_name(kind.elem_type) not in ("", "UNDEFINED", "STRING")
        return count * (helper.tensor_dtype_to_np_dtype(kind.elem_type).itemsize if known else 1)

    def _count(self, node: NodeProto, turns: int) -> None:
        self.runs += turns
        if self.runs > NODE_RUNS.value:
            self._refuse(node, f"more than {NODE_RUNS}, turns of loops counted")

    def _enter(self, node: NodeProto, scope: Scope, *, turns: int) -> None:
        if key_of(node) in self.functions:
            made: Types = self._call(node, scope, turns=turns)
        elif node.op_type == "Loop":
            made = self._loop(node, scope, turns=turns)
        elif node.op_type == "Scan":
            made = self._scan(node, scope, turns=turns)
        elif graphs := list(inner_graphs(node)):
            made = self._branches(node, graphs, scope, turns=turns)
        else:
            inferred = output_types(node, scope.types, scope.constants, opsets=scope.opsets)
            self._propagate(node, inferred, scope)
            made = inferred
        scope.types.update({n: kind for n, kind in made.items() if n and kind is not None})

    def _propagate(self, node: NodeProto, made: Mapping[str, TypeProto], scope: Scope) -> None:
        """Compute what is small and follows from constants or shapes."""
        names = [name for name in node.input if name]
        values: Iterable[Array] | None = None
        shape = fixed_shape(scope.types.get(names[0])) if names else None
        if node.op_type in _SIZED and names:
            for name in node.output:
                scope.sized[name] = True
            if shape is not None:
                values = [shape_value(node, shape)]
        elif all(name in scope.constants for name in names):
            most = PROPAGATED_ELEMENTS.value
            values = evaluated(node, scope.constants, types=made, most=most, opsets=scope.opsets)
        elif all(name in scope.constants or name in scope.sized for name in names):
            for name in node.output:
                scope.sized[name] = True
        if values is not None:
            outputs = (name for name in node.output if name)
            scope.constants.update(zip(outputs, values, strict=False))

    def _call(self, node: NodeProto, scope: Scope, *, turns: int) -> Types:
        function = self.functions[key_of(node)]
        inner = scope.called(function, node)
        self.run(function, inner, turns=turns)
        pairs = list(zip(node.output, function.output, strict=False))
        scope.constants.update({n: inner.constants[o] for n, o in pairs if o in inner.constants})
        scope.sized.update({n: True for n, o in pairs if o in inner.sized})
        return {n: inner.types.get(o) for n, o in pairs}

    def _branches(
        self, node: NodeProto, graphs: Sequence[GraphProto], scope: Scope, *, turns: int
    ) -> Types:
        """Walk the branches of an If, or the graph of an op whose outputs stay unknown."""
        results = [self._nested(graph, scope.inner(), (), turns=turns) for graph in graphs]
        if node.op_type != "If" or len(results) != 2:
            return {}
        both = zip(node.output, *results, strict=False)
        return {name: same_or_open(first, second) for name, first, second in both}

    def _loop(self, node: NodeProto, scope: Scope, *, turns: int) -> Types:
        body, carried = attribute(node, "body").g, node.input[2:]
        count = fixed_turns(self.where, node, scope.constants, sized=scope.sized)
        refuse_turns(self.where, node, count or 0, body, turns=turns)
        given = [_INT64, _BOOL, *(scope.types.get(name) for name in carried)]
        inside = turns if count is None else turns * count
        made = self._nested(body, scope.inner(), given, turns=inside)[1:]
        state = [same_or_open(*pair) for pair in zip(given[2:], made, strict=False)]
        scans = [stacked(kind, count) for kind in made[len(carried) :]]
        return dict(zip(node.output, state + scans, strict=False))

    def _scan(self, node: NodeProto, scope: Scope, *, turns: int) -> Types:
        body, scanned = attribute(node, "body").g, attribute(node, "num_scan_inputs").i
        first = max(0, len(node.input) - scanned)
        given = [scope.types.get(name) for name in node.input[:first]]
        count: int | None = None
        axes = [*attribute(node, "scan_input_axes").ints]
        for index, name in enumerate(node.input[first:]):
            axis = axes[index] if index < len(axes) else 0
            kind, length = sliced(scope.types.get(name, TypeProto()), axis)
            given.append(kind)
            count = length if count is None else count
        refuse_turns(self.where, node, count or 0, body, turns=turns)
        inside = turns if count is None else turns * count
        made = self._nested(body, scope.inner(), given, turns=inside)
        state = [same_or_open(*pair) for pair in zip(given[:first], made, strict=False)]
        to = [*attribute(node, "scan_output_axes").ints]
        scans = [
            stacked(kind, count, to[index] if index < len(to) else 0)
            for index, kind in enumerate(made[first:])
        ]
        return dict(zip(node.output, state + scans, strict=False))

    def _nested(
        self, graph: GraphProto, scope: Scope, given: Sequence[TypeProto | None], *, turns: int
    ) -> list[TypeProto | None]:
        """Walk a nested graph whose inputs are of the types ``given``; return its outputs'."""
        self.declare(graph, scope)
        scope.types.update(
            {v.name: kind for v, kind in zip(graph.input, given, strict=False) if kind is not None}
        )
        self.run(graph, scope, turns=turns)
        return [scope.types.get(value.name) for value in graph.output]

    def _refuse(self, node: NodeProto, what: str) -> NoReturn:
        raise GraphError(f"{self.where}: at {_named(node)}: {what}. Export a smaller network.")


def _with_open_sizes(kind: TypeProto) -> TypeProto:
    """Return an input's type; a size of 0 or -1 is how some exporters write an open one."""
    copy = TypeProto()
    copy.CopyFrom(kind)
    for dim in copy.tensor_type.shape.dim if copy.HasField("tensor_type") else ():
        if dim.dim_value <= 0:
            dim.ClearField("dim_value")
    return copy


def _named(node: NodeProto) -> str:
    return f"{node.op_type} {quoted(node.name or next(iter(node.output), ''))}"


def _name_of(output: str | ValueInfoProto) -> str:
    return output if isinstance(output, str) else output.name


def _reads(node: NodeProto) -> Iterator[str]:
    """Yield what a node reads, in nested graphs too; a name made inside does no harm."""
    yield from node.input
    for graph in inner_graphs(node):
        yield from (value.name for value in graph.output)
        for inner in graph.node:
            yield from _reads(inner)
