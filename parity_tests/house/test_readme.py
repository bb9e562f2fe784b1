"""README and docs: python blocks run, commands exist, links point to files."""

import re
import shlex
from pathlib import Path

import pytest

from poseconvert.cli import app, convert, diff, doctor, evaluate, inspect, tune

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PICTURE = ROOT / "docs/images/figures.png"
#: Run in the order of their page, by test_guides.py or by a test of their own.
IN_ORDER = {
    f"docs/guides/{name}.md" for name in ("add-a-family", "compare-your-package", "find-the-drift")
}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(
    r"^```python\n(.*?)^```(?:\n\nprints\n\n```(?:text)?\n(.*?)^```)?", re.MULTILINE | re.DOTALL
)
MODULES = {
    "convert": convert,
    "diff": diff,
    "doctor": doctor,
    "evaluate": evaluate,
    "inspect": inspect,
    "tune": tune,
}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def python_blocks():
    return [
        pytest.param(code, prints, id=f"{relative(page)}-{index}")
        for page in PAGES
        if relative(page) not in IN_ORDER
        for index, (code, prints) in enumerate(PYTHON.findall(page.read_text()))
    ]


@pytest.mark.parametrize(("code", "prints"), python_blocks())
def test_a_python_block_runs(code, prints, warm_python, tiny_model, tiny_conversion, tmp_path):
    """In a process of its own, as a reader would; what the page says it prints, it prints."""
    (tmp_path / "model.mlpackage").symlink_to(tiny_conversion / "model.mlpackage")
    (tmp_path / "model.safetensors").symlink_to(tiny_model)
    (tmp_path / "tiny.poseconvert").symlink_to(tiny_conversion)
    (tmp_path / "person.png").write_bytes(PICTURE.read_bytes())
    done = warm_python("-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    if prints:
        assert done.stdout == prints


def command_lines():
    for page in PAGES:
        for language, code in BLOCK.findall(page.read_text()):
            for line in code.replace("\\\n", " ").splitlines():
                if language in ("", "sh") and line.startswith("poseconvert "):
                    yield pytest.param(line, id=f"{relative(page)}: {line}")
    for name, module in MODULES.items():
        for line in module.EXAMPLES.splitlines():
            if line.strip().startswith("poseconvert "):
                yield pytest.param(line.strip(), id=f"{name} --help: {line.strip()}")


@pytest.mark.parametrize("line", list(command_lines()))
def test_a_command_line_has_only_options_that_exist(line, capsys):
    words = shlex.split(line.partition("#")[0])[1:]
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    command = words[: 2 if words[0] == "bench" else 1]
    app([*command, "--help"], standalone_mode=False)
    described = capsys.readouterr().out
    for option in options:
        assert re.search(rf"(^|[\s,]){re.escape(option)}\b", described), option


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_to_files_point_to_files(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_two_commands_are_in_the_readme_and_the_makefile():
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    for command in ("convert", "test"):
        assert f"make {command}" in readme
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)
    assert readme.index("make convert") < readme.index("pip install")
