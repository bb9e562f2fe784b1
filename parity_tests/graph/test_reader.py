"""An ONNX file nobody vouches for is read whole and standard, or refused in one line."""

import random
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import GraphError, PoseconvertError
from poseconvert.graph.reader import graph_inputs, read_onnx, with_input_shape, write_onnx
from poseconvert.graph.shapes import static_shape

SHAPE = [1, 3, 4, 4]
WEIGHT = np.arange(48, dtype=np.float32).reshape(SHAPE)


def value(name, shape=SHAPE):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes=None, *, outputs=("y",), weights=(), domains=(), shape=SHAPE, functions=()):
    nodes = nodes or [helper.make_node("Relu", ["x"], ["y"])]
    outs = [value(name, shape) for name in outputs]
    graph = helper.make_graph(nodes, "g", [value("x", shape)], outs, list(weights))
    opsets = [helper.make_opsetid(d, 18 if not d else 1) for d in ("", *domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))


def stored(tmp_path, proto, name="model.onnx"):
    (tmp_path / name).write_bytes(proto.SerializeToString())
    return tmp_path / name


def refusal(path):
    with pytest.raises(GraphError) as caught:
        read_onnx(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    assert text.endswith((".", "?"))
    return text


def outside(location, **keys):
    """A weight whose bytes are said to lie at ``location``."""
    weight = numpy_helper.from_array(WEIGHT, "w")
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, text in {"location": location, **keys}.items():
        entry = weight.external_data.add()
        entry.key, entry.value = key, str(text)
    return weight


def with_weight(weight):
    return model([helper.make_node("Add", ["x", "w"], ["y"])], weights=[weight])


def test_a_healthy_model_is_read_as_it_is(tmp_path):
    proto = with_weight(numpy_helper.from_array(WEIGHT, "w"))
    assert read_onnx(stored(tmp_path, proto)) == proto


def test_files_that_are_no_model(tmp_path):
    path = tmp_path / "model.onnx"
    for content, text in ((b"", "without nodes"), (b"\xff" * 90, "not an ONNX model")):
        path.write_bytes(content)
        assert text in refusal(path)
    assert "a folder, not a regular file" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "gone.onnx")


def test_a_model_cut_short_at_any_length_is_refused_or_whole(tmp_path):
    proto = with_weight(numpy_helper.from_array(WEIGHT, "w"))
    whole = proto.SerializeToString()
    path = tmp_path / "model.onnx"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            assert read_onnx(path).graph == proto.graph
        except GraphError as error:
            texts = str(error).splitlines()
            assert len(texts) == 1


def test_only_one_line_refusals_escape_from_mutations(tmp_path):
    branch = helper.make_graph([helper.make_node("Relu", ["a"], ["t"])], "b", [], [value("t")])
    proto = model(
        [
            helper.make_node("Mul", ["x", "w"], ["a"]),
            helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch),
        ],
        weights=[
            numpy_helper.from_array(WEIGHT, "w"),
            numpy_helper.from_array(np.array(True), "c"),
        ],
    )
    data, path = stored(tmp_path, proto).read_bytes(), tmp_path / "fuzz.onnx"
    rng, texts = random.Random(3), []
    for _ in range(600):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 2, 5))):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        path.write_bytes(changed)
        try:
            read_onnx(path)
        except PoseconvertError as error:
            texts.append(str(error))
    assert len(texts) > 200, "hardly anything was damaged"
    assert [t for t in texts if "\n" in t or not t.startswith(f"{path}: ")] == []


def test_random_bytes_are_refused(tmp_path):
    rng = random.Random(4)
    for _ in range(100):
        (tmp_path / "noise.onnx").write_bytes(rng.randbytes(rng.randint(1, 300)))
        refusal(tmp_path / "noise.onnx")


def test_external_data_beside_the_file_is_read_into_the_model(tmp_path):
    (tmp_path / "w.bin").write_bytes(b"skip" + WEIGHT.tobytes())
    path = stored(tmp_path, with_weight(outside("w.bin", offset=4, length=WEIGHT.nbytes)))
    weight = read_onnx(path).graph.initializer[0]
    assert weight.data_location == TensorProto.DEFAULT
    np.testing.assert_array_equal(numpy_helper.to_array(weight), WEIGHT)


@pytest.mark.parametrize("location", ["/etc/passwd", "../w.bin", "sub/../../w.bin", "link.bin"])
def test_external_data_outside_the_folder_is_refused(tmp_path, location):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "w.bin").write_bytes(WEIGHT.tobytes())
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    text = refusal(stored(folder, with_weight(outside(location))))
    assert f"weight 'w' is stored in {location!r}, outside the model's folder. Refused" in text


def constant_of(weight):
    return helper.make_node("Constant", [], ["w"], value=weight)


def inside_a_branch(weight):
    add = helper.make_node("Add", ["x", "w"], ["t"])
    nodes = [constant_of(weight), add]
    branch = helper.make_graph(nodes, "b", [], [value("t")])
    choice = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    return model([choice], weights=[numpy_helper.from_array(np.array(True), "c")])


def inside_a_function(weight):
    add = helper.make_node("Add", ["a", "w"], ["b"])
    opsets = [helper.make_opsetid("", 18)]
    function = helper.make_function("own", "F", ["a"], ["b"], [constant_of(weight), add], opsets)
    call = helper.make_node("F", ["x"], ["y"], domain="own")
    return model([call], domains=["own"], functions=[function])


@pytest.mark.parametrize("place", [inside_a_branch, inside_a_function])
def test_external_data_outside_the_folder_is_refused_wherever_it_hides(tmp_path, place):
    assert "outside the model's folder" in refusal(stored(tmp_path, place(outside("../w.bin"))))


@pytest.mark.parametrize(
    ("location", "keys", "text"),
    [
        ("gone.bin", {}, "its weights file 'gone.bin' is missing. Put it beside it."),
        ("", {}, "its weights file '' is missing"),
        ("w\0.bin", {}, "external weights cannot be read (embedded null byte)"),
        ("w" * 300, {}, "external weights cannot be read ([Errno 36] File name too long"),
        ("w.bin", {"offset": "z"}, "external weights cannot be read (invalid literal for int()"),
        ("w.bin", {"offset": -4}, "external weights cannot be read (External data offset must"),
        ("w.bin", {"length": 10**9}, "external weights cannot be read (External data length"),
        ("w.bin", {"length": 4}, "not a valid ONNX model"),
    ],
)
def test_external_data_that_cannot_be_read(tmp_path, location, keys, text):
    (tmp_path / "w.bin").write_bytes(WEIGHT.tobytes())
    assert text in refusal(stored(tmp_path, with_weight(outside(location, **keys))))


def magic(x, y):
    return helper.make_node("Magic", [x], [y], domain="acme")


def custom_in_a_branch():
    branch = helper.make_graph([magic("x", "t")], "b", [], [value("t")])
    choice = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    constant = numpy_helper.from_array(np.array(True), "c")
    return model([choice], weights=[constant], domains=["acme"])


def custom_in_a_function():
    opsets = [helper.make_opsetid("acme", 1)]
    function = helper.make_function("own", "F", ["a"], ["b"], [magic("a", "b")], opsets)
    call = helper.make_node("F", ["x"], ["y"], domain="own")
    return model([call], domains=["own", "acme"], functions=[function])


@pytest.mark.parametrize(
    ("proto", "count"),
    [
        (model([magic("x", "a"), magic("a", "y")], domains=["acme"]), 2),
        (custom_in_a_branch(), 2),
        (custom_in_a_function(), 1),
    ],
)
def test_custom_operators_are_counted_and_refused_wherever_they_hide(tmp_path, proto, count):
    text = f"custom operators acme.Magic ({count}x) have no meaning outside their own runtime."
    assert text in refusal(stored(tmp_path, proto))


def test_a_function_the_model_defines_itself_is_no_custom_operator(tmp_path):
    proto = inside_a_function(numpy_helper.from_array(WEIGHT, "w"))
    assert read_onnx(stored(tmp_path, proto)).functions[0].name == "F"


@pytest.mark.parametrize(
    ("outputs", "other"), [(("y", "y"), "another output"), (("x",), "an input")]
)
def test_an_output_name_that_is_taken_is_refused(tmp_path, outputs, other):
    text = refusal(stored(tmp_path, model(outputs=outputs)))
    assert f"output name {outputs[0]!r} is also the name of {other}. Rename it" in text


def test_a_graph_that_breaks_the_standard_is_refused_with_the_reason(tmp_path):
    text = refusal(stored(tmp_path, model([helper.make_node("Relu", ["nowhere"], ["y"])])))
    assert "not a valid ONNX model (Nodes in a graph must be topologically sorted" in text


def test_inputs_are_those_a_caller_must_give():
    proto = with_weight(numpy_helper.from_array(WEIGHT, "w"))
    proto.graph.input.append(value("w"))
    assert [given.name for given in graph_inputs(proto)] == ["x"]


def test_a_fixed_input_shape_reaches_the_outputs():
    fixed = with_input_shape(model(shape=["n", 3, "h", 4]), "x", (2, 3, 8, 4))
    assert static_shape(fixed.graph.input[0]) == (2, 3, 8, 4)
    assert static_shape(fixed.graph.output[0]) == (2, 3, 8, 4)
    given = np.linspace(-1, 1, 192, dtype=np.float32).reshape(2, 3, 8, 4)
    session = onnxruntime.InferenceSession(fixed.SerializeToString())
    np.testing.assert_array_equal(session.run(None, {"x": given})[0], given.clip(0))


def test_fixing_the_shape_leaves_the_given_model_alone():
    proto = model(shape=["n", 3, "h", 4])
    before = proto.SerializeToString()
    with_input_shape(proto, "x", (2, 3, 8, 4))
    assert proto.SerializeToString() == before
    assert static_shape(proto.graph.input[0]) is None


@pytest.mark.parametrize(
    ("name", "shape", "text"),
    [
        ("z", (1, 3, 4, 4), "--input z: the graph's inputs are x. Use one."),
        ("x", (1, 4, 4, 4), "the graph says ['n', 3, 'h', 4]. Give a shape that fits."),
        ("x", (1, 3, 4), "the graph says ['n', 3, 'h', 4]"),
    ],
)
def test_an_input_shape_that_does_not_fit_is_refused(name, shape, text):
    with pytest.raises(GraphError) as caught:
        with_input_shape(model(shape=["n", 3, "h", 4]), name, shape)
    assert text in str(caught.value)


def test_the_same_model_is_written_as_the_same_bytes(tmp_path):
    def written(name, order):
        proto = model()
        # Map fields have no order of their own: filled in either one, the bytes agree.
        helper.set_model_props(proto, {key: key for key in order})
        entries = sorted(proto.metadata_props, key=lambda p: p.key)
        del proto.metadata_props[:]
        proto.metadata_props.extend(entries)
        write_onnx(proto, tmp_path / name)
        return (tmp_path / name).read_bytes()

    assert written("a.onnx", "abc") == written("b.onnx", "cba")


def test_what_was_written_reads_back(tmp_path):
    (tmp_path / "w.bin").write_bytes(WEIGHT.tobytes())
    proto = read_onnx(stored(tmp_path, with_weight(outside("w.bin"))))
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    write_onnx(proto, alone / "model.onnx")
    assert read_onnx(alone / "model.onnx") == proto, "the weights are not inside"
    assert isinstance(onnx.load(Path(alone / "model.onnx")), onnx.ModelProto)
