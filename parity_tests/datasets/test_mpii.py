"""MPII's MATLAB struct becomes people, or is refused in one line that names the entry."""

import math

import numpy as np
import pytest
import scipy.io
from PIL import Image

from poseconvert.datasets.dataset import Dataset
from poseconvert.datasets.mpii import FILE, mpii
from poseconvert.decoding.skeleton import MPII_16
from poseconvert.errors import DatasetError, PictureError

NOTHING = np.array([])


def structs(*rows):
    """A MATLAB struct array as scipy writes it."""
    table = np.empty(len(rows), dtype=[(field, object) for field in rows[0]])
    for index, row in enumerate(rows):
        table[index] = tuple(row.values())
    return table


def point(joint, x, y, visible=NOTHING):
    return {"x": x, "y": y, "id": joint, "is_visible": visible}


def rect(*points, **fields):
    usual = {"x1": 627, "y1": 100, "x2": 706, "y2": 198, "scale": 2.0,
             "objpos": {"x": 594, "y": 257}}  # fmt: skip
    where = {"point": structs(*points)} if points else NOTHING
    return {**usual, "annopoints": where, **fields}


def stored(folder, *pictures, name=FILE, compressed=True):
    """Pictures are (file name, annorect)."""
    rows = [
        {"image": {"name": picture}, "annorect": rects, "frame_sec": NOTHING, "vididx": NOTHING}
        for picture, rects in pictures
    ]
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    release = {"annolist": structs(*rows), "img_train": np.ones((1, len(rows)), np.uint8)}
    scipy.io.savemat(folder / name, {"RELEASE": release}, do_compression=compressed)
    return folder / name


TWO = (point(0, 11, 21.5, 1), point(9, 31, 41, 0))


def refusal(folder):
    with pytest.raises(DatasetError) as caught:
        mpii(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(folder))
    return text


def test_a_person_has_the_numbers_of_the_file_counted_from_zero(tmp_path):
    stored(tmp_path, ("a.jpg", structs(rect(*TWO))))
    found = mpii(tmp_path)
    assert (found.name, found.skeleton, found.notes) == ("mpii", MPII_16, ())
    (person,) = found.people
    assert person.joints.shape == (16, 2)
    assert person.joints[[0, 9]].tolist() == [[10, 20.5], [30, 40]]
    assert person.known.nonzero()[0].tolist() == [0, 9]
    assert person.visible.nonzero()[0].tolist() == [0]
    # objpos 594, 257 -> 593, 256 + 15 * 2; 200 * 2 * 1.25 = 500 wide
    assert person.box == (593 - 250, 286 - 250, 593 + 250, 286 + 250)
    assert person.head == pytest.approx(0.6 * math.sqrt(79**2 + 98**2))
    assert math.isnan(person.area)
    assert person.name == "a.jpg, annolist(1).annorect(1)"


@pytest.mark.parametrize(
    ("flag", "visible"),
    [(1, True), (0, False), ("1", True), ("0", False), (NOTHING, True), ("", True)],
)
def test_visibility_is_a_number_a_letter_or_nothing(tmp_path, flag, visible):
    stored(tmp_path, ("a.jpg", structs(rect(point(3, 5, 5, flag), point(4, 6, 6, 1)))))
    assert mpii(tmp_path).people[0].visible[3] == visible


def test_points_without_the_visibility_field_are_visible(tmp_path):
    points = [{"id": 1, "x": 5, "y": 6}, {"id": 2, "x": 7, "y": 8}]  # some people lack it
    stored(tmp_path, ("a.jpg", structs(rect(*points))))
    assert mpii(tmp_path).people[0].visible.nonzero()[0].tolist() == [1, 2]


def test_only_people_with_joints_are_kept_in_the_order_of_the_file(tmp_path):
    stored(
        tmp_path,
        ("test.jpg", structs({"scale": 3.0, "objpos": {"x": 1, "y": 1}})),
        ("two.jpg", structs(rect(*TWO), rect(), rect(point(5, 1, 1), point(6, 9, 9)))),
        ("none.jpg", NOTHING),
    )
    assert [person.name for person in mpii(tmp_path).people] == [
        "two.jpg, annolist(2).annorect(1)",
        "two.jpg, annolist(2).annorect(3)",
    ]


@pytest.mark.parametrize("missing", ["objpos", "scale"])
def test_without_place_or_scale_the_box_holds_the_joints(tmp_path, missing):
    stored(tmp_path, ("a.jpg", structs(rect(*TWO, **{missing: NOTHING}))))
    # joints 10..30 and 20.5..40, each side a quarter longer
    assert mpii(tmp_path).people[0].box == pytest.approx((7.5, 18.0625, 32.5, 42.4375))


def test_people_whose_box_has_no_size_are_left_out_and_counted(tmp_path):
    one_joint = rect(point(0, 5, 5), objpos=NOTHING)
    flat = rect(point(0, 5, 5), point(1, 9, 5), scale=NOTHING)
    none = rect(*TWO, scale=0.0)
    stored(tmp_path, ("a.jpg", structs(one_joint, flat, none, rect(*TWO))))
    assert len(mpii(tmp_path).people) == 1
    assert mpii(tmp_path).notes == ("3 people left out: box of no size",)


@pytest.mark.parametrize("fields", [{"x1": NOTHING}, {"x2": 627, "y2": 100}])
def test_a_head_without_size_is_unknown(tmp_path, fields):
    stored(tmp_path, ("a.jpg", structs(rect(*TWO, **fields))))
    assert math.isnan(mpii(tmp_path).people[0].head)


def test_of_repeated_points_the_last_counts_and_far_ones_stay(tmp_path):
    stored(tmp_path, ("a.jpg", structs(rect(point(0, 1, 1), point(0, -98, 9999)))))
    assert mpii(tmp_path).people[0].joints[0].tolist() == [-99, 9998]


@pytest.mark.parametrize(
    "place",
    ["", "annotations/", "mpii_human_pose_v1_u12_1/", "mpii_human_pose_v1_u12_2/"],
)
def test_the_file_is_found_where_people_unpack_it(tmp_path, place):
    stored(tmp_path, ("a.png", structs(rect(*TWO))), name=place + FILE)
    (tmp_path / "images").mkdir()
    (person,) = mpii(tmp_path).people
    with pytest.raises(PictureError, match="no such picture"):
        person.picture()
    Image.new("RGB", (20, 10), (1, 2, 3)).save(tmp_path / "images" / "a.png")
    assert person.picture().getpixel((0, 0)) == (1, 2, 3)


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (rect(point(16, 1, 1)), "annolist(1).annorect(1).annopoints.point(1).id: 16 is not one"),
        (rect(point(0.5, 1, 1)), "point(1).id: 0.5 is not one of 0 to 15"),
        (rect(point(-1, 1, 1)), "point(1).id: -1 is not one"),
        (rect(point("0", 1, 1)), "point(1).id: '0' is not a number"),
        (rect(point(0, math.nan, 1)), "point(1).x: nan is not a number"),
        (rect(point(0, 1, math.inf)), "point(1).y: inf is not a number"),
        (rect(point(0, 1, "1")), "point(1).y: '1' is not a number"),
        (rect(point(0, np.array([1, 2]), 1)), "point(1).x: array([[1, 2]]) is not a number"),
        (rect(point(0, 1, 1, 2)), "point(1).is_visible: 2.0 is neither 0 nor 1"),
        (rect(point(0, 1, 1, "x")), "point(1).is_visible: 'x' is neither"),
        (rect(point(0, 1, 1, np.array([0, 1]))), "is neither 0 nor 1"),
        (rect(*TWO, scale=math.nan), "annorect(1).scale: nan is not a number"),
        (rect(*TWO, scale="big"), "annorect(1).scale: 'big' is not a number"),
        (rect(*TWO, objpos={"x": "left", "y": 1}), "objpos.x: 'left' is not a number"),
        (rect(*TWO, objpos={"y": 1}), "objpos.x: None is not a number"),
        (rect(*TWO, objpos=3.0), "objpos: 3.0 is not a struct"),
        (rect(*TWO, x2="706"), "annorect(1).x2: '706' is not a number"),
        (rect(*TWO, annopoints={"point": 3.0}), "annopoints.point: 3.0 is not a struct"),
        (rect(*TWO, annopoints="points"), "annopoints: 'points' is not a struct"),
    ],
)
def test_a_malformed_person_is_refused_by_name(tmp_path, person, said):
    stored(tmp_path, ("a.jpg", structs(person)))
    assert said in refusal(tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\a.jpg", "", 3.0, "a\nb"])
def test_a_picture_name_that_leaves_the_folder_is_refused(tmp_path, name):
    stored(tmp_path, (name, structs(rect(*TWO))))
    assert "annolist(1).annorect(1): picture" in refusal(tmp_path)


def test_files_that_are_not_mpii_are_refused(tmp_path):
    assert refusal(tmp_path / "none").endswith("Give the folder of the dataset.")
    assert f"{tmp_path / FILE}: no such file" in refusal(tmp_path)
    cell = np.empty(2, object)
    cell[:] = ["a", "b"]
    for release in (
        1.0,
        "text",
        {"annolist": 3.0},
        {"annolist": cell},
        {"annolist": structs({"image": 1.0})},
    ):
        scipy.io.savemat(tmp_path / FILE, {"RELEASE": release})
        assert "RELEASE" in refusal(tmp_path) or "annolist(1).image" in refusal(tmp_path)
    scipy.io.savemat(tmp_path / FILE, {"other": 1.0})
    assert 'no variable "RELEASE"' in refusal(tmp_path)


def test_a_release_without_pictures_has_no_people(tmp_path):
    for release in ({"annolist": NOTHING}, {"img_train": 1.0}, NOTHING):
        scipy.io.savemat(tmp_path / FILE, {"RELEASE": release})
        assert len(mpii(tmp_path).people) == 0


@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_bytes_make_a_dataset_or_a_refusal(tmp_path, compressed, damaged, one_byte):
    people = structs(rect(*TWO), rect(point(3, 1, 2, "1"), point(4, 5, 6, "0")))
    path = stored(tmp_path, ("a.jpg", people), compressed=compressed)
    assert damaged(path, lambda: mpii(tmp_path), one_byte) <= {Dataset}
