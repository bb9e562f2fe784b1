"""Pages that are generated are up to date."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from poseconvert.cli import app
from poseconvert.decoding import decode, load_specs
from poseconvert.network.families import FAMILIES
from poseconvert.pipeline.chain.decoders import check_decoders

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


def test_the_decode_specs_of_the_guide_load_as_decode_loads_them_and_fit_their_network(tmp_path):
    guide = (ROOT / "docs/guides/convert-your-model.md").read_text()
    (block,) = re.findall(r"^```json\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    (tmp_path / "specs.json").write_text(block)

    (spec,) = load_specs(tmp_path / "specs.json")

    (written,) = json.loads(block)
    assert spec.to_dict().keys() == written.keys(), "every key is given, as the guide says"
    # The network beside it in the guide: pose_resnet's 256x192 input, at stride 4.
    check_decoders([spec], {"output_0": (1, 17, 256 // 4, 192 // 4)}, where="the guide")
    peak = np.zeros((1, 17, 64, 48), np.float32)
    peak[..., 20, 10] = 1
    found = decode({"output_0": peak}, spec).position
    assert np.abs(found - np.array([10 * 4, 20 * 4])).max() <= 4


def test_the_pages_of_the_decoders_are_what_the_catalogue_and_the_decoders_give():
    spec = importlib.util.spec_from_file_location(
        "decoders_page", ROOT / "docs/generate_decoders.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.pages()
    assert {path for path in made if path.parent == module.FOLDER} == {*module.FOLDER.iterdir()}
    for path, text in made.items():
        assert path.read_text() == text, "out of date: python docs/generate_decoders.py"
