"""The house's rules as tests: sizes, words, annotations, lazy doors, no trace of this machine.

A rule is a function of one file that names its offences; its test lists those of all files.
"""

import ast
import functools
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


@functools.cache
def nodes(text):
    return list(ast.walk(ast.parse(text)))


def long_file(name, text):
    if (lines := len(text.splitlines())) > 250:
        yield f"{name}: {lines} lines"


def long_functions(name, text):
    for node in nodes(text):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = isinstance(node.body[0], ast.Expr) and len(node.body) > 1
            first = node.body[1] if documented else node.body[0]
            if (lines := node.end_lineno - first.lineno) >= 60:
                yield f"{name}, {node.name}: {lines} lines"


def executor_called_by_apples_names(name, text):
    if "mil" in name:
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"label\s*[:=]", line) and re.search("Core ML|Neural Engine", line):
                yield f"{name}:{number}: {line.strip()}"


def loads_without_weights_only(name, text):
    for node in nodes(text):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "torch.load":
            continue
        if "weights_only" not in {keyword.arg for keyword in node.keywords}:
            yield f"{name}:{node.lineno}"


RULES = {  # each with a file that breaks it
    long_file: "\n" * 251,
    long_functions: "def f():\n    '''Long.'''\n    a = 1\n" + "    a = 2\n" * 60,
    executor_called_by_apples_names: "label = 'Core ML'\n",
    loads_without_weights_only: "torch.load(path, map_location='cpu')\n",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_file_of_the_package_breaks_a_rule(rule):
    texts = {relative(path): path.read_text() for path in PACKAGE}
    assert len(texts) > 100
    assert [found for name, text in texts.items() for found in rule(name, text)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_finds_a_file_that_breaks_it(rule):
    assert len(list(rule("poseconvert/mil/planted.py", RULES[rule]))) == 1


REPRO = "pipeline/localise/repro_script.py"  # copied beside an excerpt, where it runs by itself
DOORS = {
    "rich": {"reports/table.py", "reports/terminal.py", "reports/evaluation.py",
             "reports/inspection.py", "reports/side_by_side.py", "reports/tune.py",
             "reports/decoders.py",
             "reports/whereabouts.py", "cli/progress.py"},
    "jinja2": {"reports/html.py"},
    "onnxsim": {"stages/simplified_from_onnx.py", "stages/coreml_by_onnxsim.py", REPRO},
    "onnx2coreml": {"stages/coreml_by_onnx2coreml.py", REPRO},
    "onnxruntime": {"runners/onnx.py", REPRO},
    "coreai": {"runners/coreai.py"},
    "coreai_onnx": {"runners/coreai.py"},
    "coremltools": {"stages/coreml_package.py", "stages/compressed_from_coreml.py",
                    "stages/coreml_by_onnx2coreml.py", "stages/coreml_by_onnxsim.py",
                    "stages/coreml_by_torch.py", "runners/coreml.py",
                    "stages/upgraded_from_network.py",
                    "mil/package/reader.py", REPRO},
}  # fmt: skip


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_imported_at_its_doors_only(library):
    found = set()
    for path in PACKAGE:
        if path.name == "repro_script.py":
            continue  # written out by --bisect, never imported here: a stranger's own program
        for node in nodes(path.read_text()):
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
    free = "yogait_t_pose.jpg"  # CC0-1.0: what `--image photo` names
    theirs = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in shared_assets.rglob("*")
        if path.is_file() and path.name != free
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
