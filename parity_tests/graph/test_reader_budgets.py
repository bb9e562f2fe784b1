"""An ONNX file that asks for too much is refused before anything does it; the others are read."""

import itertools
import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.budgets import (
    FUNCTION_DEPTH,
    GRAPH_DEPTH,
    GRAPH_NODES,
    LIVE_BYTES,
    NODE_RUNS,
    ONNX_FIELDS,
    RANK,
    TENSOR_ELEMENTS,
)
from poseconvert.errors import GraphError
from poseconvert.graph.fold_constants import with_constants_folded
from poseconvert.graph.reader import read_onnx, with_input_shape

SHAPE = [1, 3, 8, 8]
node = helper.make_node


def value(name, shape=SHAPE, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype), name)


def model(nodes, weights=(), *, shape=SHAPE, functions=(), opset=18, domains=()):
    graph = helper.make_graph(nodes, "g", [value("x", shape)], [value("y", ["?"])], list(weights))
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))


# What sizes are computed from.


def one(op, *inputs, weights, opset=18, **attributes):
    return model([node(op, list(inputs), ["y"], **attributes)], weights, opset=opset)


SIZES = {
    "Expand": lambda: one("Expand", "x", "s", weights=[constant("s", [2**25, 3, 8, 8])]),
    "Expand of one number": lambda: one(
        "Expand", "o", "s", weights=[constant("s", [2**31]), constant("o", 1, np.float32)]
    ),
    "Tile": lambda: one("Tile", "x", "s", weights=[constant("s", [2**20, 1, 2**5, 2**5])]),
    "ConstantOfShape": lambda: one("ConstantOfShape", "s", weights=[constant("s", [2**16] * 2)]),
    "ConstantOfShape beyond 64 bits": lambda: one(
        "ConstantOfShape", "s", weights=[constant("s", [2**62] * 3)]
    ),
    "Range": lambda: one(
        "Range", "a", "b", "c", weights=[constant("a", 0), constant("b", 2**40), constant("c", 1)]
    ),
    "Range of small steps": lambda: one(
        "Range", "a", "b", "c",
        weights=[constant(n, v, np.float32) for n, v in zip("abc", (0, 1, 1e-9), strict=True)],
    ),
    "Resize by scales": lambda: one(
        "Resize", "x", "", "s", weights=[constant("s", [1, 1, 1e5, 1e5], np.float32)]
    ),
    "Resize to sizes": lambda: one(
        "Resize", "x", "", "", "s", weights=[constant("s", [1, 3, 2**20, 2**20])]
    ),
    "Upsample": lambda: one(
        "Upsample", "x", "s", weights=[constant("s", [1, 1, 1e5, 1e5], np.float32)], opset=9
    ),
    "Pad": lambda: one("Pad", "x", "s", weights=[constant("s", [0] * 6 + [10**6] * 2)]),
    "OneHot": lambda: one(
        "OneHot", "i", "d", "v",
        weights=[constant("i", [1, 2]), constant("d", 2**33), constant("v", [0, 1], np.float32)],
    ),
    "Conv with pads": lambda: one(
        "Conv", "x", "w", weights=[constant("w", np.zeros((1, 3, 1, 1)), np.float32)],
        pads=[0, 0, 2**30, 2**30],
    ),
    "RandomNormal": lambda: one("RandomNormal", weights=[], shape=[2**40]),
    "HannWindow": lambda: one("HannWindow", "n", weights=[constant("n", 2**40)]),
    "CenterCropPad": lambda: one("CenterCropPad", "x", "s", weights=[constant("s", [2**20] * 4)]),
    "a size computed from the input's": lambda: model(
        [
            node("Shape", ["x"], ["sh"]),
            node("Mul", ["sh", "k"], ["s"]),
            node("Expand", ["o", "s"], ["y"]),
        ],
        [constant("k", [1000] * 4), constant("o", 1, np.float32)],
    ),
    "a size put together": lambda: model(
        [
            node("Constant", [], ["a"], value_ints=[2**16]),
            node("Cast", ["a"], ["f"], to=TensorProto.FLOAT),
            node("Mul", ["f", "f"], ["q"]),
            node("Cast", ["q"], ["i"], to=TensorProto.INT64),
            node("Concat", ["i", "a"], ["s"], axis=0),
            node("ConstantOfShape", ["s"], ["y"]),
        ]
    ),
    "an outer product": lambda: model(
        [
            node("ConstantOfShape", ["s"], ["a"]),
            node("Transpose", ["a"], ["b"]),
            node("MatMul", ["b", "a"], ["y"]),
        ],
        [constant("s", [1, 2**17])],
    ),
    "in the branch of an If": lambda: model(
        [
            node("If", ["c"], ["y"], then_branch=branch("t", "ConstantOfShape", "s"),
                 else_branch=branch("e", "Identity", "x")),
        ],
        [constant("c", True, bool), constant("s", [2**30])],
    ),
    "in a function, by its attribute": lambda: in_function(2**40),
    "leading size of the input": lambda: model(
        [node("Relu", ["x"], ["y"])], shape=[2**31, 3, 4, 4]
    ),
    "size of an intermediate that is declared": lambda: declared([2**31, 64]),
    "leading size beyond an open one": lambda: model(
        [node("Relu", ["x"], ["y"])], shape=["n", 2**40]
    ),
}  # fmt: skip


def branch(name, op, source):
    return helper.make_graph([node(op, [source], [name])], name, [], [value(name, None)])


def in_function(size):
    fill = node("RandomNormal", [], ["b"])
    fill.attribute.add(name="shape", ref_attr_name="wanted", type=onnx.AttributeProto.INTS)
    opsets = [helper.make_opsetid("", 18)]
    function = helper.make_function("own", "F", ["a"], ["b"], [fill], opsets, ["wanted"])
    call = node("F", ["x"], ["y"], domain="own", wanted=[size])
    return model([call], functions=[function], domains=["own"])


def declared(shape):
    proto = model([node("Relu", ["x"], ["m"]), node("Relu", ["m"], ["y"])])
    proto.graph.value_info.append(value("m", shape))
    return proto


# How often nodes run, and how many there are.


def laughs(count, fan=2):
    """Functions that call the next one ``fan`` times."""

    def body(index):
        name, domain = (f"F{index + 1}", "own") if index + 1 < count else ("Relu", "")
        names = ["a", *(f"t{i}" for i in range(fan - 1)), "b"]
        pairs = itertools.pairwise(names)
        return [node(name, [a], [b], domain=domain) for a, b in pairs]

    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    functions = [
        helper.make_function("own", f"F{i}", ["a"], ["b"], body(i), opsets) for i in range(count)
    ]
    call = node("F0", ["x"], ["y"], domain="own")
    return model([call], functions=functions, domains=["own"])


def recursive(*names):
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    functions = [
        helper.make_function("own", name, ["a"], ["b"], [node(other, ["a"], ["b"], domain="own")],
                             opsets)
        for name, other in zip(names, (*names[1:], names[0]), strict=True)
    ]  # fmt: skip
    call = node(names[0], ["x"], ["y"], domain="own")
    return model([call], functions=functions, domains=["own"])


def nested_ifs(depth, *, doubled):
    inner = branch("t0", "Identity", "x")
    for level in range(1, depth + 1):
        other = inner if doubled else branch(f"e{level}", "Identity", "x")
        choice = node("If", ["c"], [f"t{level}"], then_branch=inner, else_branch=other)
        inner = helper.make_graph([choice], f"b{level}", [], [value(f"t{level}", None)])
    nodes = [*inner.node, node("Identity", [f"t{depth}"], ["y"])]
    return model(nodes, [constant("c", True, bool)])


def loop(count, *, condition="", weights=(), nodes=(), turned=None):
    body = turned or helper.make_graph(
        [node("Identity", ["go"], ["on"]), node("Add", ["v", "v"], ["w"])],
        "body",
        [value("i", [], TensorProto.INT64), value("go", [], TensorProto.BOOL), value("v", None)],
        [value("on", [], TensorProto.BOOL), value("w", None)],
    )
    weights = [constant("c", True, bool), *weights]
    return model([*nodes, node("Loop", [count, condition, "x"], ["y"], body=body)], weights)


def loop_in_a_loop(outer, inner):
    inside = loop("n").graph.node[0].attribute[0].g
    middle = helper.make_graph(
        [node("Identity", ["go2"], ["on2"]), node("Loop", ["n", "", "v2"], ["w2"], body=inside)],
        "middle",
        [value("i2", [], TensorProto.INT64), value("go2", [], TensorProto.BOOL), value("v2", None)],
        [value("on2", [], TensorProto.BOOL), value("w2", None)],
    )
    return loop("m", turned=middle, weights=[constant("m", outer), constant("n", inner)])


def scan(length):
    body = helper.make_graph(
        [node("Add", ["s", "e"], ["t"]), node("Identity", ["t"], ["o"])],
        "body", [value("s", []), value("e", [])], [value("t", []), value("o", [])],
    )  # fmt: skip
    return model(
        [
            node("ConstantOfShape", ["k"], ["xs"]),
            node("Scan", ["z", "xs"], ["q", "y"], body=body, num_scan_inputs=1),
        ],
        [constant("k", [length]), constant("z", 0, np.float32)],
    )


COUNTS = {
    "functions that call each other twice": (lambda: laughs(30), "F"),
    "three times": (lambda: laughs(12, fan=3), "F"),
    "a thousand times": (lambda: laughs(3, fan=1000), "F"),
    "in a long chain": (lambda: laughs(100, fan=1), str(FUNCTION_DEPTH)),
    "as deep as functions may nest": (lambda: laughs(FUNCTION_DEPTH.value + 1, fan=1), "functions"),
    "a function that calls itself": (lambda: recursive("F"), "'F' calls 'F': it would never end"),
    "two that call each other": (lambda: recursive("F", "G"), "'F' calls 'G' calls 'F'"),
    "three": (lambda: recursive("F", "G", "H"), "'F' calls 'G' calls 'H' calls 'F'"),
    "one function twice": (
        lambda: model(
            [node("F", ["x"], ["y"], domain="own")],
            functions=[*recursive("F").functions, *recursive("F").functions], domains=["own"],
        ),
        "function 'F' is defined twice",
    ),
    "13 nested Ifs": (lambda: nested_ifs(13, doubled=True), str(GRAPH_DEPTH)),
    "30 nested Ifs": (lambda: nested_ifs(30, doubled=False), str(GRAPH_DEPTH)),
    "one If too deep": (lambda: nested_ifs(9, doubled=False), str(GRAPH_DEPTH)),
    "many nodes": (
        lambda: model([node("Relu", ["x"], ["y" if i == 0 else f"n{i}"]) for i in range(25_000)]),
        str(GRAPH_NODES),
    ),
    "a Loop of 2**40 turns": (
        lambda: loop("m", weights=[constant("m", 2**40)]), "Loop 'y' of 1,099,511,627,776 turns",
    ),
    "a while of torch": (
        lambda: loop("m", condition="c", weights=[constant("m", 2**63 - 1)]), "turns runs",
    ),
    "a Loop in a Loop": (lambda: loop_in_a_loop(10**3, 10**3), f"more than {NODE_RUNS.value:,}"),
    "a Loop without end": (lambda: loop("", condition="c"), "whose number of turns the file"),
    "a Loop without count or condition": (lambda: loop(""), "whose number of turns the file"),
    "a Loop of turns that the picture decides": (
        lambda: loop("m", nodes=[
            node("ReduceMax", ["x"], ["r"], keepdims=0),
            node("Cast", ["r"], ["m"], to=TensorProto.INT64),
        ]),
        "Loop 'y': a Loop whose number of turns the file does not fix",
    ),
    "a Scan over many": (lambda: scan(2**24), "Scan 'q' of 16,777,216 turns"),
}  # fmt: skip


# Tensors that are not what they claim to be.


def weighted(**fields):
    weight = constant("w", np.ones(4), np.float32)
    for name, content in fields.items():
        if isinstance(content, list | bytes) and name != "raw_data":
            weight.ClearField(name)
            getattr(weight, name).extend(content)
        else:
            setattr(weight, name, content)
    return model([node("Add", ["x", "w"], ["y"])], [weight])


def external(location="w.bin", **keys):
    weight = constant("w", np.ones(4), np.float32)
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, text in {"location": location, **keys}.items():
        weight.external_data.add(key=key, value=str(text))
    return model([node("Add", ["x", "w"], ["y"])], [weight])


def thousand_of_one_file():
    proto = external(offset=0, length=16)
    for index in range(1000):
        proto.graph.initializer.add().CopyFrom(proto.graph.initializer[0])
        proto.graph.initializer[-1].name = f"w{index}"
    return proto


def sparse():
    proto = model([node("Add", ["x", "w"], ["y"])])
    proto.graph.sparse_initializer.append(
        helper.make_sparse_tensor(constant("w", [1.0], np.float32), constant("i", [2]), [2**40])
    )
    return proto


def sparse_constant():
    content = helper.make_sparse_tensor(
        constant("w", [1.0], np.float32), constant("i", [2]), [2**40]
    )
    return model([node("Constant", [], ["y"], sparse_value=content)])


def no_utf8(change):
    def made():
        data = change().SerializeToString()
        assert b"ZZZZ" in data
        return data.replace(b"ZZZZ", b"Z\xff\xfeZ")

    return made


def renamed(proto):
    proto.graph.initializer[0].name = proto.graph.node[0].input[1] = "ZZZZ"
    return proto


MALFORMED = {
    "unknown element type": (lambda: weighted(data_type=999), "element type 999"),
    "element type -1": (lambda: weighted(data_type=-1), "element type -1"),
    "no element type": (lambda: weighted(data_type=0), "element type UNDEFINED: no number"),
    "text": (lambda: weighted(data_type=TensorProto.STRING), "element type STRING: no number"),
    "unknown type of the input": (lambda: typed(123), "element type 123, which is unknown"),
    "raw data too short": (lambda: weighted(raw_data=b"123"), "has 3 bytes, its 4 elements"),
    "raw data too long": (lambda: weighted(raw_data=b"1" * 17), "has 17 bytes"),
    "raw data missing": (lambda: weighted(raw_data=b""), "has 0 bytes"),
    "raw data and others": (lambda: weighted(float_data=[1.0]), "elements of FLOAT take 16"),
    "a claim of 2**62": (lambda: weighted(dims=[2**62]), "4,611,686,018,427,387,904 elements"),
    "a claim beyond 64 bits": (lambda: weighted(dims=[2**40] * 3), "elements, more than"),
    "a claim of 1 GiB": (lambda: weighted(dims=[2**28]), "its 268435456 elements"),
    "a negative size": (lambda: weighted(dims=[-4]), "has the size -4"),
    "two negative sizes": (lambda: weighted(dims=[-2, -2]), "has the size -2"),
    "many axes": (lambda: weighted(dims=[1] * 60 + [4]), f"61 axes, more than {RANK.value}"),
    "an input of many axes": (lambda: model([node("Relu", ["x"], ["y"])], shape=[1] * 9), "9 axes"),
    "a negative size of the input": (
        lambda: model([node("Relu", ["x"], ["y"])], shape=[1, -5]), "has the size -5",
    ),
    "external data that begin at 2**63": (lambda: external(offset=2**63), "beyond the 16 bytes"),
    "of length 2**63": (lambda: external(length=2**63), "beyond the 16 bytes"),
    "of a negative length": (lambda: external(length=-1), "External data length must be"),
    "of a length of letters": (lambda: external(length="many"), "invalid literal for int()"),
    "of a long number": (lambda: external(length="9" * 5000), "external weights cannot be read"),
    "of a shorter length": (lambda: external(length=8), "has 8 bytes in 'w.bin'"),
    "external data that a thousand weights share": (thousand_of_one_file, "more than 2 readings"),
    "external data in a pipe": (lambda: external("pipe"), "'pipe' is missing"),
    "external data in a folder": (lambda: external("."), "'.' is missing"),
    "sparse weights": (sparse, "holds sparse tensors"),
    "a sparse constant": (sparse_constant, "holds sparse tensors"),
    "a weight's name that is not UTF-8": (no_utf8(lambda: renamed(weighted())), "is not UTF-8"),
    "an op's name that is not UTF-8": (
        no_utf8(lambda: model([node("Relu", ["x"], ["y"], name="ZZZZ")])), "is not UTF-8"),
    "an op not in UTF-8": (no_utf8(lambda: model([node("ZZZZ", ["x"], ["y"])])), "is not UTF-8"),
    "a location that is not UTF-8": (no_utf8(lambda: external("ZZZZ")), "is not UTF-8"),
}  # fmt: skip


def typed(kind):
    proto = model([node("Relu", ["x"], ["y"])])
    proto.graph.input[0].type.tensor_type.elem_type = kind
    return proto


LIVE = {
    "many values kept": lambda: kept(40),
    "kept inside a branch": lambda: in_branch(kept(40)),
}


def kept(count):
    """Values of 1 GiB each, all read at the end."""
    names = [f"v{i}" for i in range(count)]
    fill = [node("ConstantOfShape", ["s"], [name]) for name in names]
    return model([*fill, node("Sum", names, ["y"])], [constant("s", [2**28])])


def in_branch(proto):
    inner = helper.make_graph(list(proto.graph.node), "b", [], [value("y", None)])
    other = branch("e", "Identity", "x")
    choice = node("If", ["c"], ["y"], then_branch=inner, else_branch=other)
    return model([choice], [constant("c", True, bool), *proto.graph.initializer])


def cases():
    for name, make in SIZES.items():
        yield f"size: {name}", make, f"elements, more than {TENSOR_ELEMENTS.value:,}"
    for name, make in LIVE.items():
        yield f"live: {name}", make, f"live at a time, more than {LIVE_BYTES}"
    for table in (COUNTS, MALFORMED):
        for name, (make, text) in table.items():
            yield name, make, text


@pytest.mark.parametrize(("make", "text"), [pytest.param(m, t, id=n) for n, m, t in cases()])
def test_what_asks_for_too_much_is_refused_at_once_in_one_line(limited, tmp_path, make, text):
    (tmp_path / "w.bin").write_bytes(np.ones(4, np.float32).tobytes())
    os.mkfifo(tmp_path / "pipe")
    path, proto = tmp_path / "model.onnx", make()
    path.write_bytes(proto if isinstance(proto, bytes) else proto.SerializeToString())
    said = limited("onnx", path)
    assert said.startswith(f"GraphError: {path}: "), said
    assert text in said
    assert "\n" not in said
    assert said.endswith(".")
    assert len(said) < 300 + len(str(path))


@pytest.mark.parametrize("kind", ["larger than protobuf", "pipe", "device", "zeros", "nothing"])
def test_a_file_that_is_none_or_too_large_is_refused_unread(limited, tmp_path, kind):
    path = tmp_path / "model.onnx"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind in ("device", "nothing"):
        path.symlink_to("/dev/zero" if kind == "device" else "/dev/null")
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40 if kind == "larger than protobuf" else 1 << 16)
    said = limited("onnx", path)
    assert said.startswith(f"GraphError: {path}: not an ONNX model"), said


def test_notes_of_a_thousand_lines_do_no_harm(tmp_path):
    proto = model([node("Relu", ["x"], ["y"])])
    proto.doc_string = proto.graph.node[0].doc_string = "a line\n" * 1000
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    assert read_onnx(path) == proto


def varint(number):
    return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])


def wire(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def repeated(field, content, *, inside=()):
    """A model of two million fields ``field`` in its graph, or in the message that is named."""
    data = wire(field, content) * 2_000_000
    for number in inside:
        data = wire(number, data)
    return b"\x08\x08" + wire(7, wire(1, wire(4, b"Relu")) + data)


AMPLIFIED = {
    "empty nodes": lambda: repeated(1, b""),
    "empty tensors": lambda: repeated(5, b""),
    "empty inputs": lambda: repeated(11, b""),
    "empty names of a node": lambda: repeated(1, b"", inside=[1]),
    "empty attributes": lambda: repeated(5, b"", inside=[1]),
    "empty graphs in an attribute": lambda: repeated(11, b"", inside=[5, 1]),
    "sizes of a tensor": lambda: wire(7, wire(5, b"\x08\x01" * 2_000_000)),
    "unknown fields": lambda: repeated(999, b""),
    "empty functions": lambda: wire(25, b"") * 2_000_000,
}


@pytest.mark.parametrize("name", AMPLIFIED)
def test_messages_that_are_larger_in_memory_are_counted_in_the_file(limited, tmp_path, name):
    path = tmp_path / "model.onnx"
    path.write_bytes(AMPLIFIED[name]())
    said = limited("onnx", path)
    assert said == (
        f"GraphError: {path}: not an ONNX model (more than {ONNX_FIELDS}). Copy or export it again."
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x0b\x0c", "a field of wire type 3"),
        (b"\x08" + b"\xff" * 20, "a number without end"),
        (b"\x08", "a number without end"),
        (wire(7, b"")[:-1] + b"\x7f", "beyond byte 2"),
        (b"\x3a" + varint(2**63) + b"1", "beyond byte"),
        (b"\x0d\x01", "beyond byte 2"),
    ],
)
def test_bytes_that_are_no_protobuf_are_refused(tmp_path, data, text):
    (tmp_path / "model.onnx").write_bytes(data)
    with pytest.raises(GraphError, match=text):
        read_onnx(tmp_path / "model.onnx")


HEALTHY = {
    "sizes of a picture": lambda: one(
        "Resize", "x", "", "s", weights=[constant("s", [1, 1, 64, 64], np.float32)]
    ),
    "Expand": lambda: one("Expand", "x", "s", weights=[constant("s", [16, 3, 8, 8])]),
    "functions in functions": lambda: laughs(6),
    "as many nodes as are allowed": lambda: model(
        [node("Relu", ["x"], ["y" if i == 0 else f"n{i}"]) for i in range(GRAPH_NODES.value)]
    ),
    "as deep as is allowed": lambda: nested_ifs(GRAPH_DEPTH.value, doubled=True),
    "functions as deep as is allowed": lambda: laughs(FUNCTION_DEPTH.value, fan=1),
    "a Loop": lambda: loop("m", weights=[constant("m", 12)]),
    "a Loop with a condition": lambda: loop("m", condition="c", weights=[constant("m", 12)]),
    "a Loop that never turns": lambda: loop("", condition="f", weights=[constant("f", 0, bool)]),
    "a Loop over an axis": lambda: loop(
        "m", nodes=[node("Shape", ["x"], ["sh"]), node("Gather", ["sh", "k"], ["m"])],
        weights=[constant("k", 2)],
    ),
    "a Loop in a Loop": lambda: loop_in_a_loop(30, 30),
    "a Scan": lambda: scan(64),
    "an If": lambda: nested_ifs(1, doubled=False),
    "values of 1 GiB, one after the other": lambda: chain(40),
    "open sizes": lambda: model([node("Relu", ["x"], ["y"])], shape=["n", 3, "h", -1]),
    "a size of none": lambda: weighted(dims=[0], raw_data=b""),
    "a number": lambda: model([node("Add", ["x", "w"], ["y"])], [constant("w", 2.0, np.float32)]),
}  # fmt: skip


def chain(count):
    names = [f"v{i}" for i in range(count)]
    nodes = [node("Relu", [a], [b]) for a, b in zip(names, [*names[1:], "y"], strict=True)]
    return model([node("ConstantOfShape", ["s"], ["v0"]), *nodes], [constant("s", [2**28])])


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_healthy_is_read(tmp_path, name):
    proto = HEALTHY[name]()
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    assert read_onnx(path) == proto


def test_published_models_are_read(shared_assets):
    paths = sorted((shared_assets / "models").glob("*.onnx"))
    assert [read_onnx(path).graph.node != [] for path in paths] == [True] * len(paths)
    assert paths


def growing(factor):
    """Its output is as large as its input's sides times ``factor``."""
    nodes = [
        node("Shape", ["x"], ["sh"]),
        node("Mul", ["sh", "k"], ["s"]),
        node("Expand", ["o", "s"], ["y"]),
    ]
    weights = [constant("k", [1, 1, factor, factor]), constant("o", 1, np.float32)]
    return model(nodes, weights, shape=[1, 3, "h", "w"])


def test_a_size_that_an_open_input_decides_is_judged_once_it_is_given():
    assert with_input_shape(growing(2), "x", (1, 3, 64, 64)).graph.node
    with pytest.raises(
        GraphError, match=r"Expand 'y' has the shape \[1, 3, 64000, 64000\]"
    ) as said:
        with_input_shape(growing(1000), "x", (1, 3, 64, 64))
    assert str(said.value).startswith("--input x:1,3,64,64: ")


def test_a_loop_over_an_open_axis_is_judged_once_it_is_given(tmp_path):
    nodes = [node("Shape", ["x"], ["sh"]), node("Gather", ["sh", "k"], ["m"])]
    proto = loop("m", nodes=nodes, weights=[constant("k", 2)])
    del proto.graph.input[0].type.tensor_type.shape.dim[2:]
    proto.graph.input[0].type.CopyFrom(value("x", [1, 1, "h", 1]).type)
    path = tmp_path / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    assert with_input_shape(read_onnx(path), "x", (1, 1, 64, 1)).graph.node
    with pytest.raises(GraphError, match="Loop 'y' of 1,000,000 turns"):
        with_input_shape(read_onnx(path), "x", (1, 1, 1_000_000, 1))


FOLDS = {
    "Expand": [node("Expand", ["o", "s"], ["t"])],
    "Tile": [node("Expand", ["o", "n"], ["r"]), node("Tile", ["r", "s"], ["t"])],
    "ConstantOfShape": [node("ConstantOfShape", ["s"], ["t"])],
    "Range": [node("Squeeze", ["s"], ["b"]), node("Range", ["a", "b", "e"], ["t"])],
    "Pad": [node("Expand", ["o", "n"], ["r"]), node("Concat", ["n", "s"], ["p"], axis=0),
            node("Pad", ["r", "p"], ["t"])],
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize(("size", "stays"), [(2**27, True), (5, False)])
def test_what_would_be_large_is_not_computed(monkeypatch, name, size, stays):
    weights = [constant("s", [size]), constant("n", [1]), constant("o", 1), constant("a", 0),
               constant("e", 1)]  # fmt: skip
    proto = model([*FOLDS[name], node("Identity", ["t"], ["y"])], weights)
    made = []
    for function in ("full", "arange", "tile", "pad", "ones"):
        original = getattr(np, function)
        monkeypatch.setattr(
            np, function, lambda *a, of=original, **k: made.append(of(*a, **k)) or made[-1]
        )
    folded = with_constants_folded(proto)
    assert (name in {each.op_type for each in folded.graph.node}) is stays
    assert all(np.size(each) < 2**20 for each in made)


def test_all_folded_values_together_are_bounded():
    nodes = [node("ConstantOfShape", ["s"], [f"t{i}"]) for i in range(64)]
    total = node("Sum", ["x", *(f"t{i}" for i in range(64))], ["y"])
    folded = with_constants_folded(model([*nodes, total], [constant("s", [1 << 20])]))
    assert sum(each.op_type == "ConstantOfShape" for each in folded.graph.node) == 48
    assert isinstance(folded, onnx.ModelProto)
