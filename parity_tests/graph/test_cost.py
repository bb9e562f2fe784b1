"""Multiply-accumulates of an ONNX graph, counted by hand."""

import onnx
import pytest

from poseconvert.graph.cost import macs, op_counts, weight_bytes


def model(text):
    return onnx.helper.make_model(
        onnx.parser.parse_graph(text), opset_imports=[onnx.helper.make_opsetid("", 17)]
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("g (float[2,3] a, float[3,5] b) => (float[2,5] y) { y = MatMul(a, b) }", 2 * 5 * 3),
        ("g (float[2,3] a, float[3,5] b) => (float[2,5] y) { y = Gemm(a, b) }", 2 * 5 * 3),
        (
            "g (float[3,2] a, float[3,5] b) => (float[2,5] y) { y = Gemm <transA = 1> (a, b) }",
            2 * 5 * 3,
        ),
        (
            "g (float[2,3] a, float[5,3] b) => (float[2,5] y) { y = Gemm <transB = 1> (a, b) }",
            2 * 5 * 3,
        ),
        (
            "g (float[1,4,8,8] a, float[6,4,3,3] b) => (float[1,6,6,6] y) { y = Conv(a, b) }",
            6 * 6 * 6 * 4 * 9,
        ),
        (
            "g (float[1,4,8,8] a, float[4,6,3,3] b) => (float[1,6,10,10] y)"
            " { y = ConvTranspose(a, b) }",
            4 * 8 * 8 * 6 * 9,
        ),
        ("g (float[2,3] a) => (float[2,3] y) { y = Relu(a) }", 0),
        ("g (float[N,3] a, float[3,5] b) => (float[N,5] y) { y = MatMul(a, b) }", None),
    ],
)
def test_macs_are_those_of_the_definition(text, count):
    assert macs(model(text)) == count


def test_ops_are_counted_and_weights_weighed():
    one = model(
        "g (float[2] a) => (float[2] y) <float[2] w = {1, 2}>"
        " { b = Add(a, w) c = Add(b, w) y = Relu(c) }"
    )
    assert op_counts(one) == {"Add": 2, "Relu": 1}
    assert weight_bytes(one) == 8
