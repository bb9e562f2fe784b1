"""``pytest --poseconvert`` and an emitted file, each in a pytest of its own."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from poseconvert.errors import OutputError
from poseconvert.testing.emit import emit_tests

pytest_plugins = ["pytester"]
PLUGIN = ("-p", "poseconvert.testing.plugin", "-p", "no:cacheprovider")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def beside(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def run_pytest(warm_python, tmp_path):
    """A pytest of its own in the test's folder; torch is imported already."""
    return lambda *words: warm_python("-m", "pytest", *words, cwd=tmp_path)


def edited(folder):
    with (folder / "model.simplified.onnx").open("ab") as file:
        file.write(b" ")
    return folder


def test_a_held_conversion_passes_and_an_edited_one_fails_with_reasons_alone(
    run_pytest, tiny_conversion, conversion_copy
):
    folders = ("--poseconvert", tiny_conversion, "--poseconvert", edited(conversion_copy))
    done = run_pytest(*PLUGIN, *folders, "-v")

    text = done.stdout
    assert done.returncode == 1
    good = [line for line in text.splitlines() if "tiny.poseconvert::" in line]
    assert len(good) == 4 + 5 + 48
    assert all("PASSED" in line for line in good), good
    assert "::stage[end_to_end] PASSED" in text
    assert "::joint[3d-rHand] PASSED" in text
    assert "copy.poseconvert::golden[hashes] FAILED" in text
    assert "copy.poseconvert::stage[simplified_from_onnx] FAILED" in text
    assert "model.simplified.onnx was edited after the conversion" in text
    assert "Traceback" not in text
    assert not re.search(r"\d+ (skipped|xfailed|error)", text)


def test_without_the_option_nothing_is_loaded_and_tests_run_as_ever(pytester):
    pytester.makepyfile(
        """
        import sys
        def test_nothing_is_loaded():
            heavy = {"torch", "onnx", "onnxruntime", "coremltools", "numpy", "poseconvert.pipeline"}
            assert not heavy & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)


def test_a_folder_that_is_no_conversion_is_a_usage_error_of_one_line(run_pytest):
    done = run_pytest(*PLUGIN, "--poseconvert", "nowhere")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert "nowhere: not a conversion folder" in line


def test_a_manifest_that_is_malformed_is_an_error_not_an_empty_pass(run_pytest, tmp_path):
    (tmp_path / "bad.poseconvert").mkdir()
    (tmp_path / "bad.poseconvert" / "manifest.json").write_text("{}")
    done = run_pytest(*PLUGIN, "--poseconvert", "bad.poseconvert")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "schema None, this version reads" in done.stdout


EMPTIED = {
    "no comparisons": lambda folder, values: values.update(parity=[]),
    "no artifacts": lambda folder, values: values.update(artifacts=[]),
    "no hashed goldens": lambda folder, values: values.update(goldens={}),
    "no outputs": lambda folder, values: values.update(outputs={}),
    "no goldens": lambda folder, values: shutil.rmtree(folder / "golden"),
    "an output that nothing has": lambda folder, values: values["outputs"].update(x=[1, 2]),
}


@pytest.mark.parametrize("name", EMPTIED)
def test_a_conversion_that_lacks_what_it_is_tested_by_never_passes(
    run_pytest, conversion_copy, name
):
    path = conversion_copy / "manifest.json"
    values = json.loads(path.read_text())
    EMPTIED[name](conversion_copy, values)
    path.write_text(json.dumps(values))
    done = run_pytest(*PLUGIN, "--poseconvert", conversion_copy)
    assert done.returncode in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    assert re.search(r"\d+ (failed|error)", done.stdout)
    assert " passed" not in done.stdout
    assert "Traceback" not in done.stdout


def test_the_entry_point_and_p_are_one_plugin(pytester, monkeypatch):
    """As an installed package would offer it."""
    made = pytester.mkdir("site").joinpath("somebody-1.0.dist-info")
    made.mkdir()
    project = (ROOT / "pyproject.toml").read_text()
    (name, module) = re.search(
        r'^\[project.entry-points.pytest11\]\n(?:#.*\n)*"?([\w.]+)"? = "([\w.]+)"', project, re.M
    ).groups()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: somebody\nVersion: 1.0\n")
    (made / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{made.parent}")
    for options in ((), ("-p", module)):
        done = pytester.runpytest_subprocess(*options, "--poseconvert", "nowhere")
        assert "nowhere: not a conversion folder" in done.stderr.str(), options


def test_an_emitted_file_passes_on_its_conversion_and_fails_on_an_edited_one(
    run_pytest, tiny_conversion, conversion_copy, tmp_path
):
    good, bad = tmp_path / "test_good.py", tmp_path / "test_edited.py"
    emit_tests(tiny_conversion, good)
    emit_tests(conversion_copy, bad)
    edited(conversion_copy)
    assert len(good.read_text().splitlines()) < 40

    done = run_pytest("-p", "no:cacheprovider", "-v", good, bad)

    assert done.returncode == 1
    assert len(re.findall(r"^test_good\.py::.* PASSED", done.stdout, re.M)) == 4 + 5 + 48
    assert "test_good.py::test_stage[end_to_end] PASSED" in done.stdout
    assert "test_edited.py::test_stage[simplified_from_onnx] FAILED" in done.stdout
    assert "test_edited.py::test_golden[hashes] FAILED" in done.stdout
    assert "was edited after the conversion" in done.stdout


def test_an_emitted_file_is_written_again_but_nothing_else_is_written_over(
    conversion_copy, tmp_path
):
    path = tmp_path / "test_parity.py"
    emit_tests(conversion_copy, path)
    first = path.read_text()
    emit_tests(conversion_copy, path)
    assert path.read_text() == first
    assert "Checks(Path(__file__).parent / 'copy.poseconvert')" in first.replace('"', "'")
    path.write_text("def test_mine(): pass\n")
    with pytest.raises(OutputError, match="was not written by --emit-tests"):
        emit_tests(conversion_copy, path)
    assert path.read_text() == "def test_mine(): pass\n"
    with pytest.raises(OutputError, match="its folder does not exist"):
        emit_tests(conversion_copy, tmp_path / "none" / "test_parity.py")


def test_an_emitted_file_is_formatted_as_ruff_would(conversion_copy, tmp_path):
    path = tmp_path / "test_parity.py"
    emit_tests(conversion_copy, path)
    command = [sys.executable, "-m", "ruff", "format", "--check", "--line-length", "100", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named" in done.stderr:
        pytest.skip("ruff is not installed")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["conftest.py", "golden/conftest.py", "test_it.py", "a.pyc"])
def test_python_that_a_stranger_put_into_a_conversion_does_not_run(
    run_pytest, tiny_conversion, tmp_path, name
):
    folder = shutil.copytree(tiny_conversion, tmp_path / "stranger.poseconvert")
    (folder / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    done = run_pytest(*PLUGIN, "--poseconvert", folder)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"holds {Path(name).name}, and pytest runs Python that it finds" in done.stderr
    assert not (tmp_path / "ran").exists()
