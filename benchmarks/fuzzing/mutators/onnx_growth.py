"""Small ONNX files of large work: each grows with one number, drawn from a few to far too many."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (1, 3, 8, 8)


def mutate(path: Path, rng: random.Random) -> None:
    """Write a graph that is small on disk; its seed is its builder."""
    path.write_bytes(rng.choice(BUILDERS)(rng))


def nested_ifs(rng: random.Random) -> bytes:
    """Nest branches in branches, both alike."""
    from onnx import helper

    def branch(depth: int) -> Any:
        name = f"y{depth}"
        if not depth:
            nodes = [helper.make_node("Identity", ["x"], [name])]
        else:
            inner = branch(depth - 1)
            kept = {"then_branch": inner, "else_branch": inner}
            nodes = [helper.make_node("If", ["c"], [name], **kept)]
        return helper.make_graph(nodes, f"g{depth}", [], [_value(name, SHAPE)])

    inner = branch(rng.choice((1, 2, 5, 8, 11, 13)))
    node = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    return _model([node], {"c": np.array(rng.random() < 0.5)})


def doubling_functions(rng: random.Random) -> bytes:
    """Let each function call the one before it twice."""
    from onnx import helper

    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    depth = rng.choice((1, 3, 8, 14, 20, 30, 60))
    first = [helper.make_node("Relu", ["a"], ["b"])]
    functions = [helper.make_function("local", "F0", ["a"], ["b"], first, opsets)]
    for at in range(1, depth):
        calls = [helper.make_node(f"F{at - 1}", [a], [b], domain="local") for a, b in ("am", "mb")]
        functions.append(helper.make_function("local", f"F{at}", ["a"], ["b"], calls, opsets))
    if rng.random() < 0.2:  # each other, without end
        functions[0].node[0].op_type, functions[0].node[0].domain = f"F{depth - 1}", "local"
    call = helper.make_node(f"F{depth - 1}", ["x"], ["y"], domain="local")
    return _model([call], {}, functions=functions, opsets=opsets)


def endless_loop(rng: random.Random) -> bytes:
    """Make a loop of many turns, or one whose condition stays true."""
    from onnx import TensorProto, helper

    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Relu", ["v"], ["w"])],
        "body",
        [_value("i", (), TensorProto.INT64), _value("c", (), TensorProto.BOOL), _value("v", SHAPE)],
        [_value("d", (), TensorProto.BOOL), _value("w", SHAPE)],
    )
    turns = rng.choice((1, 100, 10**6, 2**40, 2**63 - 1))
    given = ["", "t"] if rng.random() < 0.4 else ["n", "t"]
    node = helper.make_node("Loop", [*given, "x"], ["y"], body=body)
    return _model([node], {"n": np.array(turns), "t": np.array(True)})


def expanded(rng: random.Random) -> bytes:
    """Call an op that makes much of little: Expand, ConstantOfShape, Tile, Pad, Resize, Range."""
    from onnx import helper

    many = rng.choice((4, 1000, 10**5, 10**7, 2**31, 2**40))
    shape = np.array([1, 3, 8, 8 * many], np.int64)
    pads, scales = np.array([0, 0, 0, 0, 0, 0, 0, many]), np.array([1, 1, 1, many], np.float32)
    steps: Sequence[tuple[str, list[str], dict[str, Any]]] = (
        ("Expand", ["slim", "shape"], {"shape": shape, "slim": np.zeros((1, 1, 1, 1), np.float32)}),
        ("ConstantOfShape", ["shape"], {"shape": shape}),
        ("Tile", ["x", "reps"], {"reps": np.array([1, 1, 1, many])}),
        ("Pad", ["x", "pads"], {"pads": pads}),
        ("Resize", ["x", "", "scales"], {"scales": scales}),
    )
    op, given, tensors = rng.choice(steps)
    nodes = [
        helper.make_node(op, given, ["big"]),
        helper.make_node("ReduceMax", ["big"], ["m"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Add", ["x", "m"], ["y"]),
    ]
    return _model(nodes, tensors)


def huge_input(rng: random.Random) -> bytes:
    """Give the input a dimension that no memory holds, a negative one, or 0."""
    from onnx import helper

    shape = list(SHAPE)
    shape[rng.randrange(4)] = rng.choice((0, -1, 10**6, 2**31, 2**62, 10**12))
    shape += [1] * rng.choice((0, 0, 1, 60))
    return _model([helper.make_node("Relu", ["x"], ["y"])], {}, shape=tuple(shape))


def many_nodes(rng: random.Random) -> bytes:
    """Make a long chain, or a wide fan."""
    from onnx import helper

    count = rng.choice((10, 1000, 5000))
    names = ["x", *(f"v{at}" for at in range(count - 1)), "y"]
    if rng.random() < 0.5:
        nodes = [helper.make_node("Relu", [a], [b]) for a, b in pairwise(names)]
    else:
        nodes = [helper.make_node("Sum", ["x"] * count, ["y"])]
    return _model(nodes, {})


def huge_constant(rng: random.Random) -> bytes:
    """Store a tensor whose dims are not those of its data."""
    from onnx import TensorProto, helper

    dims = rng.choice(([2**20, 2**20], [2**62, 4], [-1], [0], [1] * 200, [3, 2**31]))
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    del tensor.dims[:]
    tensor.dims.extend(dims)
    if rng.random() < 0.3:
        tensor.data_type = rng.choice((0, 8, 16, 17, 22, 99, 2**31 - 1))
    return _model([helper.make_node("Add", ["x", "w"], ["y"])], {}, extra=[tensor])


BUILDERS: tuple[Callable[[random.Random], bytes], ...] = (
    nested_ifs, doubling_functions, endless_loop, expanded, expanded, huge_input, many_nodes,
    huge_constant,
)  # fmt: skip


def _value(name: str, shape: Sequence[int], kind: int = 1) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, kind, shape)


def _model(
    nodes: Sequence[Any],
    tensors: dict[str, Any],
    *,
    functions: Sequence[Any] = (),
    opsets: Sequence[Any] = (),
    shape: Sequence[int] = SHAPE,
    extra: Sequence[Any] = (),
) -> bytes:
    from onnx import helper, numpy_helper

    stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in tensors.items()]
    graph = helper.make_graph(
        nodes, "g", [_value("x", shape)], [_value("y", shape)], [*stored, *extra]
    )
    return helper.make_model(
        graph,
        opset_imports=opsets or [helper.make_opsetid("", 17)],
        functions=functions,
        ir_version=9,
    ).SerializeToString()
