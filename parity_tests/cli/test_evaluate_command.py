"""``poseconvert evaluate``: every artifact scored, changes against PyTorch, and what it refuses."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

RUNNERS = ["PyTorch", "ONNX Runtime", "ONNX Runtime", "(fp16)", "(fp32)"]


def scores_of(artifact):
    return {(score["head"], score["metric"]): score for score in artifact["scores"]}


@pytest.fixture(scope="module")
def evaluated(tiny_conversion):
    """The JSON of one run on 24 figures."""
    import contextlib
    import io

    from poseconvert.datasets.synthetic import synthetic
    from poseconvert.pipeline.chain.conversion import open_conversion
    from poseconvert.pipeline.evaluate.evaluate import evaluate_conversion
    from poseconvert.reports.evaluation import evaluation_json

    result = evaluate_conversion(
        open_conversion(tiny_conversion), synthetic(24), model=None, progress=lambda step: None
    )
    with contextlib.redirect_stdout(io.StringIO()):
        return json.loads(evaluation_json(result))


def test_every_artifact_is_scored_and_pytorch_is_the_reference(evaluated):
    artifacts = evaluated["artifacts"]

    assert evaluated["schema"] == "poseconvert.evaluation.v1"
    assert evaluated["people"] == 24
    assert len(artifacts) == len(RUNNERS)
    for artifact, runner in zip(artifacts, RUNNERS, strict=True):
        assert runner in artifact["label"]
        assert list(scores_of(artifact)) == [
            ("2d", "PCK@0.1"), ("2d", "PCK@0.2"),
            ("3d", "PCK@0.1"), ("3d", "MPJPE"), ("3d", "P-MPJPE"),
        ]  # fmt: skip
    for score in artifacts[0]["scores"]:
        assert (score["change"], score["change_interval"]) == (0, [0, 0])
        assert score["interval"][0] <= score["value"] <= score["interval"][1]
        assert score["interval"][0] < score["interval"][1] or score["value"] == 0


def test_changes_are_differences_of_values(evaluated):
    first = scores_of(evaluated["artifacts"][0])
    for artifact in evaluated["artifacts"]:
        for key, score in scores_of(artifact).items():
            assert score["change"] == pytest.approx(score["value"] - first[key]["value"])
    # The ONNX file does what PyTorch does, on whichever people are drawn.
    for score in evaluated["artifacts"][1]["scores"]:
        assert score["change_interval"] == pytest.approx([0, 0], abs=1e-4)


def test_movements_hold_every_joint_the_dataset_knows(evaluated):
    for artifact in evaluated["artifacts"]:
        found = {(row["head"], row["joints"]): row for row in artifact["movements"]}
        assert set(found) == {(h, j) for h in ("2d", "3d") for j in ("visible", "hidden")}
        for head in ("2d", "3d"):
            assert found[head, "visible"]["found"] <= evaluated["visible"]
            assert found[head, "hidden"]["found"] <= evaluated["hidden"]
    fp16 = evaluated["artifacts"][3]["movements"]
    onnx_row = evaluated["artifacts"][1]["movements"][0]
    assert max(row["largest_px"] for row in fp16) > onnx_row["largest_px"] > 0


def test_the_table_names_artifacts_metrics_and_people(poseconvert, tiny_conversion):
    finished = poseconvert("evaluate", tiny_conversion, "--n", 8)

    assert finished.code == 0, finished.err
    assert finished.out.splitlines()[-1].startswith("8 people of synthetic: ")
    for word in ("2d head", "3d head", "PCK@0.2", "MPJPE", "tiny.safetensors", "flipped"):
        assert word in finished.out
    assert max(map(len, finished.out.splitlines())) <= 120


def test_a_damaged_package_loses_points_that_the_table_shows(
    poseconvert, tiny_conversion, tiny_model, tmp_path
):
    """A graph whose offsets lead away finds nothing any more; it is not what was converted."""
    folder = Path(shutil.copytree(tiny_conversion, tmp_path / "edited.poseconvert"))
    model = onnx.load(folder / "model.onnx")
    for bias in model.graph.initializer:
        if "offset" in bias.name and bias.name.endswith("bias"):
            values = numpy_helper.to_array(bias) + 3
            bias.CopyFrom(numpy_helper.from_array(values.astype(np.float32), bias.name))
    onnx.save(model, folder / "model.onnx")

    refused = poseconvert("evaluate", folder, "--model", tiny_model, "--n", 8, "--json")
    assert refused.code == 1
    by_name = {each["artifact"]: each for each in json.loads(refused.out)["artifacts"]}
    assert "model.onnx" in by_name["model.onnx"]["reason"]
    assert by_name["model.onnx"]["scores"] == []

    finished = poseconvert(
        "evaluate", folder, "--model", tiny_model, "--n", 8, "--json", "--allow-edited"
    )
    document = json.loads(finished.out)
    assert finished.code == 0, finished.err
    edited, simplified = (scores_of(each) for each in document["artifacts"][1:3])
    assert edited["2d", "PCK@0.2"]["value"] == 0
    assert document["artifacts"][1]["movements"][0]["median_px"] > 100
    assert abs(simplified["2d", "PCK@0.2"]["change"]) < 1e-6
    assert any("model.onnx" in note for note in document["notes"])


def test_without_model_the_onnx_file_is_the_reference(poseconvert, conversion_copy):
    finished = poseconvert("evaluate", conversion_copy, "--n", 4, "--json")

    document = json.loads(finished.out)
    assert document["artifacts"][0]["artifact"] == "model.onnx"
    assert any("MODEL is not at hand" in note for note in document["notes"])


def test_a_model_is_converted_for_the_while(poseconvert, tiny_model, tmp_path, monkeypatch):
    """Alone, or as the weights of a reference model's folder; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "some_reference"
    folder.mkdir()
    shutil.copy(tiny_model, folder / "model.safetensors")
    finished = poseconvert("evaluate", folder, "--n", 4, "--json")

    assert finished.code == 0, finished.err
    assert json.loads(finished.out)["artifacts"][0]["artifact"] == "model.safetensors"
    assert not list(tmp_path.glob("poseconvert-*"))


REFUSED = {
    "no folder of the dataset": (["--dataset", "coco"], "--data"),
    "a folder that is not there": (["--dataset", "lsp", "--data", "nowhere"], "nowhere"),
    "an unknown dataset": (["--dataset", "faces"], "faces"),
    "no people": (["--n", "0"], "--n"),
}


@pytest.mark.parametrize(("arguments", "word"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_line_and_exit_2(poseconvert, tiny_conversion, arguments, word):
    finished = poseconvert("evaluate", tiny_conversion, *arguments)

    assert finished.code == 2
    assert len(finished.errors) == 1
    assert word in finished.errors[0]
    assert not finished.out


def test_a_network_without_joints_is_refused(poseconvert, conversion_copy):
    manifest = conversion_copy / "manifest.json"
    record = json.loads(manifest.read_text())
    record["decode"] = []
    manifest.write_text(json.dumps(record))
    finished = poseconvert("evaluate", conversion_copy, "--n", 4)

    assert finished.code == 2
    assert "no decode spec" in finished.errors[0]
    assert "--decode" in finished.errors[0]


def test_against_an_earlier_evaluation_every_metric_stands_beside_what_it_was(
    poseconvert, tiny_conversion, tmp_path
):
    was = tmp_path / "was.json"
    was.write_text(poseconvert("evaluate", tiny_conversion, "--n", 4, "--json").out)
    told = poseconvert("evaluate", tiny_conversion, "--n", 4, "--against", was, "--json")
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert json.loads(was.read_text())["since"] is None
    assert found["basis"] == json.loads(was.read_text())["basis"]
    scores = [score for each in found["artifacts"] for score in each["scores"]]
    assert len(found["since"]) == len(scores) > 0
    assert {one["change"] for one in found["since"]} == {0}

    shown = poseconvert("evaluate", tiny_conversion, "--n", 4, "--against", was)
    assert "since, %" in shown.out
    refused = poseconvert("evaluate", tiny_conversion, "--n", 3, "--against", was)
    assert refused.code == 2
    (line,) = refused.errors
    assert "was made on another dataset: people 3 here, 4 there" in line
