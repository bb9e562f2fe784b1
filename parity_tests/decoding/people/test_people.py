"""People at the edges: nobody, a crowd, NaN, no area, other anchors, limbs of nothing."""

import dataclasses
import json

import numpy as np
import pytest

from parity_tests.decoding import scenes
from poseconvert.decoding import DecodeSpec, decode, decode_people, pair_people, specs
from poseconvert.decoding.people.suppression import box_overlap, kept, oks
from poseconvert.errors import DecodeError

SCENES = {
    "yolo": (scenes.yolo(3), 320),
    "yolo_end_to_end": (scenes.end_to_end(6), 320),
    "posenet_multi": (scenes.posenet(scenes.figures(7, 3, size=(257, 257))), 257),
    "openpose": (scenes.openpose(scenes.figures(8, 3, joints=18)), 256),
    "movenet": (scenes.movenet(scenes.figures(9, 1, size=(192, 192))[0]), 192),
    "centernet": (scenes.centernet(scenes.figures(10, 3)), 256),
    "blazeface": (scenes.anchored(11, points=6), 128),
}


def spec_of(preset):
    outputs, size = SCENES[preset]
    shapes = {name: values.shape for name, values in outputs.items()}
    return specs(preset, input_size=(size, size), shapes=shapes)[0]


@pytest.mark.parametrize("preset", SCENES)
def test_a_spec_of_people_survives_json(preset):
    spec = spec_of(preset)
    assert DecodeSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize("fill", [np.nan, -np.inf])
@pytest.mark.parametrize("preset", SCENES)
def test_tensors_of_no_number_hold_nobody(preset, fill):
    outputs, _ = SCENES[preset]
    spec = spec_of(preset)
    empty = {name: np.full_like(values, fill) for name, values in outputs.items()}
    assert len(decode_people(empty, spec)) == 0
    assert decode(empty, spec).absent.all()


@pytest.mark.parametrize("preset", SCENES)
def test_the_best_person_is_the_pose_of_the_picture(preset):
    outputs, _ = SCENES[preset]
    spec = spec_of(preset)
    people = decode_people(outputs, spec)
    np.testing.assert_array_equal(decode(outputs, spec).position[0], people.position[0])
    two = {name: np.concatenate([np.full_like(v, np.nan), v]) for name, v in outputs.items()}
    second = decode_people(two, spec)
    assert set(second.picture) == {1}
    np.testing.assert_array_equal(second.position, people.position)


@pytest.mark.parametrize("preset", SCENES)
def test_outputs_that_are_missing_or_of_another_shape_are_refused(preset):
    outputs, _ = SCENES[preset]
    spec = spec_of(preset)
    for name in spec.reads:
        with pytest.raises(DecodeError, match=f'output "{name}"'):
            decode_people({n: v for n, v in outputs.items() if n != name}, spec)
        with pytest.raises(DecodeError, match=name):
            decode_people(outputs | {name: outputs[name][:, :-1, :-1]}, spec)
        both = np.concatenate([outputs[name]] * (2 if len(spec.reads) > 1 else 1))
        with pytest.raises(DecodeError, match="several N"):
            decode_people(outputs | {name: both if len(spec.reads) > 1 else both[:0]}, spec)


def test_200_people_are_found_and_paired_with_themselves():
    rows = np.zeros((1, 56, 4000), np.float32)
    place = np.stack(np.meshgrid(np.arange(20), np.arange(10)), axis=-1).reshape(-1, 2) * 30 + 20
    rows[0, :2, :200], rows[0, 2:4, :200] = place.T, 25
    rows[0, 4, :200] = np.linspace(0.9, 0.5, 200)
    rows[0, 5::3, :200], rows[0, 6::3, :200], rows[0, 7::3, :200] = place[:, 0], place[:, 1], 1
    (spec,) = specs("yolo", input_size=(640, 640), shapes={"o": rows.shape})
    people = decode_people({"o": rows}, spec)
    assert len(people) == 200
    assert pair_people(people.of(0), people.of(0)) == {m: m for m in range(200)}
    few = dataclasses.replace(spec, people=dataclasses.replace(spec.people, limit=7))
    np.testing.assert_array_equal(decode_people({"o": rows}, few).person, people.person[:7])


def test_a_lost_and_a_found_person_have_no_partner():
    outputs, _ = SCENES["posenet_multi"]
    people = decode_people(outputs, spec_of("posenet_multi")).of(0)
    fewer = type(people)(*(values[1:] for values in people))
    assert pair_people(people, fewer) == {1: 0, 2: 1}
    assert pair_people(fewer, people) == {0: 1, 1: 2}
    elsewhere = people._replace(position=people.position + 1000)
    assert pair_people(people, elsewhere) == {}


def test_exchanged_people_are_paired_by_their_joints():
    outputs, _ = SCENES["posenet_multi"]
    people = decode_people(outputs, spec_of("posenet_multi")).of(0)
    turned = type(people)(*(values[::-1] for values in people))
    assert pair_people(people, turned) == {0: 2, 1: 1, 2: 0}


def test_oks_is_that_of_coco():
    from pycocotools.cocoeval import COCOeval

    rng = scenes.random(0)
    one, other = rng.uniform(0, 200, (2, 17, 2))
    other = one + (other - one) / 20
    area = 9000.0
    flags = np.full((17, 1), 2.0)

    class Quiet(COCOeval):
        def __init__(self):
            from pycocotools.cocoeval import Params

            self.params = Params(iouType="keypoints")
            self._gts = {
                (1, 1): [
                    {
                        "keypoints": np.hstack([one, flags]).ravel().tolist(),
                        "area": area,
                        "bbox": [0, 0, 90, 100],
                        "id": 1,
                    }
                ]
            }
            self._dts = {
                (1, 1): [{"keypoints": np.hstack([other, flags]).ravel().tolist(), "score": 1.0}]
            }

    assert oks(one, other[None], np.array([area]))[0] == pytest.approx(
        Quiet().computeOks(1, 1)[0, 0], abs=1e-12
    )


def test_boxes_without_area_suppress_nobody():
    boxes = np.array([[5.0, 5, 5, 5], [5, 5, 5, 5], [0, 0, 10, 10], [0, 0, 10, 10]])
    stay = kept(np.array([0.9, 0.8, 0.7, 0.6]), box_overlap(boxes), over=0.45, limit=9)
    assert [one for one, _ in stay] == [0, 1, 2]
    assert stay[2][1].tolist() == [2, 3]


def test_of_equal_scores_the_first_row_stays():
    boxes = np.tile([0.0, 0, 10, 10], (3, 1))
    ((best, same),) = kept(np.ones(3), box_overlap(boxes), over=0.45, limit=9)
    assert (best, same.tolist()) == (0, [0, 1, 2])


def test_anchors_of_another_size_are_refused():
    outputs, _ = SCENES["blazeface"]
    spec = dataclasses.replace(spec_of("blazeface"), size=(256, 256))
    with pytest.raises(DecodeError, match=r"896 rows, the anchors of input \(256, 256\) are 3584"):
        decode_people(outputs, spec)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"limbs": ((0, 0),)}, '"limbs": "0 to 0" connects no two of 17 joints'),
        ({"limbs": ((0, 17),)}, "connects no two of 17 joints"),
        ({"limbs": ()}, '"limbs": none: posenet joins joints along them'),
        ({"limbs": ((0, 1, 2),)}, "write a list of 2 whole numbers each"),
        ({"method": "magic"}, "\"method\": 'magic': use one of rows, movenet"),
        ({"outputs": ("a",)}, '"outputs": 1 for posenet: name 2'),
        ({"score": 2}, '"score": 2: use a number from 0 to 1'),
        ({"score": float("nan")}, '"score": nan'),
        ({"limit": 0}, '"limit": 0: use a whole number from 1 to 1000'),
        ({"limit": 10**9}, '"limit": 1000000000'),
        ({"suppression": "soft"}, "use one of none, box, oks, blend"),
        ({"method": "rows", "outputs": (), "row": ("cx", "keypoints", "score")}, "write all of cx"),
        ({"method": "rows", "outputs": (), "row": ("keypoints",)}, "needs keypoints once, and"),
    ],
)
def test_what_cannot_be_people_is_refused_by_name(change, message):
    spec = spec_of("posenet_multi")
    with pytest.raises(DecodeError) as caught:
        dataclasses.replace(spec, people=dataclasses.replace(spec.people, **change))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fields_that_the_limbs_read_must_be_there():
    outputs, _ = SCENES["openpose"]
    short = outputs | {"pafs": outputs["pafs"][:, :30]}
    with pytest.raises(DecodeError, match=r"30 channels, the limbs read 38\. Correct the limbs"):
        decode_people(short, spec_of("openpose"))


def test_joints_outside_the_picture_stay_there():
    outputs, _ = SCENES["yolo_end_to_end"]
    far = {"output0": outputs["output0"] * 10}
    far["output0"][..., 4] = outputs["output0"][..., 4]
    people = decode_people(far, spec_of("yolo_end_to_end"))
    assert people.position.max() > 3000


def test_oks_suppression_keeps_two_people_in_one_box():
    rows = np.zeros((1, 56, 100), np.float32)
    rows[0, :4, :3] = np.array([[50, 50, 90, 90]] * 3).T
    rows[0, 4, :3] = 0.9, 0.8, 0.7
    upright = scenes.figures(1, 1, size=(100, 100))[0]
    for row, pose in enumerate((upright, upright[:, ::-1], upright + 0.5)):
        rows[0, 5::3, row], rows[0, 6::3, row], rows[0, 7::3, row] = *pose.T, 1
    found = {}
    for preset in ("yolo", "yolo_oks"):
        (spec,) = specs(preset, input_size=(100, 100), shapes={"o": rows.shape})
        found[preset] = decode_people({"o": rows}, spec).person
    np.testing.assert_allclose(found["yolo"], [0.9])
    np.testing.assert_allclose(found["yolo_oks"], [0.9, 0.8])
