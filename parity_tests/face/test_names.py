"""What ``import poseconvert`` offers, and that it costs nothing until it is used."""

import inspect
import subprocess
import sys

import pytest
import typer

import poseconvert
from poseconvert.cli import app
from poseconvert.face.pairs import compare_artifacts

HEAVY = ("numpy", "torch", "onnx", "onnxruntime", "coremltools", "rich", "PIL", "typer")
# The option of a command and what the face calls it, where that is not the same.
RENAMED = {
    ("convert", "model"): "model",
    ("convert", "module"): "model",
    ("convert", "output"): "out",
    ("convert", "image"): "images",
    ("convert", "input_kind"): "input_kinds",
    ("convert", "input_"): "inputs",
    ("diff", "image"): "pictures",
    ("diff", "paths"): "pictures",
    ("diff", "input_"): "inputs",
    ("tune", "image"): "pictures",
    ("evaluate", "people"): "n",
}
# Where these are: open() and recheck() of a conversion, swift_package(); and what only a terminal
# needs.
ELSEWHERE = {"conversion", "allow_edited", "recheck", "tolerance", "swift", "json", "quiet"}
# ``diff A B`` is a function of its own.
OF_ARTIFACTS = {("diff", name) for name in ("match", "decode", "input_", "scale", "bias")}
FUNCTIONS = {
    "convert": lambda: poseconvert.convert,
    "diff": lambda: poseconvert.Conversion.diff,
    "evaluate": lambda: poseconvert.Conversion.evaluate,
    "tune": lambda: poseconvert.Conversion.tune,
    "inspect": lambda: poseconvert.inspect,
    "ios-bundle": lambda: poseconvert.ios_bundle,
}


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_import_takes_less_than_50_ms_and_loads_no_library():
    *loaded, ms = run(
        "import sys, time; t = time.perf_counter(); import poseconvert, poseconvert as p;"
        "ms = 1000 * (time.perf_counter() - t); dir(p);"
        f"print(*[m for m in {HEAVY} if m in sys.modules], ms)"
    )
    assert not loaded
    assert float(ms) < 50


def test_comparing_and_decoding_arrays_loads_no_converter():
    loaded = run(
        "import sys, poseconvert; poseconvert.compare, poseconvert.decode;"
        "print(*[m for m in ('torch', 'onnx', 'onnxruntime', 'coremltools', 'rich')"
        " if m in sys.modules])"
    )
    assert not loaded


@pytest.mark.parametrize("name", poseconvert.__all__)
def test_every_name_exists_is_listed_and_is_said_to_type_checkers(name):
    assert getattr(poseconvert, name) is not None
    assert name in dir(poseconvert)
    assert f" as {name}\n" in inspect.getsource(poseconvert)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'converted'"):
        poseconvert.converted  # noqa: B018


@pytest.mark.parametrize("command", FUNCTIONS)
def test_a_function_has_the_options_of_its_command_and_their_defaults(command):
    """The oracle is what the command line declares."""
    options = typer.main.get_command(app).commands[command].params
    for option in options:
        function = FUNCTIONS[command]()
        if (command, option.name) in OF_ARTIFACTS:
            function = compare_artifacts
        elif option.name in ELSEWHERE or option.name == "help":
            continue
        taken = inspect.signature(function).parameters
        name = RENAMED.get((command, option.name), option.name)
        assert name in taken, f"{command}: {option.name}"
        default = taken[name].default
        if default not in (inspect.Parameter.empty, None, ()):
            declared = getattr(option.default, "value", option.default)
            assert str(declared).removesuffix("px") == str(default), name


def test_every_exception_of_the_package_is_a_poseconvert_error():
    errors = [getattr(poseconvert, name) for name in poseconvert.__all__ if "Error" in name]
    assert len(errors) > 10
    assert all(issubclass(error, poseconvert.PoseconvertError) for error in errors)
