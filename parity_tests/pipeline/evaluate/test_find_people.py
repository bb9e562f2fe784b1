"""People are cut out, found and put back: a runner that sees coloured squares gives them away."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from poseconvert.datasets.dataset import Dataset, Person
from poseconvert.decoding import DecodeSpec, encode, skeleton_named
from poseconvert.errors import DatasetError, RunError
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.pipeline.chain.evaluate import Link
from poseconvert.pipeline.evaluate.basis import Shown
from poseconvert.pipeline.evaluate.find_people import find_people

FLAT = DecodeSpec(
    skeleton="numbered_3", joints=3, grid=(14, 14), stride=(16.0, 16.0), size=(224, 224),
    heatmap="heatmap", offset="offset",
)  # fmt: skip
UP = replace(FLAT, frame="centred_y_up")
INPUT = Preprocessing(224, 224)
# Corners of each joint's square of 9 pixels; one joint per colour.
SQUARES = ((40, 60), (150, 90), (90, 160))
JOINTS = np.array(SQUARES, np.float64) + 4


def picture():
    pixels = np.zeros((220, 300, 3), np.uint8)
    for channel, (x, y) in enumerate(SQUARES):
        pixels[y : y + 9, x : x + 9, channel] = 255
    return Image.fromarray(pixels)


def person(box, name="someone"):
    return Person(name, picture, box, JOINTS, np.ones(3, dtype=bool))


def dataset(*people):
    return Dataset("squares", skeleton_named("numbered_3"), people)


class SeesSquares:
    """Finds the middle of each colour, and answers in the tensors that decode to it."""

    name, precision = "eyes", ""

    def __init__(self, spec=FLAT, off_by=0.0):
        self.spec, self.off_by = spec, off_by
        self.sizes = []

    def run(self, batch):
        self.sizes.append(len(batch))
        pixels = batch.tensors["image"]
        rows, columns = np.mgrid[: pixels.shape[2], : pixels.shape[3]]
        weight = pixels / pixels.sum(axis=(2, 3), keepdims=True)
        places = np.stack([(weight * columns).sum((2, 3)), (weight * rows).sum((2, 3))], axis=2)
        if self.spec.frame == "centred_y_up":
            places = (places - 112) * (1, -1)
        return encode(places + self.off_by, self.spec)


def find(data, *runners, spec=FLAT, fit="letterbox", steps=None):
    links = [
        Link(f"artifact {index}", "source", lambda runner=runner: runner)
        for index, runner in enumerate(runners)
    ]
    told = steps.append if steps is not None else lambda step: None
    return find_people(
        links,
        data,
        name="image",
        preprocessing=replace(INPUT, fit=fit),
        specs=[spec],
        shown=Shown(),
        progress=told,
    )


BOXES = {
    "the whole picture": (0, 0, 300, 220),
    "inside it, made larger": (30.2, 50.4, 170.3, 180),
    "out of it on three sides": (-50, -80, 290, 300),
    "higher than wide": (35, 0, 170, 220),
}


@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
@pytest.mark.parametrize("spec", [FLAT, UP], ids=lambda spec: spec.frame)
@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_joints_come_back_where_they_lie_in_the_picture(box, spec, fit):
    people, (found,) = find(dataset(person(box)), SeesSquares(spec), spec=spec, fit=fit)

    assert [one.name for one in people] == ["someone"]
    assert found.run.label == "eyes"
    assert np.abs(found.poses[0].position[0] - JOINTS).max() < 0.1


class SeesDepth(SeesSquares):
    """Every square lies 20 input pixels behind the root."""

    def run(self, batch):
        pixels = batch.tensors["image"]
        rows, columns = np.mgrid[: pixels.shape[2], : pixels.shape[3]]
        weight = pixels / pixels.sum(axis=(2, 3), keepdims=True)
        depth = np.full(pixels.shape[:2], 20.0)
        axes = [(weight * columns).sum((2, 3)), (weight * rows).sum((2, 3)), depth]
        return encode(np.stack(axes, axis=2), self.spec)


def test_depth_comes_back_in_pixels_of_the_picture():
    deep = replace(FLAT, grid=(14, 14, 14), stride=(16.0,) * 3, offset_order="xyz", z_zero=7.0)
    box = (0, 0, 448, 448)  # twice the input
    _, (found,) = find(dataset(person(box)), SeesDepth(deep), spec=deep)

    assert found.poses[0].position[0, :, 2] == pytest.approx([40, 40, 40], abs=0.01)
    assert np.abs(found.poses[0].position[0, :, :2] - JOINTS).max() < 0.1


def test_movements_are_measured_in_the_input_and_from_the_first_that_ran():
    data = dataset(person((0, 0, 300, 220)), person((30, 50, 170, 180)))
    first, second = SeesSquares(), SeesSquares(off_by=3.0)
    _, (one, two) = find(data, first, second)

    assert one.moved[0].distance.max() == 0
    assert not one.moved[0].flipped.any()
    assert two.moved[0].distance == pytest.approx(np.full((2, 3), np.hypot(3, 3)), abs=1e-4)
    assert two.moved[0].flipped.any()
    scale = np.array([224 / 300, 224 / 140])
    away = np.linalg.norm(two.poses[0].position - one.poses[0].position, axis=2)
    assert away == pytest.approx(np.hypot(3, 3) / scale[:, None] * np.ones((2, 3)), abs=1e-3)


def test_people_are_run_a_few_at_a_time_and_progress_says_which():
    steps = []
    runner = SeesSquares()
    people, (found,) = find(dataset(*[person((0, 0, 300, 220))] * 37), runner, steps=steps)

    assert runner.sizes == [16, 16, 5]
    assert len(people) == len(found.poses[0].position) == 37
    assert steps == ["person 1 of 37", "person 17 of 37", "person 33 of 37"]


class Fails:
    name, precision = "fails", ""

    def __init__(self, after):
        self.left = after

    def run(self, batch):
        if not self.left:
            raise RunError("it broke. Mend it.")
        self.left -= 1
        return SeesSquares().run(batch)


@pytest.mark.parametrize("after", [0, 1])
def test_an_artifact_that_fails_has_no_poses_but_its_reason(after):
    data = dataset(*[person((0, 0, 300, 220))] * 20)
    _, (failed, other) = find(data, Fails(after), SeesSquares())

    assert (failed.run.label, failed.reason, failed.poses) == ("", "it broke. Mend it.", ())
    assert other.run.label == "eyes"
    assert len(other.poses[0].position) == 20
    assert other.moved[0].distance.max() == 0  # it is the reference then


def test_an_artifact_that_must_not_run_does_not():
    refused = Link("edited", "source", lambda: pytest.fail("opened"), refused="was edited")
    _, (found,) = find_people(
        [refused], dataset(person((0, 0, 300, 220))), name="image", preprocessing=INPUT,
        specs=[FLAT], shown=Shown(), progress=lambda step: None,
    )  # fmt: skip

    assert (found.reason, found.poses) == ("was edited", ())


@pytest.mark.parametrize("box", [(0, 0, 1e9, 1e9), (0, 0, np.nan, 4), (-5e6, 0, 10, 10)])
def test_a_box_far_out_of_its_picture_is_refused_before_it_takes_memory(box):
    with pytest.raises(
        DatasetError, match=r"^someone: box .* lies far outside its 300x220 picture"
    ):
        find(dataset(person(box)), SeesSquares())
