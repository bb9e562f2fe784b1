"""A fixed sample of ONNX's node cases, and the stored full run: nothing wrong is called held."""

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Case to what becomes of it, and by which way.
SAMPLE = {
    "test_averagepool_2d_pads_count_include_pad": ("equal", "onnx2coreml"),
    "test_averagepool_2d_dilations": ("refused", ""),  # onnx2coreml makes another shape
    "test_basic_conv_with_padding": ("equal", "onnx2coreml"),
    "test_convtranspose_pads": ("equal", "onnx2coreml"),
    "test_det_2d": ("refused", ""),  # no route has it
    "test_gelu_tanh_1": ("equal", "onnxsim"),  # broken by onnx2coreml
    "test_gridsample": ("equal", "onnx2coreml"),
    "test_layer_normalization_2d_axis1": ("equal", "onnx2coreml, functions expanded"),
    "test_mean_example": ("equal", "onnx2coreml"),  # rewritten: it has no Mean
    "test_mod_mixed_sign_float32": ("refused", ""),  # broken by onnx2coreml
    "test_resize_downsample_sizes_linear_antialias": ("refused", ""),  # broken by both
    "test_resize_upsample_scales_linear_align_corners": ("equal", "onnx2coreml"),
    "test_selu_default": ("equal", "onnx2coreml"),  # by its body
    "test_softmax_axis_1": ("equal", "onnx2coreml"),
    "test_spacetodepth_crd_mode_example": ("equal", "onnxsim"),  # broken by onnx2coreml
}


@pytest.fixture(scope="module")
def conformance():
    path = ROOT / "benchmarks" / "conformance_onnx.py"
    spec = importlib.util.spec_from_file_location("conformance_onnx", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["conformance_onnx"] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["conformance_onnx"]


@pytest.fixture(scope="module")
def cases(conformance):
    return {case.name: case for case in conformance.cases()}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLE)
def test_a_case_is_equal_or_refused_as_ever(name, conformance, cases, tmp_path):
    found = conformance.run_case(cases[name], tmp_path)

    assert (found.outcome, found.shipped) == SAMPLE[name], found.reason
    assert bool(found.reason) == (found.outcome == "refused")


@pytest.mark.slow
def test_a_package_let_through_by_a_blind_check_is_called_wrong(
    conformance, cases, tmp_path, monkeypatch
):
    """The check of the check: the case's own expected output is a second opinion."""
    blind = replace(conformance.TOLERANCE, relative=10.0)
    monkeypatch.setattr(conformance, "TOLERANCE", blind)

    found = conformance.run_case(cases["test_spacetodepth_crd_mode_example"], tmp_path)

    assert (found.outcome, found.shipped) == ("wrong", "onnx2coreml")


@pytest.mark.slow
def test_the_870_cases_are_those_of_one_op_with_a_float_input(conformance, cases):
    inside = [case for case in cases.values() if not conformance.why_outside(case)]

    assert len(inside) == 870
    assert {len(case.model.graph.node) for case in inside} == {1}


def test_the_full_run_has_nothing_wrong_and_more_than_both_converters_alone(conformance):
    record = json.loads(conformance.RESULT.read_text())

    assert record["run"] == 870
    assert sum(record["outcomes"].values()) == 870
    assert set(record["outcomes"]) == {"equal", "refused", "disputed"}
    assert record["outcomes"]["equal"] >= 412
    # ONNX Runtime aligns the corners of the rounded size, the standard those of 4 * 0.6.
    disputed = [r["case"] for r in record["results"] if r["outcome"] == "disputed"]
    assert disputed == ["test_resize_downsample_scales_linear_align_corners"]
    assert all(r["reason"] for r in record["results"] if r["outcome"] == "refused")


def test_the_table_in_the_docs_is_that_of_the_full_run(conformance):
    record = json.loads(conformance.RESULT.read_text())

    assert conformance.table(record) in (ROOT / "docs" / "conformance.md").read_text()
