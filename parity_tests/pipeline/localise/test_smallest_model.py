"""The smallest part of a graph: found by what it must contain."""

import pytest
from onnx import parser

from poseconvert.graph.values import open_graph
from poseconvert.pipeline.localise.smallest_model import Part, smallest_part

CHAIN = """
<ir_version: 8, opset_import: ["" : 18]>
g (float[1,4] image) => (float[1,4] f)
{
  a = Abs(image)
  b = Relu(a)
  c = Neg(b)
  d = Exp(c)
  e = Add(d, a)
  f = Sub(e, d)
}
"""
GRAPH = open_graph(parser.parse_model(CHAIN))


def found(shows, value="f"):
    return smallest_part(GRAPH, value, shows=shows)


def test_an_op_that_shows_it_alone_is_all_there_is():
    assert found(lambda part: "f" in part.inside) == Part("f", frozenset("f"))


@pytest.mark.parametrize("needed", ["ef", "df", "cdf", "abcdef"])
def test_those_it_needs_are_added_and_no_others(needed):
    def shows(part):
        return part.value == "f" and set(needed) <= part.inside

    assert found(shows) == Part("f", frozenset(needed))


def test_an_earlier_value_that_shows_it_too_ends_the_part():
    assert found(lambda part: "d" in part.inside) == Part("d", frozenset("d"))
    both = found(lambda part: {"c", "d"} <= part.inside)
    assert both == Part("d", frozenset("cd"))


def test_what_does_not_lie_before_it_is_never_asked_for():
    asked = set()

    def shows(part):
        asked.update(part.inside)
        return False

    assert found(shows, value="d") is None
    assert asked == set("abcd")
