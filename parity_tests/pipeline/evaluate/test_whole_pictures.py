"""Several people of whole pictures, by a network that always answers the same ones."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SIDE = 64
KNOWN = np.random.RandomState(0).uniform(4, 28, (2, 17, 2)) + np.array([[[0]], [[30]]])


def network(path):
    """End-to-end rows of the two people, moved a little by how bright the picture is."""
    rows = np.zeros((1, 60, 57), np.float32)
    for m, pose in enumerate(KNOWN):
        rows[0, m, :4] = *pose.min(axis=0), *pose.max(axis=0)
        rows[0, m, 4] = 0.9 - 0.1 * m
        rows[0, m, 6:] = np.column_stack([pose, np.ones(17)]).ravel()
    bright = np.zeros((1, 1, 57), np.float32)
    bright[..., 6::3] = 0.002
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2, 3], keepdims=1),
            helper.make_node("Reshape", ["mean", "ones"], ["one"]),
            helper.make_node("Mul", ["one", "bright"], ["moved"]),
            helper.make_node("Add", ["rows", "moved"], ["output0"]),
        ],
        "people",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 60, 57])],
        [
            numpy_helper.from_array(np.ones(3, np.int64), "ones"),
            numpy_helper.from_array(bright, "bright"),
            numpy_helper.from_array(rows, "rows"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path


def dataset(folder):
    """Three pictures of the network's size, each with both people where it finds them."""
    (folder / "annotations").mkdir(parents=True)
    (folder / "val2017").mkdir()
    images, annotations = [], []
    for number in range(1, 4):
        name = f"{number}.png"
        Image.new("RGB", (SIDE, SIDE), (60 * number,) * 3).save(folder / "val2017" / name)
        images.append({"id": number, "file_name": name, "width": SIDE, "height": SIDE})
        for pose in KNOWN:
            low, high = pose.min(axis=0), pose.max(axis=0)
            annotations.append({
                "id": len(annotations) + 1, "image_id": number, "category_id": 1, "iscrowd": 0,
                "keypoints": np.column_stack([pose, np.full(17, 2)]).ravel().tolist(),
                "num_keypoints": 17, "area": float(np.prod(high - low)),
                "bbox": [*low.tolist(), *(high - low).tolist()],
            })  # fmt: skip
    category = {"id": 1, "name": "person"}
    written = {"images": images, "annotations": annotations, "categories": [category]}
    path = folder / "annotations" / "person_keypoints_val2017.json"
    path.write_text(json.dumps(written))
    return folder


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    from poseconvert import convert
    from poseconvert import open as opened

    place = tmp_path_factory.mktemp("people")
    made = convert(network(place / "people.onnx"), place / "made", decode="yolo_end_to_end")
    assert made.measured is not None
    return opened(place / "made").evaluate(dataset="coco", data=dataset(place / "coco"))


def test_everybody_is_found_by_every_artifact(evaluated):
    record = evaluated.record
    assert (record.people, record.visible) == (6, 6 * 17)
    for artifact in record.artifacts:
        assert not artifact.reason
        (score,) = artifact.scores
        assert (score.head, score.metric) == ("2d", "OKS-AP")
        assert score.value == pytest.approx(1)
        (moved,) = artifact.movements
        assert (moved.found, moved.flips) == (6 * 17, 0)
        assert moved.largest_px < 0.5


def test_the_report_says_that_whole_pictures_were_shown(evaluated):
    assert any(note.startswith("whole pictures:") for note in evaluated.record.notes)
    assert Path(evaluated.record.folder).name == "made"
