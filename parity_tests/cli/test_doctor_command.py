"""``poseconvert doctor`` on installations that are whole, lacking, old and broken."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

from poseconvert.devices.schema import problem
from poseconvert.pipeline.inspect import environment

ROOT = Path(__file__).parents[2]
TEXT = {"type": "string", "minLength": 1}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "poseconvert", "python", "python_tested", "system", "processor",
                 "cores", "reference_model", "libraries", "abilities", "problems"],
    "properties": {
        "schema": {"const": "poseconvert.doctor.v1"},
        "poseconvert": TEXT, "python": TEXT, "system": TEXT, "processor": TEXT,
        "python_tested": {"type": "boolean"},
        "reference_model": {"type": "boolean"},
        "cores": {"type": "integer", "minimum": 1},
        "problems": {"type": "array", "items": TEXT},
        "libraries": {"type": "array", "minItems": 1, "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "version", "tested", "needed", "state"],
            "properties": {
                "name": TEXT,
                "version": {"type": "string"},
                "tested": {"type": "string"},
                "needed": {"type": "boolean"},
                "state": {"enum": ["tested", "untested", "missing", "broken"]},
            },
        }},
        "abilities": {"type": "array", "minItems": 9, "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "available", "why"],
            "properties": {"name": TEXT, "available": {"type": "boolean"}, "why": TEXT},
        }},
    },
}  # fmt: skip


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Put metadata before what is really installed: the first that is found counts."""

    def install(name, version, *lines):
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        head = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
        (folder / "METADATA").write_text(head + "".join(f"{line}\n" for line in lines))
        return folder / "METADATA"

    monkeypatch.syspath_prepend(tmp_path)
    return install


@pytest.fixture
def wanting(installed):
    """Let poseconvert want these and no others."""

    def want(*requirements, python=">=3.11"):
        wanted = [f"Requires-Dist: {text}" for text in requirements]
        return installed("poseconvert", "0.1.0", f"Requires-Python: {python}", *wanted)

    return want


def found(finished):
    document = json.loads(finished.out)
    assert not problem(document, SCHEMA, root=SCHEMA)
    return document


def test_an_installation_in_range_is_fine(poseconvert, wanting, installed):
    wanting("whole>=1.0,<2")
    installed("whole", "1.9")
    done = poseconvert("doctor", "--json")
    assert done.code == 0
    document = found(done)
    assert document["problems"] == []
    assert document["libraries"] == [
        {"name": "whole", "version": "1.9", "tested": "<2,>=1.0", "needed": True, "state": "tested"}
    ]


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("0.9", "untested"),
        ("2.0", "untested"),
        ("1.5rc1", "tested"),
        ("1.5+cpu", "tested"),
        ("1.x.y", "broken"),
    ],
)
def test_a_version_is_judged_by_the_range_the_tests_ran_with(
    version, state, poseconvert, wanting, installed
):
    wanting("lib>=1.0,<2")
    installed("lib", version)
    done = poseconvert("doctor", "--json")
    (library,) = found(done)["libraries"]
    assert (library["version"], library["state"]) == (version, state)
    assert done.code == (0 if state == "tested" else 1)


def test_a_missing_library_is_a_problem_and_takes_what_needs_it_along(poseconvert, wanting):
    wanting("no-such-library>=3,<4")
    done = poseconvert("doctor")
    assert done.code == 1
    assert "problem: no-such-library is missing, wanted <4,>=3" in done.out
    assert "everything needed" not in done.out
    assert "PyTorch               no  torch is missing" in done.out


@pytest.mark.parametrize("content", [b"", b"Name: lib\n", b"\xff\xfe\x00"])
def test_metadata_that_cannot_be_read_is_broken_not_a_crash(
    content, poseconvert, wanting, installed
):
    wanting("lib>=1")
    installed("lib", "1.0").write_bytes(content)
    done = poseconvert("doctor", "--json")
    assert done.code == 1
    (library,) = found(done)["libraries"]
    assert library["state"] == "broken"
    assert found(done)["problems"] == ["lib is broken, wanted >=1"]


def test_an_optional_library_may_be_missing_and_the_developers_are_not_listed(
    poseconvert, wanting, installed
):
    wanting("lib", 'no-such-set>=2; extra == "datasets"', 'no-such-lint; extra == "check"')
    installed("lib", "1.0")
    done = poseconvert("doctor", "--json")
    assert done.code == 0
    assert [library["name"] for library in found(done)["libraries"]] == ["lib", "no-such-set"]


def test_a_second_judge_is_named_and_its_lack_is_no_problem(poseconvert, wanting, installed):
    judge = ("coreai-core", "coreai-onnx")
    wanting("lib", *(f'{name}>=1; extra == "coreai"' for name in judge))
    installed("lib", "1.0")
    done = poseconvert("doctor", "--json")
    (ability,) = (one for one in found(done)["abilities"] if one["name"] == "second opinion")
    assert done.code == 0
    assert {one["name"]: one["needed"] for one in found(done)["libraries"]} == {
        "lib": True,
        **dict.fromkeys(judge, False),
    }
    assert ability["available"] == ("missing" not in ability["why"])


def test_without_a_list_of_what_is_wanted_nothing_is_fine(poseconvert, wanting):
    wanting()
    done = poseconvert("doctor", "--json")
    assert done.code == 1
    assert found(done)["problems"] == ["poseconvert is broken, wanted ==0.1.0"]


def test_an_unreadable_requirement_is_a_problem(poseconvert, wanting):
    wanting("lib>>1")
    done = poseconvert("doctor", "--json")
    assert done.code == 1
    assert found(done)["problems"] == ["lib>>1 is broken, wanted any version"]


def test_another_python_is_a_problem(poseconvert, wanting, installed):
    wanting("lib", python=">=4")
    installed("lib", "1.0")
    done = poseconvert("doctor", "--json")
    assert done.code == 1
    assert "is outside the tested range" in found(done)["problems"][0]


def test_a_missing_reference_model_is_a_problem(poseconvert, monkeypatch, tmp_path):
    monkeypatch.setattr("poseconvert.cli.doctor.REFERENCE_MODEL", tmp_path / "gone")
    done = poseconvert("doctor", "--json")
    assert done.code == 1
    assert "the reference model is missing from the package" in found(done)["problems"]


def test_programs_are_looked_up_on_the_path(poseconvert, monkeypatch, tmp_path):
    def swift():
        done = poseconvert("doctor", "--json")
        return next(item for item in found(done)["abilities"] if item["name"] == "Swift")

    monkeypatch.setenv("PATH", str(tmp_path))
    assert not swift()["available"]
    (tmp_path / "swift").write_text("#!/bin/sh\n")
    (tmp_path / "swift").chmod(0o755)
    assert swift()["available"]


@pytest.mark.parametrize(("system", "available"), [("darwin", True), ("linux", False)])
def test_core_ml_runs_on_macos_only(system, available, poseconvert, monkeypatch):
    monkeypatch.setattr(environment.sys, "platform", system)
    abilities = {item["name"]: item for item in found(poseconvert("doctor", "--json"))["abilities"]}
    assert abilities["Core ML"]["available"] is available


def test_the_text_has_80_columns_also_where_names_are_long(poseconvert, wanting, installed):
    many = [f"a-library-of-a-rather-long-name-{index}>=1.0,!=1.1,!=1.2,<2" for index in range(3)]
    wanting(*many)
    done = poseconvert("doctor")
    assert done.code == 1
    assert max(map(len, done.out.splitlines())) <= 80
    assert "\x1b" not in done.out


def test_the_text_says_what_the_json_says(poseconvert):
    text = poseconvert("doctor").out
    document = found(poseconvert("doctor", "--json"))
    for row in (*document["libraries"], *document["abilities"]):
        assert f"  {row['name']} " in text
    for library in document["libraries"]:
        if library["state"] == "missing":
            assert not library["needed"], library
            continue
        assert library["version"] == metadata.version(library["name"])
        assert library["version"] in text


def test_quiet_prints_nothing_and_still_exits(poseconvert, wanting):
    wanting("no-such-library")
    done = poseconvert("doctor", "--quiet")
    assert (done.code, done.out, done.err) == (1, "", "")


# typer and what it loads to read options: without these there is no command line at all.
COMMAND_LINE = ("typer", "annotated_doc", "shellingham", "pydantic", "pydantic_core",
                "annotated_types", "typing_extensions", "typing_inspection")  # fmt: skip


def bare(folder, *packages):
    """Run doctor in an interpreter that sees only our package and the named ones.

    Not the clone: an editable install leaves its metadata there.
    """
    (folder / "poseconvert").symlink_to(ROOT / "poseconvert")
    for name in packages:
        place = Path(importlib.util.find_spec(name).origin)
        place = place.parent if place.name == "__init__.py" else place
        (folder / place.name).symlink_to(place)
    return subprocess.run(
        [sys.executable, "-S", "-m", "poseconvert", "doctor"],
        env={**os.environ, "PYTHONPATH": str(folder)}, cwd=folder,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_runs_where_none_of_the_libraries_it_judges_is_installed(tmp_path):
    done = bare(tmp_path, *COMMAND_LINE, "packaging")
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert "problem: poseconvert is missing, wanted ==0.1.0" in done.stdout


def test_without_packaging_it_says_so(tmp_path):
    done = bare(tmp_path, *COMMAND_LINE)
    assert done.returncode == 1
    assert done.stderr == "problem: packaging is missing. Install poseconvert again.\n"


def test_it_is_quick_and_imports_no_library_that_it_judges():
    code = (
        "import sys, atexit\n"
        "from poseconvert.cli import main\n"
        "judged = 'torch onnx onnxruntime onnxsim coremltools numpy PIL rich jinja2'.split()\n"
        "atexit.register(lambda: print('loaded', *[n for n in judged if n in sys.modules],"
        " file=sys.stderr))\n"
        "sys.argv = ['poseconvert', 'doctor']\n"
        "main()\n"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == "loaded\n"
    assert "What can run here" in done.stdout
    assert time.monotonic() - began < 10  # 0.5 s where nothing else runs


def test_what_a_fence_lacks_here_is_said(poseconvert, monkeypatch):
    def ability():
        done = poseconvert("doctor", "--json")
        (item,) = (a for a in found(done)["abilities"] if a["name"].startswith("fence"))
        return item

    monkeypatch.setattr("poseconvert.pipeline.inspect.environment.lacking", lambda: ())
    assert ability()["available"] is True
    monkeypatch.setattr(
        "poseconvert.pipeline.inspect.environment.lacking", lambda: ("a ban on programs",)
    )
    assert ability() == {
        "name": "fence",
        "available": False,
        "why": "without a ban on programs",
    }
