"""The house's rules as tests: sizes, words, annotations, lazy doors, no trace of this machine."""

import ast
import hashlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "poseconvert").rglob("*.py"))
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
]


def relative(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PACKAGE, ids=relative)
def test_a_file_holds_one_idea(path):
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize("path", PACKAGE, ids=relative)
def test_a_function_is_about_forty_lines(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            documented = isinstance(node.body[0], ast.Expr) and len(node.body) > 1
            first = node.body[1] if documented else node.body[0]
            assert node.end_lineno - first.lineno < 60, f"{node.name} in {relative(path)}"


@pytest.mark.parametrize("path", PACKAGE, ids=relative)
def test_the_executor_is_never_called_core_ml_or_neural_engine(path):
    for line in path.read_text().splitlines():
        if re.search(r"label\s*[:=]", line) and "mil" in relative(path):
            assert "Core ML" not in line
            assert "Neural Engine" not in line


@pytest.mark.parametrize("path", PACKAGE, ids=relative)
def test_torch_load_is_never_called_without_weights_only(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            assert "weights_only" in {keyword.arg for keyword in node.keywords}


REPRO = "pipeline/localise/repro_script.py"  # copied beside an excerpt, where it runs by itself
DOORS = {
    "rich": {"reports/table.py", "reports/terminal.py", "reports/evaluation.py",
             "reports/inspection.py", "reports/tune.py", "cli/progress.py"},
    "jinja2": {"reports/html.py"},
    "onnxsim": {"stages/simplified_from_onnx.py", "stages/coreml_by_onnxsim.py", REPRO},
    "onnx2coreml": {"stages/coreml_by_onnx2coreml.py", REPRO},
    "onnxruntime": {"runners/onnx.py", REPRO},
    "coremltools": {"stages/coreml_package.py", "stages/compressed_from_coreml.py",
                    "stages/coreml_by_onnx2coreml.py", "stages/coreml_by_onnxsim.py",
                    "stages/coreml_by_torch.py", "runners/coreml.py",
                    "mil/package/reader.py", REPRO},
}  # fmt: skip


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_imported_at_its_doors_only(library):
    found = set()
    for path in PACKAGE:
        if path.name == "repro_script.py":
            continue  # written out by --bisect, never imported here: a stranger's own program
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            if any(name.partition(".")[0] == library for name in names):
                found.add(path.relative_to(ROOT / "poseconvert").as_posix())
    assert found <= DOORS[library]


def test_no_tracked_file_names_a_place_on_this_machine():
    place = re.compile(rb"/(home|root|work|Users)/[a-z]")
    for path in TRACKED:
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".json", ".html"}:
            found = place.search(path.read_bytes())
            assert not found, f"{relative(path)}: {found}"


def test_nothing_from_the_shared_assets_is_tracked(shared_assets):
    theirs = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in shared_assets.rglob("*")
        if path.is_file()
    }
    ours = {hashlib.sha256(path.read_bytes()).hexdigest() for path in TRACKED if path.is_file()}
    assert not theirs & ours


def test_reference_models_are_what_their_hashes_say():
    found = sorted((ROOT / "reference_models").glob("*/SHA256SUMS"))
    assert found
    for sums in found:
        for line in sums.read_text().splitlines():
            digest, name = line.split()
            assert hashlib.sha256((sums.parent / name).read_bytes()).hexdigest() == digest
