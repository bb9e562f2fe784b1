"""coremltools with the drop-in, in processes of their own: enabling lasts as long as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("script.py")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def said():
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_importing_poseconvert_enables_nothing(said):
    assert not said["native_before"]
    assert "only supported on macOS" in said["before"]


def test_predict_gives_what_the_executor_gives(said):
    assert said["equal"]
    assert said["list"] == [["last"], ["last"]]
    assert said["compiled"]


def test_it_says_that_it_is_not_core_ml(said):
    assert said["repr"].startswith("<reference executor of ")
    assert said["repr"].endswith("not Core ML>")


def test_pictures_are_permuted_where_the_package_expects_bgr(said):
    assert said["picture"] == [[[[6.0]], [[4.0]], [[2.0]]]]


def test_states_go_on_and_can_be_read_and_written(said):
    value, unknown = said["state"]
    assert value == [31.0, 31.0]
    assert 'there is no state "other", only total' in unknown


def test_coremltools_comparator_finds_two_different_models_different(said):
    """Without a runtime it finds nothing for any two models: the vacuous pass this is against."""
    assert said["same"] == []
    assert said["different"] == ["first_cast_fp16"]


def test_coremltools_validator_finds_the_op_that_gives_nan(said):
    assert said["nan"] == ["logarithm_cast_fp16"]
    assert said["no_nan"] == []


def test_refusals_arrive_as_the_error_coremltools_passes_on(said):
    assert "RuntimeError: " in said["wrong_input"]
    assert "expected float32[1, 2, 4, 4]" in said["wrong_input"]
    assert 'opset "CoreML4"' in said["lost"]
    assert said["unknown"].startswith('ValueError: unknown precision "fp8"')


PREDICTING = """
from coremltools.models.utils import _is_macos
import coremltools as ct
import numpy as np
from coremltools.converters.mil import Builder as mb

def test_prediction():
    assert _is_macos()
    program = mb.program(input_specs=[mb.TensorSpec((1,))])(lambda x: mb.add(x=x, y=1e-4, name="y"))
    model = ct.convert(program, convert_to="mlprogram")
    y = model.predict({"x": np.ones(1, np.float32)})["y"]
    assert abs(y - 1.0001) < 1e-6
"""


def cold_python(*words, cwd):
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True, text=True, check=False, cwd=cwd, env=ENVIRONMENT,
    )  # fmt: skip


def run_plugin(python, folder, precision):
    (folder / "test_their_own.py").write_text(PREDICTING)
    plugin = ("-m", "pytest", "-p", "poseconvert.mil.pytest_plugin")
    return python(*plugin, "--coreml-precision", precision, cwd=folder)


@pytest.mark.parametrize(("precision", "passed"), [("fp32", True), ("fp16", False)])
def test_the_plugin_runs_any_projects_core_ml_tests(tmp_path, warm_python, precision, passed):
    """1 + 1e-4 is no fp16 number: the precision asked for is the one that computes.

    Once before coremltools is imported, once after.
    """
    python = cold_python if precision == "fp32" else warm_python
    done = run_plugin(python, tmp_path, precision)
    assert f"reference executor ({precision}), not Core ML" in done.stdout
    assert ("1 passed" if passed else "1 failed") in done.stdout, done.stdout[-2000:]


def test_the_plugin_refuses_an_unknown_precision(tmp_path, warm_python):
    done = run_plugin(warm_python, tmp_path, "fp8")
    assert done.returncode == 4
    assert 'unknown precision "fp8"' in done.stderr
