"""The commands: exit codes, JSON, one line of error, and that every written line exists."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from poseconvert.cli import app, bench, ios_bundle, main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "ios_harness/README.md", ROOT / "docs/guides/on-the-phone.md"]


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command line; return its exit code, output and errors."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["poseconvert", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call


def test_the_page_in_docs_is_what_compare_writes_now(run, samples, tmp_path):
    run("bench", "compare", samples / "a12", samples / "a11", "--html", tmp_path / "phones.html")
    assert (tmp_path / "phones.html").read_text() == (ROOT / "docs/phones.html").read_text()


def test_compare_prints_tables_and_says_that_it_is_simulated(run, samples):
    code, out, err = run("bench", "compare", samples / "a12", samples / "a11")
    assert (code, err) == (1, "")  # nothing is established about a phone
    assert "iPhone XS Max (A12, iOS 18.0), SIMULATED" in out
    assert "40.0 -> 30.0" in out
    assert "1.67x" in out
    assert out.splitlines()[-1].startswith("not established")
    assert all(len(line) <= 80 for line in out.splitlines())


def test_compare_ends_with_0_where_everything_is_established(run, real):
    code, out, _ = run("bench", "compare", real / "a12", real / "a11")
    assert code == 0
    assert "SIMULATED" not in out
    assert out.splitlines()[-1].startswith("established: parity held on every unit")


def test_compare_ends_with_1_where_something_is_missing(run, real):
    (real / "a11" / "latency-dual_head-all-2.json").unlink()
    code, out, _ = run("bench", "compare", real / "a12", real / "a11")
    assert code == 1
    assert "A11: dual_head on all: 2 valid burst runs, 3 are" in out


def test_compare_as_json_is_strict_and_complete(run, samples):
    code, out, _ = run("bench", "compare", samples / "a12", samples / "a11", "--json")
    assert code == 1

    def refuse(constant):
        raise AssertionError(constant)

    found = json.loads(out, parse_constant=refuse)
    assert found["schema"] == "poseconvert.bench-compare.v1"
    assert found["simulated"] is True
    assert [phone["name"] for phone in found["phones"]] == ["iPhone XS Max", "iPhone 8"]
    assert {"model", "name", "over", "under", "model_only", "pipeline"} == set(found["effects"][0])


def test_compare_writes_a_page_at_once(run, samples):
    page = samples / "phones.html"
    code, out, _ = run(
        "bench", "compare", samples / "a12", samples / "a11", "--html", page, "--quiet"
    )
    assert (code, out) == (1, "")
    assert page.read_text().startswith("<!doctype html>")
    assert sorted(p.name for p in samples.iterdir()) == ["a11", "a12", "phones.html"]


def test_bad_input_is_one_line_and_exit_2(run, samples):
    (samples / "a12" / "load-dual_head-all-0.json").write_text("{")
    code, out, err = run("bench", "compare", samples / "a12", samples / "a11")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "load-dual_head-all-0.json: not JSON" in err


def test_import_tidies_attachments_into_a_folder(run, samples, monkeypatch):
    (samples / "a12" / "manifest.json").write_text("[]")
    monkeypatch.chdir(samples)
    code, out, _ = run("bench", "import", samples / "a12")
    assert code == 0
    assert "16 results, 0 of them do not count, 1 other JSON files" in out
    folder = samples / "a12-simulated-a12"
    assert len(list(folder.glob("*.json"))) == 16
    code, out, _ = run("bench", "import", samples / "a12", "--json")
    assert json.loads(out)["folder"] == "a12-simulated-a12"
    assert len(json.loads(out)["results"]) == 16


def test_import_refuses_a_folder_that_is_something_else(run, samples):
    code, _, err = run("bench", "import", samples / "a12", "-o", samples / "a11")
    assert code == 2
    assert "holds files that are not a run of a phone; nothing was touched" in err
    assert len(list((samples / "a11").glob("*.json"))) == 16


def test_ios_bundle_says_how_long_the_phone_needs(run, conversion_copy, tmp_path):
    arguments = ["ios-bundle", conversion_copy, "-o", tmp_path / "PoseBenchData", "--runs", 1]
    code, out, _ = run(*arguments, "--rest", 0, "--sustained", 90)
    assert code == 0
    assert "a phone needs about 8 minutes" in out  # 3 units, 60 s and 90 s
    code, out, _ = run(*arguments, "--json")
    assert json.loads(out)["schema"] == "poseconvert.ios-plan.v1"
    code, out, _ = run(*arguments, "--quiet")
    assert (code, out) == (0, "")


def test_help_loads_no_heavy_library():
    code = (
        "import sys; from poseconvert.cli import app\n"
        "app(['bench', 'compare', '--help'], standalone_mode=False)\n"
        "print({m for m in ('torch', 'numpy', 'coremltools', 'rich') if m in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "set()"


def written_lines():
    texts = [page.read_text() for page in PAGES if page.exists()]
    texts += [ios_bundle.EXAMPLES, bench.IMPORT_EXAMPLES, bench.COMPARE_EXAMPLES]
    for text in texts:
        for line in text.splitlines():
            if re.match(r"\s*poseconvert (ios-bundle|bench) ", line):
                yield line.strip().rstrip("\\")


@pytest.mark.parametrize("line", sorted(set(written_lines())))
def test_a_written_command_has_only_options_that_exist(line, capsys):
    words = shlex.split(line.partition("#")[0])[1:]
    command = words[:2] if words[0] == "bench" else words[:1]
    app([*command, "--help"], standalone_mode=False)
    described = capsys.readouterr().out
    for word in words:
        if word.startswith("-"):
            assert re.search(rf"(^|[\s,]){re.escape(word)}\b", described), word


def test_show_prints_one_phone_and_its_exit_code_is_its_parity(run, samples, real):
    code, out, err = run("bench", "show", real / "a11")
    assert (code, err) == (0, "")
    assert out.startswith("iPhone 8 (A11, iOS 16.7)\n")
    assert out.splitlines()[-1].startswith("held: every unit gives the joints")
    (real / "a11" / "parity-dual_head-all-0.json").unlink()
    code, _, err = run("bench", "show", real / "a11")
    assert (code, err.count("\n")) == (2, 1)


def test_show_says_that_it_is_simulated_and_writes_a_page(run, samples):
    page = samples / "mine.html"
    code, out, _ = run("bench", "show", samples / "a12", "--html", page)
    assert code == 1
    assert "SIMULATED: no phone gave these numbers" in out
    assert page.read_text().startswith("<!doctype html>")
    code, out, _ = run("bench", "show", samples / "a12", "--json")
    assert (code, json.loads(out)["schema"]) == (1, "poseconvert.bench-show.v1")
    assert run("bench", "show", samples / "a12", "--quiet")[:2] == (1, "")


def test_ios_bundle_writes_a_swift_package_alone_or_too(run, conversion_copy, tmp_path):
    code, out, _ = run("ios-bundle", conversion_copy, "--swift", tmp_path / "swift")
    assert code == 0
    assert out.endswith('import PoseLoader, then try await PoseModel.load("copy")\n')
    assert not (tmp_path / "PoseBenchData").exists()
    both = ["-o", tmp_path / "PoseBenchData", "--swift", tmp_path / "swift"]
    code, out, _ = run("ios-bundle", conversion_copy, *both)
    assert code == 0
    assert "a phone needs about" in out
    code, out, _ = run("ios-bundle", conversion_copy, "--swift", tmp_path / "swift", "--json")
    assert json.loads(out)["schema"] == "poseconvert.swift-package.v1"
    code, _, err = run("ios-bundle", conversion_copy)
    assert code == 2
    assert "nothing to write: give -o DIR, --swift DIR, or both." in err
