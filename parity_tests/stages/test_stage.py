"""The list of stages is a chain, and the one place that names them."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from poseconvert import fields
from poseconvert.drift import TOLERANCES
from poseconvert.errors import StageError
from poseconvert.stages.stage import MODEL, SOURCE, STAGES, Work

PIPELINE = Path(__file__).parents[2] / "poseconvert" / "pipeline"
NAMES = {SOURCE, "end_to_end", *(stage.name for stage in STAGES)}


def test_every_stage_reads_what_the_one_before_it_made():
    made = [MODEL, *(stage.makes for stage in STAGES)]
    assert [stage.reads for stage in STAGES] == made[:-1]
    assert len(set(made)) == len(made)


def test_records_know_these_stages_and_no_other():
    assert get_args(fields.Stage) == (SOURCE, *(stage.name for stage in STAGES))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_function_of_a_stages_name_runs_it(stage):
    assert callable(getattr(import_module(f"poseconvert.stages.{stage.name}"), stage.name))


def test_only_a_package_drifts_by_its_precision():
    for stage in STAGES:
        fp16, fp32 = stage.tolerance("fp16"), stage.tolerance("fp32")
        assert {fp16, fp32} <= set(TOLERANCES.values())
        assert (fp16 != fp32) == (stage.name == "coreml_from_onnx")


def test_names_are_read_without_a_library():
    heavy = "{'msgspec', 'numpy', 'torch', 'onnx', 'coremltools'} & set(sys.modules)"
    code = f"import sys, poseconvert.stages.stage; print(sorted({heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def literals(source):
    """Strings of a module that are the name of a stage, or begin with one and a slash."""
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.partition("/")[0] in NAMES
    }


def test_the_pipeline_names_stages_by_this_list():
    found = {
        path.relative_to(PIPELINE).as_posix(): said
        for path in PIPELINE.rglob("*.py")
        if (said := literals(path.read_text()))
    }
    assert found == {}


def test_a_stage_named_by_a_string_is_found():
    assert literals('x = TOLERANCES["coreml_from_onnx/fp16"], "end_to_end"') == {
        "coreml_from_onnx/fp16",
        "end_to_end",
    }
    assert literals('"coreml_from_onnx: no route makes a package"') == set()


class Told(Work):
    """A stage that says what is asked of it, and refuses at one step."""

    def __init__(self, refuses=""):
        self.steps, self.refuses = [], refuses

    def step(self, name):
        self.steps.append(name)
        if name == self.refuses:
            raise StageError(name)
        return name

    def requires(self):
        return self.step("requires")

    def run(self, given):
        return self.step("run")

    def ensures(self, given, made):
        self.step("ensures")
        assert (given, made) == ("requires", "run")

    def write(self, made, path):
        self.step("write")
        path.write_text(made)


def test_a_stage_requires_runs_ensures_and_only_then_writes(tmp_path):
    work = Told()
    assert work.to(tmp_path / "made") == "run"
    assert work.steps == ["requires", "run", "ensures", "write"]


@pytest.mark.parametrize("refuses", ["requires", "run", "ensures"])
def test_what_is_refused_is_not_written(tmp_path, refuses):
    work = Told(refuses)
    with pytest.raises(StageError, match=refuses):
        work.to(tmp_path / "made")
    assert work.steps[-1] == refuses
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_is_carried_out_as_such_a_work(stage):
    module = import_module(f"poseconvert.stages.{stage.name}")
    works = [
        one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Work)
    ]
    assert [one for one in works if one is not Work and not inspect.isabstract(one)]
