"""Rules on Core ML from the command line: a package that it refuses is not held."""

import json
import shutil

import pytest
from onnx import TensorProto, helper, save


@pytest.fixture(scope="module")
def padded(tmp_path_factory):
    """A network that pads its channels by reflection: the executor runs it, Core ML does not."""
    path = tmp_path_factory.mktemp("padded") / "padded.onnx"
    nodes = [
        helper.make_node("Constant", [], ["pads"], value_ints=[0, 1, 0, 0, 0, 1, 0, 0]),
        helper.make_node("Pad", ["x", "pads"], ["wide"], mode="reflect"),
        helper.make_node("Relu", ["wide"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 6, 6])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 6, 6, 6])],
    )
    opsets = [helper.make_opsetid("", 18)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)
    return path


@pytest.fixture
def refused(once, poseconvert, padded):
    """Where it was converted, and what was said."""

    def run(folder):
        said = poseconvert("convert", padded, "-o", folder / "out")
        return folder / "out", (said.code, said.out, said.err)

    return once("convert-refused-by-rule", run)


def flat(text):
    return " ".join(text.split())


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_every_stage_is_held_and_the_verdict_is_not(refused):
    folder, (code, out, _) = refused

    assert code == 1
    assert manifest(folder)["verdict"] == "not run"
    assert {row["parity"] for row in manifest(folder)["parity"]} == {"held"}
    assert "parity not established: " in flat(out)
    assert "Core ML would not agree (PC010)" in flat(out)
    assert "why PC010 (refused by the compiler) wide" in flat(out)
    assert "[apple/coremltools#2701, #2571, #2576]" in flat(out)


def test_it_is_recorded_and_asked_again(refused, poseconvert):
    folder, _ = refused

    fired = manifest(folder)["rules"]["fired"]
    assert [(one["rule"], one["kind"]) for one in fired] == [("PC010", "refused")]
    for words in (("diff", folder), ("diff", "--recheck", folder)):
        again = poseconvert(*words, "--json")
        assert again.code == 1, again.err
        assert json.loads(again.out)["verdict"] == "not run"
        assert "PC010" in json.loads(again.out)["summary"]


def test_inspect_lists_it(refused, poseconvert):
    said = poseconvert("inspect", refused[0])

    assert "rule: PC010 (refused by the compiler)" in said.out
    assert "PC010" not in poseconvert("inspect", refused[0], "--ignore", "PC010").out
    (rule,) = json.loads(poseconvert("inspect", refused[0], "--json").out)["rules"]
    assert rule.startswith("PC010")


def test_a_manifest_that_hides_it_does_not_help(refused, poseconvert, tmp_path):
    folder = shutil.copytree(refused[0], tmp_path / "forged")
    forged = manifest(folder)
    forged["rules"]["fired"] = []
    forged["verdict"] = "held"
    (folder / "manifest.json").write_text(json.dumps(forged))

    again = poseconvert("diff", folder, "--json")

    assert (again.code, json.loads(again.out)["verdict"]) == (1, "not run")


def test_a_verdict_that_its_rules_forbid_is_refused(refused, poseconvert, tmp_path):
    folder = shutil.copytree(refused[0], tmp_path / "forged")
    forged = manifest(folder) | {"verdict": "held"}
    (folder / "manifest.json").write_text(json.dumps(forged))

    said = poseconvert("inspect", folder)

    assert said.code == 2
    assert "its comparisons and rules make it not run" in said.err


@pytest.mark.parametrize("words", [("--ignore", "PC010"), ("--select", "PC04,PC05")])
def test_a_rule_that_is_not_asked_is_said_beside_the_verdict(poseconvert, padded, tmp_path, words):
    said = poseconvert("convert", padded, "-o", tmp_path / "out", *words)

    assert said.code == 0, said.err
    assert manifest(tmp_path / "out")["verdict"] == "held"
    asked = {
        "--ignore": "rules on Core ML ignored: PC010",
        "--select": "of the rules on Core ML only PC04, PC05 were asked",
    }
    assert asked[words[0]] in flat(said.out)
    assert (
        asked[words[0]]
        in json.loads(poseconvert("diff", tmp_path / "out", "--json").out)["summary"]
    )


def test_a_package_of_others_is_asked_too(refused, poseconvert, padded, tmp_path):
    words = ("adopt", padded, refused[0] / "model.mlpackage", "-o", tmp_path / "out", "--json")

    said = poseconvert(*words)

    assert (said.code, json.loads(said.out)["verdict"]) == (1, "not run")
    assert poseconvert(*words[:-2], tmp_path / "other", "--ignore", "PC010").code == 0


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_rule_that_is_none_is_refused_in_one_line(poseconvert, padded, tmp_path, option):
    said = poseconvert("convert", padded, "-o", tmp_path / "out", option, "PC999")

    assert said.code == 2
    assert f"{option[2:]}: no rule begins with 'PC999'" in said.err
    assert not (tmp_path / "out").exists()


def test_notes_are_counted_and_do_not_decide(poseconvert, tmp_path):
    graph = helper.make_graph(
        [helper.make_node("Softplus", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8])],
    )
    opsets = [helper.make_opsetid("", 18)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=9), tmp_path / "soft.onnx")

    said = poseconvert("convert", tmp_path / "soft.onnx", "-o", tmp_path / "out")

    assert said.code == 0, said.err
    assert "note risky on Core ML, not judged: PC070; see inspect" in flat(said.out)
    assert "risky on Core ML, not judged: PC070" in (tmp_path / "out" / "report.html").read_text()
    assert manifest(tmp_path / "out")["verdict"] == "held"
