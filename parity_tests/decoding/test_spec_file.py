"""A JSON file of which every key may be left out: what it lacks comes from the network."""

import json

import pytest

from poseconvert.decoding import chosen_specs, load_specs, require_decoder, specs
from poseconvert.errors import DecodeError

SIZE = (256, 192)
HEATMAP = {"output_0": (1, 17, 64, 48)}


@pytest.fixture
def written(tmp_path):
    def write(record):
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(record))
        return path

    return write


def read(path, shapes=HEATMAP, size=SIZE):
    return load_specs(path, input_size=size, shapes=shapes)


@pytest.mark.parametrize("record", [{}, [{}], {"preset": "heatmap"}, {"heatmap": "output_0"}])
def test_an_empty_object_is_a_heatmap(written, record):
    assert read(written(record)) == specs("heatmap", input_size=SIZE, shapes=HEATMAP)


def test_a_key_is_put_over_the_presets(written):
    (spec,) = read(written({"threshold": 0.2, "refinement": "dark", "blur": 17}))
    assert (spec.threshold, spec.refinement, spec.blur, spec.grid) == (0.2, "dark", 17, (64, 48))


def test_an_output_that_is_named_is_read_among_others(written):
    shapes = {"first": (1, 17, 64, 48), "second": (1, 17, 32, 24)}
    (spec,) = read(written({"heatmap": "second"}), shapes)
    assert (spec.heatmap, spec.grid, spec.stride) == ("second", (32, 24), (8, 8))


def test_keys_of_people_are_put_over_the_presets_one_by_one(written):
    record = {"preset": "yolo", "people": {"score": 0.5, "suppression": "oks"}}
    (spec,) = read(written(record), {"o": (1, 56, 8400)}, (640, 640))
    assert (spec.people.score, spec.people.suppression) == (0.5, "oks")
    assert spec.people.row == ("cx", "cy", "w", "h", "score", "keypoints")


def test_joints_alone_are_numbered(written):
    (spec,) = read(written({"joints": 16, "background": 1}))
    assert (spec.joints, spec.skeleton) == (16, "numbered_16")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"preset": "nope"}, 'spec 0: there is no decode preset "nope". Use dual_head_224'),
        ({"preset": 3}, 'spec 0: "preset": 3 is not a name'),
        ({"preset": "simcc"}, "needs two outputs of rank 3"),
        ({"threshold": 2}, '"threshold": 2 is not a threshold'),
        ({"thresold": 0.2}, '"thresold" unknown'),
        ({"people": {"metod": "rows"}}, 'decode spec, "people", "metod": unknown'),
        ({"people": 3}, '"people": 3 is not an object'),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(written, record, message):
    with pytest.raises(DecodeError) as caught:
        read(written(record))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_preset_in_a_file_needs_a_network(written):
    with pytest.raises(DecodeError, match='preset "yolo" needs a network'):
        load_specs(written({"preset": "yolo"}))


def test_a_preset_of_two_heads_takes_no_keys(written):
    shapes = {
        "heatmap2d": (1, 24, 14, 14), "offset2d": (1, 48, 14, 14),
        "heatmap3d": (1, 336, 14, 14), "offset3d": (1, 1008, 14, 14),
    }  # fmt: skip
    with pytest.raises(DecodeError, match='makes 2 specs, and "threshold" cannot be of all'):
        read(written({"preset": "dual_head_224", "threshold": 0.5}), shapes, (224, 224))


def test_neither_a_preset_nor_a_file_is_refused_with_the_presets():
    with pytest.raises(DecodeError, match=r"--decode foo: neither a preset nor a file. Use dual_"):
        require_decoder("foo")
    with pytest.raises(DecodeError, match=r"no\.json: cannot be read"):
        chosen_specs("no.json", input_size=SIZE, shapes=HEATMAP)


def test_a_network_without_picture_takes_what_needs_none():
    shapes = {"joints": (1, 17, 3)}
    (spec,) = chosen_specs("lifter", input_size=None, shapes=shapes)
    assert (spec.offset_scale, spec.dims, spec.joints) == (1000, 3, 17)
    with pytest.raises(DecodeError, match="takes no picture; --decode yolo cannot be used"):
        chosen_specs("yolo", input_size=None, shapes=shapes)
