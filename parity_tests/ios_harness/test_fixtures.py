"""The Swift fixtures are what the code answers now, and hold what they claim to hold."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from poseconvert.conversion.golden import read_goldens

SCRIPT = Path(__file__).parents[2] / "ios_harness" / "scripts" / "answer_fixtures.py"
PROGRESS = 1e-9  # of another processor's exp


def loaded():
    spec = importlib.util.spec_from_file_location("answer_fixtures", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


answers = loaded()


def cases(name):
    return json.loads((answers.FIXTURES / f"{name}.json").read_text())


def assert_same(found, stored):
    """Equal, and arrays near enough for another processor's exp."""
    if isinstance(stored, dict) and "data" in stored:
        assert found["shape"] == stored["shape"]
        assert found["dtype"] == stored["dtype"]
        np.testing.assert_allclose(
            answers.unpacked(found), answers.unpacked(stored), rtol=PROGRESS, atol=PROGRESS
        )
    elif isinstance(stored, dict):
        assert found.keys() == stored.keys()
        for key in stored:
            assert_same(found[key], stored[key])
    elif isinstance(stored, float):
        assert found == pytest.approx(stored, rel=PROGRESS, abs=PROGRESS)
    else:
        assert found == stored


@pytest.mark.parametrize("name", answers.ANSWERS)
def test_stored_answers_are_what_the_code_answers_now(name):
    for case in cases(name):
        assert_same(answers.ANSWERS[name](case["ask"]), case["expect"])


def test_a_changed_answer_is_noticed():
    case = cases("decode")[0]
    found = answers.ANSWERS["decode"](case["ask"])
    stored = {**case["expect"], "cell": [cell + 1 for cell in case["expect"]["cell"]]}
    with pytest.raises(AssertionError):
        assert_same(found, stored)
    moved = answers.packed(answers.unpacked(found["score"]) + 1e-6)
    with pytest.raises(AssertionError):
        assert_same(found, {**case["expect"], "score": moved})


def test_there_are_hundreds_of_cases_with_every_trap():
    assert sum(len(cases(name)) for name in answers.ANSWERS) >= 200
    heatmaps = [
        answers.unpacked(case["ask"]["outputs"][case["ask"]["spec"]["heatmap"]])
        for case in cases("decode")
        if case["ask"]["spec"]["heatmap"]
    ]
    assert sum(np.isnan(heatmap).any() for heatmap in heatmaps) >= 20
    assert sum((heatmap < 0).any() for heatmap in heatmaps) >= 20
    ties = [np.sum(heatmap == np.nanmax(heatmap, initial=-9)) > 1 for heatmap in heatmaps]
    assert sum(ties) >= 20
    kinds = {case["ask"]["spec"]["refinement"] for case in cases("decode")}
    assert kinds == {"offset", "none", "quarter_cell", "expectation", "regression"}
    padded = [np.prod(case["ask"]["shape"]) for case in cases("strided")]
    stored = [case["ask"]["stored"]["shape"][0] for case in cases("strided")]
    assert sum(a < b for a, b in zip(padded, stored, strict=True)) >= 10


def test_the_golden_folder_is_what_a_conversion_reads():
    goldens = read_goldens(answers.FIXTURES)
    assert goldens.names == ("noise/1", "noise 2")
    assert goldens.inputs[0].shape == (2, 4, 5, 3)


def test_the_filters_sums_are_the_filters_steps():
    path = np.random.default_rng(3).normal(size=(12, 2))
    x, variance, low = path[0], 0.0, path[0]
    for index, now in enumerate(path):
        if index:
            gain = (variance + 0.001) / (variance + 0.001 + 0.0015)
            variance = 0.0015 * (variance + 0.001) / (0.0015 + variance + 0.001)
            x = x + (now - x) * gain
            low = 0.1 * low + 0.9 * x
    asked = {
        "path": answers.packed(path),
        "motion": 0.001,
        "measurement": 0.0015,
        "past": 0.1,
        "filters": 1,
    }
    np.testing.assert_allclose(answers.unpacked(answers.smoothed(asked)["path"])[-1], low)
