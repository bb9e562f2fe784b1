"""An evaluation is compared with one of the same basis, and with no other."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from poseconvert.datasets.dataset import Dataset, Person
from poseconvert.decoding import DecodeSpec, skeleton_named
from poseconvert.drift import Run
from poseconvert.errors import ConversionError
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.pipeline.evaluate.basis import Shown
from poseconvert.pipeline.evaluate.earlier import since
from poseconvert.pipeline.evaluate.result import ArtifactScores, DatasetEvaluation, Score

SPEC = DecodeSpec(
    skeleton="coco_17", joints=17, grid=(14, 14), stride=(16.0, 16.0), size=(224, 224),
    heatmap="heatmap", offset="offset",
)  # fmt: skip
JOINTS = np.arange(34, dtype=np.float64).reshape(17, 2)
PIXELS = np.arange(12 * 10 * 3, dtype=np.uint8).reshape(12, 10, 3)
MAP = {
    "people": [0, 1],
    "skeleton": "coco_17",
    "pictures": "people by their boxes",
    "preprocessing": Preprocessing(224, 224),
    "spec": SPEC,
}


def person(index, *, pixel=0, joint=0.0, hidden=False, **fields):
    joints, visible = JOINTS + index, np.ones(17, dtype=bool)
    joints[3, 0] += joint
    visible[5] = not hidden
    pixels = PIXELS + np.uint8(index)
    pixels[0, 0, 0] += pixel
    picture = Image.fromarray(pixels)
    given = {"box": (0.0, 0.0, 9.0, 11.0), "head": 2.0, "height": 9.0, "area": 80.0} | fields
    return Person(f"{index}", lambda: picture, joints=joints, visible=visible, **given)


def basis(*, people, skeleton, pictures, preprocessing, spec):
    given = [one if isinstance(one, Person) else person(one) for one in people]
    shown = Shown()
    for one in given:
        shown.add(one, one.picture())
    dataset = Dataset("mine", skeleton_named(skeleton), given)
    return shown.basis(dataset, [spec], preprocessing, pictures=pictures)


def evaluation(stands_on, values=(0.9, 0.8, 0.7), names=("net.pt", "model.onnx", "model.onnx")):
    artifacts = [
        ArtifactScores(
            Run(name, "runner"),
            "",
            (Score("2d", "PCK@0.2", value, (0.0, 1.0), 0.0, (0.0, 0.0)),),
            (),
        )
        for name, value in zip(names, values, strict=True)
    ]
    return DatasetEvaluation(None, None, "mine", tuple(artifacts), 2, 34, 0, (), stands_on)


def written(path, found):
    """Write what of ``evaluate --json`` is read again, and a field that is not."""
    artifacts = [
        {
            "artifact": one.run.artifact,
            "scores": [
                {"head": s.head, "metric": s.metric, "value": s.value, "interval": s.interval}
                for s in one.scores
            ],
        }
        for one in found.artifacts
    ]
    stands = {
        name: {"digest": part.digest, "of": dict(part.of)}
        for name in ("dataset", "protocol", "preprocessing")
        for part in [getattr(found.basis, name)]
    }
    record = {"schema": "poseconvert.evaluation.v1", "artifacts": artifacts, "basis": stands}
    path.write_text(json.dumps(record | {"people": 2}))
    return path


DIFFERENT = {
    "a pixel": ({"people": [person(0, pixel=1), 1]}, "dataset: other pictures or annotations"),
    "a joint": ({"people": [person(0, joint=0.5), 1]}, "dataset: other pictures or annotations"),
    "who sees a joint": ({"people": [person(0, hidden=True), 1]}, "dataset: other pictures"),
    "a box": ({"people": [person(0, box=(0.0, 0.0, 9.0, 10.0)), 1]}, "dataset: other pictures"),
    "a head": ({"people": [person(0, head=3.0), 1]}, "dataset: other pictures"),
    "a height": ({"people": [person(0, height=3.0), 1]}, "dataset: other pictures"),
    "an area": ({"people": [person(0, area=3.0), 1]}, "dataset: other pictures"),
    "the order": ({"people": [1, 0]}, "dataset: other pictures"),
    "fewer people": ({"people": [0]}, "dataset: people 2 here, 1 there"),
    "other joints": ({"skeleton": "lsp_14"}, "dataset: joints coco_17 here, lsp_14 there"),
    "a network's joints": (
        {"spec": replace(SPEC, skeleton="openpose_18", joints=18)},
        "protocol: joints of the 2D head",
    ),
    "whole pictures": (
        {"pictures": "whole pictures"},
        "protocol: pictures people by their boxes here, whole pictures there",
    ),
    "the fit": (
        {"preprocessing": Preprocessing(224, 224, fit="stretch")},
        "preprocessing: fit letterbox here, stretch there",
    ),
    "the size": (
        {"preprocessing": Preprocessing(256, 224)},
        "preprocessing: width 224 here, 256 there",
    ),
}


@pytest.mark.parametrize(("changed", "said"), DIFFERENT.values(), ids=DIFFERENT)
def test_an_evaluation_on_something_else_is_refused_and_what_differs_is_named(
    changed, said, tmp_path
):
    path = written(tmp_path / "was.json", evaluation(basis(**MAP | changed)))
    with pytest.raises(ConversionError, match="nothing was compared") as refused:
        since(evaluation(basis(**MAP)), path)
    assert f"was made on another {said}" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_on_the_same_each_artifact_is_compared_with_its_own():
    first, again = basis(**MAP), basis(**MAP)
    assert first == again
    assert first.differs(again) == ""


def test_changes_are_now_minus_then_whatever_model_is_called(tmp_path):
    path = written(tmp_path / "was.json", evaluation(basis(**MAP), values=(0.5, 0.6, 0.65)))
    now = evaluation(basis(**MAP), names=("better.pt", "model.onnx", "model.onnx"))
    found = since(now, path)
    assert [(one.artifact, one.value, one.earlier) for one in found] == [
        ("better.pt", 0.9, 0.5), ("model.onnx", 0.8, 0.6), ("model.onnx", 0.7, 0.65),
    ]  # fmt: skip
    assert found[0].change == pytest.approx(0.4)


BAD = {
    "no JSON": "hello",
    "another record": json.dumps({"schema": "poseconvert.parity.v1", "artifacts": []}),
    "no schema": json.dumps({"artifacts": []}),
    "a list": "[]",
    "a number for a name": json.dumps({"schema": 5, "artifacts": []}),
    "a digest that is none": json.dumps(
        {
            "schema": "poseconvert.evaluation.v1",
            "artifacts": [],
            "basis": {name: {"digest": "x", "of": {}} for name in basis(**MAP).__slots__},
        }
    ),
    "nothing on its basis": json.dumps({"schema": "poseconvert.evaluation.v1", "artifacts": []}),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_evaluation_is_refused_in_one_line(text, tmp_path):
    path = tmp_path / "was.json"
    path.write_text(text)
    with pytest.raises(ConversionError) as refused:
        since(evaluation(basis(**MAP)), path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) <= len(str(path)) + 300


def test_an_evaluation_without_anything_in_common_is_refused(tmp_path):
    other = evaluation(basis(**MAP), values=(), names=())
    with pytest.raises(ConversionError, match="has no artifact and metric"):
        since(evaluation(basis(**MAP)), written(tmp_path / "was.json", other))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConversionError, match="cannot be read"):
        since(evaluation(basis(**MAP)), tmp_path / "none.json")
