"""A decode spec says what it is, survives JSON, and refuses what cannot be."""

import dataclasses
import json

import pytest

from poseconvert.decoding import DecodeSpec, load_specs
from poseconvert.errors import DecodeError

FLAT = DecodeSpec(
    skeleton="coco_17", joints=17, grid=(9, 7), stride=(16, 16.5), size=(144, 112),
    heatmap="heatmap", offset="offset", offset_order="yx",
)  # fmt: skip
DEEP = DecodeSpec(
    skeleton="numbered_2", joints=2, grid=(4, 5, 6), stride=(8.0, 8.0, 8.0), size=(40, 48),
    heatmap="h", offset="o", offset_order="xyz", z_zero=2, centre=0.5, frame="centred_y_up",
)  # fmt: skip
BOX = DecodeSpec(
    skeleton="mpii_16", joints=16, grid=(1, 1), stride=(220.0, 220.0), size=(220, 220),
    heatmap=None, offset="keypoints", offset_unit="image", refinement="regression",
)  # fmt: skip


@pytest.mark.parametrize("spec", [FLAT, DEEP, BOX])
def test_a_spec_survives_json(spec):
    again = DecodeSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert hash(again) == hash(spec)


def test_a_spec_knows_its_dims_and_cells():
    assert (FLAT.dims, FLAT.cells) == (2, 63)
    assert (DEEP.dims, DEEP.cells) == (3, 120)


def test_specs_that_differ_in_any_field_differ():
    assert dataclasses.replace(FLAT, threshold=0.1) != FLAT
    assert dataclasses.replace(FLAT, offset_order="xy") != FLAT


def test_the_default_threshold_keeps_every_positive_score():
    assert FLAT.threshold == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"joints": 0}, '"joints": 0 is not a count. Use a whole number from 1.'),
        ({"joints": 17.0}, '"joints": 17.0 is not a count'),
        ({"joints": True}, '"joints": True is not a count'),
        ({"joints": 16}, '"skeleton": "coco_17" does not fit "joints" 16: it has 17.'),
        ({"grid": (9,)}, '"grid": (9,) is not a grid. Use (H, W) or (D, H, W) in cells.'),
        ({"grid": (9, 0)}, '"grid": (9, 0) is not a grid'),
        ({"grid": "99"}, '"grid": "99" is not a grid'),
        ({"size": (144,)}, '"size": (144,) is not a size'),
        ({"stride": (16,)}, '"stride": (16,) does not fit grid (9, 7)'),
        ({"stride": (16, -16)}, '"stride": (16, -16) does not fit'),
        ({"stride": (16, float("nan"))}, '"stride": (16, nan) does not fit'),
        ({"stride": ()}, '"stride": () does not fit'),
        ({"threshold": 1.0}, '"threshold": 1.0 is not a threshold. Use 0 <= threshold < 1.'),
        ({"threshold": -0.1}, '"threshold": -0.1 is not a threshold'),
        ({"threshold": "0"}, '"threshold": "0" is not a threshold'),
        ({"z_zero": 3.0}, '"z_zero": 3.0 with grid (9, 7)'),
        ({"offset_order": "xx"}, '"offset_order": "xx" does not order the axes of grid (9, 7)'),
        ({"offset_order": "xyz"}, 'Use each of "xy" once.'),
        ({"offset_order": None}, '"offset_order": None does not order'),
        ({"offset_unit": "px"}, '"px" is not a choice. Use one of pixel, cell, image.'),
        ({"centre": 1.0}, '"centre": 1.0 is not in its cell. Use 0 <= centre < 1.'),
        ({"centre": -0.25}, '"centre": -0.25 is not in its cell'),
        ({"centre": "0"}, '"centre": "0" is not in its cell'),
        ({"activation": "softmax"}, "Use one of linear, logit, probability."),
        (
            {"refinement": "argmax"},
            "offset, none, quarter_cell, expectation, regression, dark, simcc",
        ),
        ({"frame": "top"}, '"frame": "top" is not a choice'),
        ({"skeleton": 17}, '"skeleton": 17 is not a name'),
        ({"skeleton": "coco"}, 'no skeleton is named "coco"'),
        ({"heatmap": None}, '"heatmap": None with refinement "offset". Use the output\'s name.'),
        ({"offset": ""}, '"offset": "" with refinement "offset"'),
        ({"refinement": "none"}, '"offset": "offset" with refinement "none". Use null.'),
        ({"refinement": "expectation", "offset": None}, '"activation": "linear" with refinement'),
        ({"refinement": "regression", "heatmap": None}, '"grid": (9, 7) with refinement regress'),
    ],
)
def test_an_impossible_field_is_refused_by_name(change, message):
    with pytest.raises(DecodeError) as caught:
        dataclasses.replace(FLAT, **change)
    assert message in str(caught.value)
    assert str(caught.value).startswith('decode spec, "')
    assert "\n" not in str(caught.value)


def test_quarter_cell_is_refused_in_3d():
    with pytest.raises(DecodeError, match=r"quarter_cell.* is 2D only"):
        dataclasses.replace(DEEP, refinement="quarter_cell", offset=None)


def test_a_missing_key_is_named():
    record = FLAT.to_dict()
    del record["stride"], record["grid"]
    with pytest.raises(DecodeError, match=r'decode spec: no "grid", "stride"\. Write them, or a'):
        DecodeSpec.from_dict(record)


def test_an_unknown_key_is_named_with_the_choices():
    with pytest.raises(DecodeError, match=r'"offsets" unknown\. Use activation, background, blur,'):
        DecodeSpec.from_dict(FLAT.to_dict() | {"offsets": "o"})


def test_a_spec_file_holds_one_spec_per_head(tmp_path):
    path = tmp_path / "decode.json"
    path.write_text(json.dumps([FLAT.to_dict(), DEEP.to_dict()]))
    assert load_specs(path) == (FLAT, DEEP)
    assert load_specs(str(path)) == (FLAT, DEEP)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("3", "not a list of decode specs. Write one object per head."),
        ("[]", "not a list of decode specs"),
        ("[3]", "spec 0: not an object"),
        ('[{"grid": [1, 2]}]', 'spec 0: decode spec: no "heatmap", "joints", "size"'),
        (json.dumps([FLAT.to_dict(), FLAT.to_dict() | {"joints": 0}]), 'spec 1: decode spec, "joi'),
    ],
)
def test_a_bad_spec_file_is_refused_in_one_line_that_names_it(tmp_path, text, message):
    path = tmp_path / "decode.json"
    path.write_text(text)
    with pytest.raises(DecodeError) as caught:
        load_specs(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_spec_file_is_refused(tmp_path):
    with pytest.raises(DecodeError, match=r"cannot be read \(No such file or directory\)"):
        load_specs(tmp_path / "none.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DecodeError, match="not JSON"):
        load_specs(tmp_path / "binary.json")
