"""Rewriting before conversion: bodies for ops, plainer nodes, folded constants; values stay."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, inliner, parser

from poseconvert.graph.decompose import plain
from poseconvert.graph.fold_constants import with_constants_folded
from poseconvert.graph.functions import functions_of, with_functions_expanded
from poseconvert.graph.shapes import static_shape
from poseconvert.runners.onnx import session


def parsed(text, opset=18):
    return parser.parse_model(f'<ir_version: 8, opset_import: ["" : {opset}]>\n{text}')


def answers(model):
    """ONNX Runtime is the oracle: it runs the op itself, and what we made of it."""
    feeds = {
        value.name: np.random.default_rng(0).normal(size=static_shape(value)).astype(np.float32)
        for value in model.graph.input
    }
    return session(model, Path("m.onnx")).run(None, feeds)


def ops(model):
    return [node.op_type for node in model.graph.node]


X = "g (float[1,4,6] x) => (float[1,4,6] y)"
FUNCTIONS = {
    "Gelu": (X + ' { y = Gelu<approximate = "tanh">(x) }', 20),
    "Selu": (X + " { y = Selu(x) }", 18),
    "LayerNormalization": (
        X + " <float[6] w = {1, 2, 3, 4, 5, 6}> { y = LayerNormalization(x, w) }",
        18,
    ),
    "SpaceToDepth": (
        "g (float[1,2,4,4] x) => (float[1,8,2,2] y)"
        ' { y = SpaceToDepth<blocksize = 2, mode = "CRD">(x) }',
        28,
    ),
    "Clip": (X + " <float high = {0.5}> { y = Clip(x, , high) }", 18),
    "Softsign": (X + " { y = Softsign(x) }", 22),
}


@pytest.mark.parametrize("op", FUNCTIONS)
def test_a_body_in_place_of_its_op_gives_the_same(op):
    model = parsed(*FUNCTIONS[op])
    assert functions_of(model) == {op}

    expanded = with_constants_folded(plain(with_functions_expanded(model, {op})))

    assert op not in ops(expanded)
    assert not {"Constant", "CastLike", "Shape"} & set(ops(expanded))
    for found, expected in zip(answers(expanded), answers(model), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_an_op_without_body_and_one_not_asked_for_stay():
    model = parsed(X + " { a = Sin(x) y = Softsign(a) }", 22)

    assert ops(with_functions_expanded(model, {"Sin"})) == ["Sin", "Softsign"]


def test_a_body_that_onnx_cannot_build_leaves_the_op(monkeypatch):
    def failing(*args, **kwargs):
        raise RuntimeError("Assertion failed")

    monkeypatch.setattr(inliner, "inline_selected_functions", failing)

    assert ops(with_functions_expanded(parsed(*FUNCTIONS["Selu"]), {"Selu"})) == ["Selu"]


def test_onnx_still_drops_defaults_and_weights():
    """The faults that our expansion works around; strict, so that a mended onnx is noticed."""
    selu = parsed(*FUNCTIONS["Selu"])
    bare = inliner.inline_selected_functions(selu, [("", "Selu")], inline_schema_functions=True)
    assert any(node.op_type == "Constant" and not node.attribute for node in bare.graph.node)

    norm = parsed(*FUNCTIONS["LayerNormalization"])
    with pytest.raises(Exception, match="Type unknown for w"):
        inliner.inline_selected_functions(
            norm, [("", "LayerNormalization")], inline_schema_functions=True
        )

    clip = parsed(*FUNCTIONS["Clip"])
    clip.graph.value_info.append(helper.make_tensor_value_info("high", TensorProto.FLOAT, []))
    with pytest.raises(Exception, match=r"Type unknown for $"):
        inliner.inline_selected_functions(clip, [("", "Clip")], inline_schema_functions=True)


PLAIN = {
    "sum of three": (X + " { s = Sin(x) c = Cos(x) y = Sum(x, s, c) }", {"Sin", "Cos", "Add"}),
    "mean of two": (X + " { s = Sin(x) y = Mean(x, s) }", {"Sin", "Add", "Constant", "Div"}),
    "max of one": (X + " { y = Max(x) }", {"Identity"}),
    "min of three": (X + " { s = Sin(x) c = Cos(x) y = Min(x, s, c) }", {"Sin", "Cos", "Min"}),
    "dropout": (X + " { y = Dropout(x) }", {"Identity"}),
    "uneven split": (
        "g (float[1,7] x) => (float[1,3] y, float[1,3] z, float[1,1] w)"
        " { y, z, w = Split<axis = 1, num_outputs = 3>(x) }",
        {"Constant", "Split"},
    ),
    "reciprocal": (X + " { y = Reciprocal(x) }", {"Constant", "Div"}),
    "integer exponent": (
        X + " <int64 three = {3}> { y = Pow(x, three) }",
        {"Cast", "Pow"},
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_plainer_node_gives_the_same(name):
    text, expected_ops = PLAIN[name]
    model = parsed(text)

    made = plain(model)

    assert set(ops(made)) == expected_ops
    onnx.checker.check_model(made)
    for found, expected in zip(answers(made), answers(model), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "text",
    [
        X + " <bool train = {1}, float half = {0.5}> { y = Dropout(x, half, train) }",
        "g (float[1,4] x) => (float[1,4] y, bool[1,4] kept) { y, kept = Dropout(x) }",
        "g (float[1,6] x) => (float[1,3] y, float[1,3] z)"
        " { y, z = Split<axis = 1, num_outputs = 2>(x) }",
        "g (float[1,4] x, float[1,4] e) => (float[1,4] y) { y = Pow(x, e) }",
    ],
)
def test_what_is_not_the_same_or_plain_already_stays(text):
    model = parsed(text)

    assert ops(plain(model)) == ops(model)


def test_folding_keeps_what_depends_on_the_input_or_on_chance():
    model = parsed(
        "g (float[1,4] x) => (float[1,4] y) <float[1] w = {2}>"
        " { a = Mul(w, w) n = Shape(x) r = RandomNormal<shape = [1]>() b = Add(a, r)"
        " y = Mul(x, b) }"
    )

    folded = with_constants_folded(model)

    assert ops(folded) == ["RandomNormal", "Add", "Mul"]
    assert {t.name for t in folded.graph.initializer} >= {"a"}


def test_the_shape_of_unknown_rank_is_not_folded():
    model = parsed(
        "g (float[1,4] x, int64[n] s) => (int64[k] y) { r = Reshape(x, s) y = Shape(r) }"
    )

    assert ops(with_constants_folded(model)) == ["Reshape", "Shape"]
