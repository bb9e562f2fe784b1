"""Healthy files are not refused: every model of onnx's own node tests, with the sizes it has."""

import warnings
from collections import Counter

import pytest
from onnx.backend.test.case.node import collect_testcases

from poseconvert.errors import GraphError
from poseconvert.graph import sizes
from poseconvert.graph.constants import fixed_shape
from poseconvert.graph.counting import functions_by_key
from poseconvert.graph.reader import read_onnx
from poseconvert.graph.scope import Scope

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cases():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [case for case in collect_testcases(None) if case.model is not None]


def test_of_all_node_tests_of_onnx_only_loops_that_ask_the_data_are_refused(cases, tmp_path):
    path, refused, read = tmp_path / "model.onnx", Counter(), 0
    for case in cases:
        path.write_bytes(case.model.SerializeToString())
        try:
            read_onnx(path)
            read += 1
        except GraphError as error:
            loop = "a Loop whose number of turns the file does not fix" in str(error)
            other = "custom operators ai.onnx." in str(error) or "STRING" in str(error)
            refused["loop" if loop else "other domain" if other else str(error)] += 1
    assert set(refused) == {"loop", "other domain"}
    assert refused["loop"] <= 12
    assert read > 1000


def shapes_by_walk(model):
    walk = sizes._Walk("test", functions_by_key("test", model))
    scope = Scope({}, {}, {}, list(model.opset_import), {})
    walk.declare(model.graph, scope)
    for value in model.graph.input:
        scope.types.setdefault(value.name, value.type)
    walk.run(model.graph, scope, turns=1)
    return {value.name: fixed_shape(scope.types.get(value.name)) for value in model.graph.output}


def test_a_size_that_is_known_before_the_run_is_the_one_that_comes_out(cases):
    known = 0
    for case in cases:
        try:
            found = shapes_by_walk(case.model)
        except GraphError:
            continue
        for value, output in zip(case.model.graph.output, case.data_sets[0][1], strict=False):
            if found[value.name] is not None and hasattr(output, "shape"):
                assert found[value.name] == output.shape, case.name
                known += 1
    assert known > 1000
