"""COCO JSON becomes people, or is refused in one line that names file and entry."""

import copy
import json
import math

import numpy as np
import pytest
from PIL import Image

from poseconvert.budgets import Budget
from poseconvert.datasets import files
from poseconvert.datasets.coco import annotation_file, coco
from poseconvert.datasets.dataset import Dataset
from poseconvert.decoding.skeleton import COCO_17
from poseconvert.errors import DatasetError, PictureError

KEYPOINTS = [10, 20, 2, 30.5, 40, 1, *[0, 0, 0] * 15]
PERSON = {
    "id": 7, "image_id": 3, "category_id": 1, "iscrowd": 0, "num_keypoints": 2,
    "keypoints": KEYPOINTS, "bbox": [8, 16, 80, 40], "area": 1234.5, "segmentation": [],
}  # fmt: skip
CONTENT = {
    "images": [{"id": 3, "file_name": "a.png", "width": 20, "height": 10}],
    "annotations": [PERSON],
    "categories": [{"id": 1, "name": "person", "keypoints": [], "skeleton": []}],
}


def stored(folder, content=CONTENT, name="annotations/person_keypoints_val2017.json"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def changed(**fields):
    content = copy.deepcopy(CONTENT)
    content["annotations"][0].update(fields)
    return content


def refusal(folder):
    with pytest.raises(DatasetError) as caught:
        coco(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(folder))
    return text.removeprefix(str(folder))


def test_a_person_has_the_numbers_of_the_file(tmp_path):
    stored(tmp_path)
    found = coco(tmp_path)
    assert (found.name, found.skeleton, found.notes) == ("coco", COCO_17, ())
    (person,) = found.people
    assert person.joints.shape == (17, 2)
    assert person.joints[:2].tolist() == [[10, 20], [30.5, 40]]
    assert np.isnan(person.joints[2:]).all()
    assert person.visible.tolist() == [True] + [False] * 16
    assert person.known.tolist() == [True, True] + [False] * 15
    assert person.box == (8 - 10, 16 - 5, 88 + 10, 56 + 5)  # 80 x 40 grows by a quarter
    assert person.area == 1234.5
    assert math.isnan(person.head)
    assert math.isnan(person.height)
    assert "a.png" in person.name


@pytest.mark.parametrize("place", ["val2017", "images", "."])
def test_the_picture_is_found_and_opened_when_asked_for(tmp_path, place):
    stored(tmp_path)
    (person,) = coco(tmp_path).people
    with pytest.raises(PictureError, match="no such picture"):
        person.picture()
    (tmp_path / place).mkdir(exist_ok=True)
    Image.new("RGB", (20, 10), (1, 2, 3)).save(tmp_path / place / "a.png")
    (person,) = coco(tmp_path).people
    assert person.picture().getpixel((19, 9)) == (1, 2, 3)


def test_crowds_other_categories_and_people_without_joints_are_not_evaluated(tmp_path):
    content = copy.deepcopy(CONTENT)
    for number, fields in enumerate([{"iscrowd": 1}, {"category_id": 18}, {"num_keypoints": 0}]):
        content["annotations"].append({**PERSON, **fields, "id": 100 + number})
    stored(tmp_path, content)
    assert [person.name for person in coco(tmp_path).people] == ["a.png, annotation 7"]
    assert coco(tmp_path).notes == ()


def test_the_category_is_the_one_named_person(tmp_path):
    content = {**changed(category_id=9), "categories": [{"id": 9, "name": "person"}]}
    stored(tmp_path, content)
    assert len(coco(tmp_path).people) == 1
    del content["categories"]
    stored(tmp_path, content)
    assert len(coco(tmp_path).people) == 0


def test_people_whose_box_is_none_are_left_out_and_counted(tmp_path):
    boxes = [[8, 16, 0, 40], [8, 16, 80, -1], [8, 16, 80], "box", None, [8, 16, math.nan, 40],
             [8, 16, "80", 40], [math.inf, 16, 80, 40], [8, 16, 10**400, 40]]  # fmt: skip
    content = copy.deepcopy(CONTENT)
    content["annotations"] += [{**PERSON, "id": 50 + i, "bbox": b} for i, b in enumerate(boxes)]
    stored(tmp_path, content)
    found = coco(tmp_path)
    assert len(found.people) == 1
    assert found.notes == (f"{len(boxes)} people left out: box of no size",)
    stored(tmp_path, changed(bbox=boxes[0]))
    assert coco(tmp_path).notes == ("1 person left out: box of no size",)


def test_joints_out_of_the_picture_stay_where_they_are(tmp_path):
    stored(tmp_path, changed(keypoints=[-5, 9999, 2, *[0, 0, 0] * 16]))
    assert coco(tmp_path).people[0].joints[0].tolist() == [-5, 9999]


def test_an_absent_area_is_unknown(tmp_path):
    content = changed()
    del content["annotations"][0]["area"]
    stored(tmp_path, content)
    assert math.isnan(coco(tmp_path).people[0].area)


def test_the_only_annotation_file_is_taken_wherever_it_lies(tmp_path):
    path = stored(tmp_path, name="person_keypoints_mine.json")
    assert annotation_file(tmp_path) == path
    stored(tmp_path, name="annotations/person_keypoints_train2017.json")
    assert "several annotation files" in refusal(tmp_path)
    usual = stored(tmp_path)
    assert annotation_file(tmp_path) == usual


def test_pictures_lie_in_the_folder_the_annotation_file_names(tmp_path):
    stored(tmp_path, name="annotations/person_keypoints_mine.json")
    for place, colour in (("mine", 1), ("images", 2), (".", 3)):
        (tmp_path / place).mkdir(exist_ok=True)
        Image.new("L", (2, 2), colour).save(tmp_path / place / "a.png")
    assert coco(tmp_path).people[0].picture().getpixel((0, 0)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "7"}, "annotations[0], \"id\": '7' is not a whole number"),
        ({"id": None}, '"id": None is not a whole number'),
        ({"id": True}, '"id": True is not a whole number'),
        ({"image_id": 4}, '"image_id": no image has id 4'),
        ({"image_id": [3]}, '"image_id": [3] is not a whole number'),
        ({"category_id": 1.5}, '"category_id": 1.5 is not a whole number'),
        ({"num_keypoints": "2"}, "\"num_keypoints\": '2' is not a whole number"),
        ({"iscrowd": []}, '"iscrowd": [] is neither 0 nor 1'),
        ({"iscrowd": 2}, '"iscrowd": 2 is neither 0 nor 1'),
        ({"area": "big"}, "\"area\": 'big' is not an area"),
        ({"area": -1}, '"area": -1 is not an area'),
        ({"area": math.inf}, '"area": inf is not an area'),
        ({"keypoints": KEYPOINTS[:-1]}, "is not 51 numbers"),
        ({"keypoints": None}, '"keypoints": None is not 51 numbers'),
        ({"keypoints": [math.nan, *KEYPOINTS[1:]]}, "is not 51 numbers"),
        ({"keypoints": ["1", *KEYPOINTS[1:]]}, "is not 51 numbers"),
        ({"keypoints": [10**400, *KEYPOINTS[1:]]}, "is not 51 numbers"),
        ({"keypoints": [1, 1, 3, *KEYPOINTS[3:]]}, "are not 0, 1 and 2"),
        ({"keypoints": [0] * 51}, "or all 0"),
    ],
)
def test_a_malformed_person_is_refused_by_name(tmp_path, fields, said):
    stored(tmp_path, changed(**fields))
    text = refusal(tmp_path)
    assert "annotations[0]" in text
    assert said in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (json.dumps(CONTENT)[:-9], "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("\N{REPLACEMENT CHARACTER}", "not JSON"),
        ("[1]", "not an object"),
        ({**CONTENT, "annotations": {}}, '"annotations" is not a list'),
        ({**CONTENT, "annotations": [1]}, "annotations[0] is not an object"),
        ({**CONTENT, "images": None}, '"images" is not a list'),
        ({**CONTENT, "images": CONTENT["images"] * 2}, 'images[1], "id": 3 is there twice'),
        ({**CONTENT, "annotations": [PERSON, PERSON]}, 'annotations[1], "id": 7 is there twice'),
        ({**CONTENT, "categories": "person"}, '"categories" is not a list'),
        ({**CONTENT, "categories": [{"name": "person"}]}, 'categories[0], "id"'),
        ({"images": CONTENT["images"]}, '"annotations" is not a list'),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, content, said):
    stored(tmp_path, content)
    assert said in refusal(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "a/../../b.png", "..\\b.png", "C:\\b.png", "C:b.png", "",
     "a\nb.png", "a\0.png", "\ud800.png", None, 3, ["a.png"]],
)  # fmt: skip
def test_a_picture_name_that_leaves_the_folder_is_refused(tmp_path, name):
    stored(tmp_path, {**CONTENT, "images": [{"id": 3, "file_name": name}]})
    text = refusal(tmp_path)
    assert "images[0]: picture" in text
    assert text.isprintable()


def test_a_picture_may_lie_in_a_folder_inside(tmp_path):
    stored(tmp_path, {**CONTENT, "images": [{"id": 3, "file_name": "batch/a.png"}]})
    (tmp_path / "images" / "batch").mkdir(parents=True)
    Image.new("RGB", (20, 10)).save(tmp_path / "images" / "batch" / "a.png")
    assert coco(tmp_path).people[0].picture().size == (20, 10)


def test_missing_folders_and_files_are_refused(tmp_path):
    assert refusal(tmp_path / "none").startswith(": no such folder")
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file").startswith(": not a folder")
    assert "no annotations/person_keypoints_*.json" in refusal(tmp_path)


def test_a_huge_file_is_not_read(tmp_path, monkeypatch):
    stored(tmp_path)
    monkeypatch.setattr(files, "DATASET_BYTES", Budget(100, "bytes", "a test"))
    assert "larger than 100 bytes" in refusal(tmp_path)


def test_damaged_bytes_make_a_dataset_or_a_refusal(tmp_path, damaged):
    path = stored(tmp_path)

    def one_character(data, dice):
        data[dice.randrange(len(data))] = dice.choice([*b'0123456789[]{}",:.-e', 0, 255])

    assert damaged(path, lambda: coco(tmp_path), one_character) == {Dataset}
