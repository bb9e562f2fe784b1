"""ONNX files as seeds: plain, with subgraphs, with functions, with weights outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 16


def numbers(seed: int, *shape: int, scale: float = 0.3) -> Any:
    """Return seeded normal numbers."""
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(np.float32)


def write(
    path: Path,
    nodes: Sequence[Any],
    tensors: Mapping[str, Any],
    outputs: Mapping[str, Sequence[int]],
    *,
    side: int = SIDE,
    functions: Sequence[Any] = (),
) -> Any:
    """Write a graph that takes one picture ``input``; return the model."""
    from onnx import TensorProto, helper, numpy_helper

    def value(name: str, shape: Sequence[int]) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes, "g", [value("input", (1, 3, side, side))],
        [value(name, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(one), name) for name, one in tensors.items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17)]
    opsets += [helper.make_opsetid("local", 1)] if functions else []
    model = helper.make_model(graph, opset_imports=opsets, functions=functions, ir_version=9)
    path.write_bytes(model.SerializeToString())
    return model


def plain(folder: Path) -> None:
    """Write two convolutions."""
    from onnx import helper

    nodes = [
        helper.make_node("Conv", ["input", "first"], ["a"], kernel_shape=[3, 3],
                         pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second"], ["map"], kernel_shape=[3, 3]),
    ]  # fmt: skip
    tensors = {"first": numbers(6, 8, 3, 3, 3) / 255, "second": numbers(7, 4, 8, 3, 3)}
    write(folder / "x.onnx", nodes, tensors, {"map": (1, 4, SIDE - 2, SIDE - 2)})


def many_ops(folder: Path) -> None:
    """Write what pose networks are made of, once each."""
    from onnx import helper

    node = helper.make_node
    nodes = [
        node("Mul", ["input", "scale"], ["scaled"]),
        node("Conv", ["scaled", "w", "b"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1],
             kernel_shape=[3, 3], name="conv"),
        node("BatchNormalization", ["c", "g", "b", "b", "g"], ["n"], epsilon=1e-5),
        node("Clip", ["n", "low", "high"], ["k"]),
        node("AveragePool", ["k"], ["p"], kernel_shape=[3, 3], strides=[2, 2],
             pads=[1, 1, 1, 1], count_include_pad=0),
        node("Resize", ["p", "", "scales"], ["u"], mode="linear",
             coordinate_transformation_mode="half_pixel"),
        node("ConvTranspose", ["u", "t"], ["v"], strides=[2, 2], kernel_shape=[2, 2]),
        node("Split", ["v"], ["s1", "s2"], axis=1),
        node("Concat", ["s2", "s1"], ["j"], axis=1),
        node("Transpose", ["j"], ["q"], perm=[0, 1, 3, 2]),
        node("Reshape", ["q", "flat"], ["f"]),
        node("Softmax", ["f"], ["m"], axis=-1),
        node("Reshape", ["m", "back"], ["map"]),
    ]  # fmt: skip
    tensors = {
        "scale": np.float32(1 / 255), "w": numbers(1, 8, 3, 3, 3), "b": numbers(2, 8),
        "g": np.abs(numbers(3, 8)) + 1, "low": np.float32(0), "high": np.float32(6),
        "scales": np.array([1, 1, 2, 2], np.float32), "t": numbers(4, 8, 4, 2, 2),
        "flat": np.array([1, 4, -1]), "back": np.array([1, 4, SIDE, SIDE]),
    }  # fmt: skip
    write(folder / "x.onnx", nodes, tensors, {"map": (1, 4, SIDE, SIDE)})


def subgraphs(folder: Path) -> None:
    """Write an If inside a Loop inside an If."""
    from onnx import TensorProto, helper

    node, shape = helper.make_node, (1, 3, SIDE, SIDE)

    def value(name: str, kind: int = TensorProto.FLOAT, dims: Sequence[int] = shape) -> Any:
        return helper.make_tensor_value_info(name, kind, dims)

    def branch(op: str, name: str, given: str) -> Any:
        return helper.make_graph([node(op, [given], [name])], name, [], [value(name)])

    body = helper.make_graph(
        [
            node("Identity", ["going"], ["goes"]),
            node("If", ["going"], ["next"], then_branch=branch("Relu", "r", "state"),
                 else_branch=branch("Neg", "n", "state")),
        ],
        "body",
        [value("turn", TensorProto.INT64, ()), value("going", TensorProto.BOOL, ()),
         value("state")],
        [value("goes", TensorProto.BOOL, ()), value("next")],
    )  # fmt: skip
    looped = helper.make_graph(
        [node("Loop", ["turns", "yes", "small"], ["l"], body=body)], "looped", [], [value("l")]
    )
    nodes = [
        node("Mul", ["input", "scale"], ["small"]),
        node("If", ["yes"], ["y"], then_branch=looped, else_branch=branch("Abs", "e", "small")),
        node("Conv", ["y", "w"], ["map"], kernel_shape=[1, 1]),
    ]
    tensors = {
        "scale": np.float32(1 / 255), "yes": np.array(True), "turns": np.array(3),
        "w": numbers(5, 4, 3, 1, 1),
    }  # fmt: skip
    write(folder / "x.onnx", nodes, tensors, {"map": (1, 4, SIDE, SIDE)})


def functions(folder: Path) -> None:
    """Write a function that calls a function, with an attribute that is passed on."""
    from onnx import AttributeProto, helper

    node = helper.make_node
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    leaky = node("LeakyRelu", ["a"], ["b"])
    leaky.attribute.add(name="alpha", type=AttributeProto.FLOAT, ref_attr_name="slope")
    made = [
        helper.make_function("local", "Leaky", ["a"], ["b"], [leaky], opsets, ["slope"]),
        helper.make_function(
            "local", "Block", ["a", "w"], ["d"],
            [node("Conv", ["a", "w"], ["c"], kernel_shape=[1, 1]),
             node("Leaky", ["c"], ["d"], domain="local", slope=0.25)], opsets,
        ),
    ]  # fmt: skip
    nodes = [
        node("Mul", ["input", "scale"], ["small"]),
        node("Block", ["small", "w"], ["h"], domain="local"),
        node("Block", ["h", "v"], ["map"], domain="local"),
    ]
    tensors = {
        "scale": np.float32(1 / 255), "w": numbers(8, 6, 3, 1, 1), "v": numbers(9, 4, 6, 1, 1),
    }  # fmt: skip
    shapes = {"map": (1, 4, SIDE, SIDE)}
    write(folder / "x.onnx", nodes, tensors, shapes, functions=made)


def external(folder: Path) -> None:
    """Write the plain graph with its weights in a file beside it."""
    import onnx

    plain(folder)
    model = onnx.load(folder / "x.onnx")
    onnx.save_model(
        model, folder / "x.onnx", save_as_external_data=True, all_tensors_to_one_file=True,
        location="weights.bin", size_threshold=0,
    )  # fmt: skip


BUILDERS: dict[str, Callable[[Path], None]] = {
    "onnx/plain": plain, "onnx/ops": many_ops, "onnx/subgraphs": subgraphs,
    "onnx/functions": functions, "onnx/external": external,
}  # fmt: skip
