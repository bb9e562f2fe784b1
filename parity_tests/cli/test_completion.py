"""Shell completion completes commands, options and their values, in processes of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What a shell does at the tab key: fill COMP_WORDS, call the function, read COMPREPLY.
TAB = """
COMP_WORDS=({words}); COMP_CWORD={index}
_poseconvert_completion poseconvert
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def environment(tmp_path):
    """An empty home, and this clone's ``poseconvert`` on the path."""
    command = tmp_path / "bin" / "poseconvert"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m poseconvert "$@"\n')
    command.chmod(0o755)
    path = os.pathsep.join([str(command.parent), os.environ["PATH"]])
    return {**os.environ, "HOME": str(tmp_path), "PATH": path, "PYTHONPATH": str(ROOT)}


def lines(arguments, environment, **more):
    done = subprocess.run(
        arguments, env={**environment, **more}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def in_bash(script, environment):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on the path")
    return lines([bash, "--norc", "-c", script], environment)


def test_bash_completes_from_what_show_completion_prints(environment):
    shown = 'eval "$(poseconvert --show-completion)"'
    tab = TAB.format(words="poseconvert conv", index=1)
    assert in_bash(shown + tab, environment) == ["convert"]
    tab = TAB.format(words="poseconvert convert --prec", index=2)
    assert in_bash(shown + tab, environment) == ["--precision"]


def test_bash_completes_once_installed_and_nothing_outside_home_is_written(environment, tmp_path):
    assert "bash completion installed in" in in_bash(
        "poseconvert --install-completion; true", environment
    )[0]  # fmt: skip
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {".bashrc", ".bash_completions/poseconvert.sh"} < written
    tab = TAB.format(words="poseconvert convert --precision fp", index=3)
    assert in_bash(f"source ~/.bashrc{tab}", environment) == ["fp16", "fp32"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("poseconvert doc", '"doctor":"Show versions and what can run here'),
        ("poseconvert doctor --js", '"--json":"Print JSON."'),
        ("poseconvert convert --precision fp1", '"fp16"'),
    ],
)
def test_zsh_is_answered_as_its_script_asks(typed, first, environment):
    """The script sets these two and evaluates what is printed."""
    script = lines(["poseconvert"], environment, _POSECONVERT_COMPLETE="source_zsh")
    assert "#compdef poseconvert" in script
    assert any("_POSECONVERT_COMPLETE=complete_zsh" in line for line in script)
    assert any("_TYPER_COMPLETE_ARGS=" in line for line in script)
    answer = lines(
        ["poseconvert"],
        environment,
        _POSECONVERT_COMPLETE="complete_zsh",
        _TYPER_COMPLETE_ARGS=typed,
    )
    assert len(answer) == 1
    assert answer[0].startswith(f"_arguments '*: :(({first}")


def test_zsh_can_read_its_script(environment):
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("no zsh on the path; what its script asks is tested without it")
    script = lines(["poseconvert"], environment, _POSECONVERT_COMPLETE="source_zsh")
    assert lines([zsh, "-n", "-c", "\n".join(script)], environment) == []


def test_completing_loads_no_library_that_converts(environment):
    code = (
        "import atexit, sys\n"
        "heavy = 'torch onnx onnxruntime coremltools numpy'.split()\n"
        "atexit.register(lambda: print(*[name for name in heavy if name in sys.modules]))\n"
        "from poseconvert.cli import main\n"
        "sys.argv = ['poseconvert']\n"
        "main()\n"
    )
    answer = lines(
        [sys.executable, "-c", code],
        environment,
        _POSECONVERT_COMPLETE="complete_bash",
        COMP_WORDS="poseconvert eval",
        COMP_CWORD="1",
    )
    assert answer == ["evaluate", ""]
