from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from poseconvert.decoding import skeleton_named
from poseconvert.errors import OutputError
from poseconvert.reports import overlay
from poseconvert.reports.layers import RED, SIDES, skeleton_layer
from poseconvert.reports.overlay import draw_overlays, save_overlays
from poseconvert.reports.panels import bone_side, overlays, side_of

NOSE, LEFT_EYE = (20.0, 24.0, 0.9), (44.0, 24.0, 0.9)


def layers(measurement):
    """Pixels of the first picture's panels: (2H, 2W, 4) each."""
    chosen = overlays(measurement, limit=9)
    panels = chosen.rows[0].panels
    drawn = (skeleton_layer(p.marks, chosen.skeleton, (128, 128), scale=2.0) for p in panels)
    return [np.array(image) for image in drawn]


def has(pixels, colour):
    return bool((np.abs(pixels[..., :3].astype(int) - colour).max(axis=-1) < 8).any())


@pytest.mark.parametrize(("side", "column"), [("middle", 20), ("left", 44)])
def test_a_visible_joint_is_a_disc_of_its_side_at_its_place(measure, made, side, column):
    (pixels,) = layers(measure(poses=[made.pose(NOSE, LEFT_EYE)]))
    assert tuple(pixels[48, 2 * column]) == (*SIDES[side], 255)


def test_an_occluded_joint_is_hollow_and_faint(measure, made):
    (pixels,) = layers(measure(poses=[made.pose((20, 24, 0.2))]))
    assert pixels[48, 40, 3] == 0
    assert 0 < pixels[..., 3].max() < 255


def test_absent_joints_leave_the_picture_untouched(measure, made):
    (pixels,) = layers(measure(poses=[made.pose()]))
    assert not pixels.any()


def shoulders(made, *ends):
    return made.pose(*[(np.nan, np.nan, 0.0)] * 5, *ends)


def test_bones_need_both_ends(measure, made):
    assert (5, 6) in skeleton_named("coco_17").bones
    left, right = (12.0, 32.0, 0.9), (52.0, 32.0, 0.9)
    (both,) = layers(measure(poses=[shoulders(made, left, right)]))
    (one,) = layers(measure(poses=[shoulders(made, left)]))
    assert tuple(both[64, 64]) == (*SIDES["middle"], 255)
    one[60:69, 20:29] = 0  # the shoulder itself
    assert not one.any()


def test_a_ring_and_a_line_appear_only_where_a_joint_moved(measure, made):
    still, near = made.pose(NOSE), made.pose((20.3, 24.0, 0.9))
    far = made.pose((44.0, 24.0, 0.9))
    reference, close, moved = layers(measure(poses=[still, near, far]))
    assert not has(reference, RED)
    assert not has(close, RED)
    assert has(moved, RED)
    assert tuple(moved[48, 60]) == (*RED, 255), "no line from where the joint was"


def test_a_flip_is_ringed_however_near(measure, made):
    _, flipped = layers(measure(poses=[made.pose(NOSE), made.pose(NOSE, cells=1)]))
    assert has(flipped, RED)


def test_a_lost_joint_is_ringed_where_it_was(measure, made):
    _, lost = layers(measure(poses=[made.pose(NOSE), made.pose()]))
    for x in (33, 46):
        assert tuple(lost[48, x]) == (*RED, 255)
    assert lost[48, 40, 3] == 0


def test_a_bone_to_a_joint_far_outside_still_points_there(measure, made):
    (pixels,) = layers(measure(poses=[shoulders(made, (12.0, 32.0, 0.9), (1e30, 32.0, 0.9))]))
    assert tuple(pixels[64, 120]) == (*SIDES["middle"], 255)


def test_the_sheet_has_a_row_per_picture_and_a_panel_per_evaluation(measure, made):
    values = np.stack([np.full((64, 64, 3), colour, np.uint8) for colour in (50, 150)])
    poses = [made.pose(NOSE), made.pose(NOSE), made.pose(NOSE)]
    sheet = np.asarray(draw_overlays(measure(made.comparison(), poses=poses, values=values)))
    for colour in (50, 150):
        flat = (sheet == colour).all(axis=2)
        panels = 4 * 128 * 128
        assert 0.9 * panels < flat.sum() < panels
    assert sheet.shape[1] == 2 * 28 + 4 * 220 + 3 * 14, "three panels and the furthest joint"


def test_the_panel_shows_the_picture_where_no_joint_is(measure, made):
    generator = np.random.Generator(np.random.PCG64(0))
    values = generator.integers(0, 256, (2, 64, 64, 3), np.uint8)
    measurement = measure(made.comparison(), poses=[made.pose()], values=values)
    sheet = draw_overlays(measurement)
    shown = np.asarray(Image.fromarray(values[0]).resize((128, 128), Image.Resampling.BICUBIC))
    rows = np.flatnonzero((np.asarray(sheet)[:, 28:156] == shown[0]).all(axis=(1, 2)))
    assert len(rows) == 1
    np.testing.assert_array_equal(np.asarray(sheet)[rows[0] : rows[0] + 128, 28:156], shown)


def test_panels_shrink_where_all_of_them_would_be_too_large(measure, made, monkeypatch):
    values = np.full((2, 64, 64, 3), 50, np.uint8)
    measurement = measure(made.comparison(), poses=[made.pose()] * 3, values=values)
    monkeypatch.setattr(overlay, "_AREA", 6 * 32 * 32)
    flat = (np.asarray(draw_overlays(measurement)) == 50).all(axis=2)
    assert flat.sum() == 6 * 32 * 32


def test_captions_give_movement_and_flips_against_the_first(measure, made):
    poses = [
        made.pose(NOSE, LEFT_EYE),
        made.pose((20, 26, 0.9), LEFT_EYE),
        made.pose((50, 50, 0.9), LEFT_EYE, cells=2),
    ]
    (row, _) = overlays(measure(poses=poses), limit=9).rows
    assert [panel.numbers for panel in row.panels] == [
        "reference", "max 2.00 px, 0 flips", "max 0 px, 2 flips",
    ]  # fmt: skip
    assert [(panel.artifact, panel.runner) for panel in row.panels][1] == (
        "model1.onnx",
        "runner 1",
    )


def test_a_3d_head_is_drawn_by_its_x_and_y_in_the_picture_frame(measure, made):
    record = replace(
        made.spec, grid=(4, 4, 4), stride=(16.0,) * 3, offset_order="xyz", frame="centred_y_up"
    )
    flat = made.pose((-12.0, 8.0, 0.9))
    deep = type(flat)(np.pad(flat.position, [(0, 0), (0, 0), (0, 1)]), flat.score, flat.cell)
    (pixels,) = layers(measure(poses=[deep], decode=(record,)))
    assert tuple(pixels[48, 40]) == (*SIDES["middle"], 255)


@pytest.mark.parametrize(
    ("name", "side"),
    [("leftKnee", "left"), ("rThighBend", "right"), ("lEar", "left"), ("nose", "middle"),
     ("abdomenUpper", "middle"), ("joint3", "middle"), ("rightWrist", "right"), ("lung", "middle")],
)  # fmt: skip
def test_sides_are_read_from_joint_names(name, side):
    assert side_of(name) == side


def test_a_bone_takes_the_side_of_its_ends():
    assert bone_side("left", "middle") == "left"
    assert bone_side("right", "right") == "right"
    assert bone_side("left", "right") == "middle"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"values": np.zeros((2, 8), np.float32)},
            r"inputs of shape \(2, 8\) are not pictures\. O",
        ),
        (
            {"decode": ()},
            r"no decode spec, so there are no joints to draw\. Convert again with --d",
        ),
        ({"poses": []}, r"no artifact ran\. The reasons are in the table"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_cure(measure, made, changes, text):
    with pytest.raises(OutputError, match=text) as refused:
        draw_overlays(measure(made.comparison(), **{"poses": [made.pose(NOSE)], **changes}))
    assert "\n" not in str(refused.value)


def test_it_is_saved_as_png_or_refused_in_one_line(measure, made, tmp_path):
    measurement = measure(made.comparison(), poses=[made.pose(NOSE)])
    save_overlays(measurement, tmp_path / "o.png")
    with Image.open(tmp_path / "o.png") as saved:
        assert saved.format == "PNG"
    with pytest.raises(OutputError, match=r"o\.png: cannot be written \(.*\)\. Choose another"):
        save_overlays(measurement, tmp_path / "none" / "o.png")
