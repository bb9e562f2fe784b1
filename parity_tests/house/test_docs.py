"""Pages that are generated are up to date."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from poseconvert.cli import app
from poseconvert.network.families import FAMILIES

ROOT = Path(__file__).parents[2]


def load(name):
    """Load a program of the repository, which is no part of the package."""
    spec = importlib.util.spec_from_file_location(Path(name).stem, ROOT / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["ops", "cli", "schemas"])
def test_a_generated_page_is_up_to_date(page):
    module = load(f"docs/generate_{page}.py")
    assert ROOT / f"docs/{page}.md" == module.PAGE
    assert module.page() == module.PAGE.read_text(), "run make docs"


def test_make_docs_writes_every_generated_page():
    makefile = (ROOT / "Makefile").read_text()
    listed = re.search(r"for page in (.*?); do \$\(BIN\)/python docs/generate_", makefile)[1]
    programs = {path.stem for path in (ROOT / "docs").glob("generate_*.py")}
    assert {f"generate_{page}" for page in listed.split()} == programs - {"generate_reports"}


def test_the_page_of_commands_has_every_option_of_every_help():
    """The oracle is what --help prints."""
    text = (ROOT / "docs/cli.md").read_text()
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for name, section in sections.items():
        words = [] if name.startswith("Options of") else name.split()
        printed = CliRunner().invoke(app, [*words, "--help"]).stdout
        options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", printed, re.MULTILINE)) - {"--help"}
        assert options == set(re.findall(r"^\| `(?:-\w, )?(--[\w-]+)", section, re.MULTILINE))
        assert options
        if words:
            assert re.findall(r"^ +(poseconvert .*)", printed, re.MULTILINE) == re.findall(
                r"^(poseconvert .*)", section.partition("```sh")[2], re.MULTILINE
            )


def test_the_table_of_families_is_what_was_measured_of_every_family():
    module = load("benchmarks/family_table.py")
    results = json.loads(module.RESULTS.read_text())
    assert module.page(results) == module.PAGE.read_text(), "run benchmarks/family_table.py --page"
    rows = results["seeded"]
    assert all(row["verdict"] == "held" for row in rows + results["published"])
    assert {row["family"] for row in rows} == set(FAMILIES) == set(results["families"])
    assert all((ROOT / "docs/families" / f"{name}.md").exists() for name in FAMILIES)
    assert {row["network"].split(", ")[2] for row in results["published"]} == {"fp32", "fp16"}
    for row in results["published"]:
        allowed = 0.05 if "fp32" in row["network"] else 0.5
        assert all(stage["parity"] == "held" for stage in row["stages"])
        assert not any(stage["visible_flips"] for stage in row["stages"])
        assert max(stage["max_px"] for stage in row["stages"]) <= allowed
