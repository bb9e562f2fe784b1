import base64
from io import BytesIO

import numpy as np
from PIL import Image

from poseconvert.decoding import peak_margins
from poseconvert.reports.furthest_joints import moves
from poseconvert.reports.heatmap_slices import joint_maps
from poseconvert.reports.skeleton3d import solids


def opened(uri):
    with Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_slice_per_depth_with_a_peak_each_with_its_own_cells(solid):
    maps = joint_maps(moves(solid)[0])
    low, high = maps.slices
    assert (low.name, high.name) == ("depth bin 1 of 0 to 3", "depth bin 2 of 0 to 3")
    assert (low.reference_peak, low.candidate_peak) == ((3.5, 2.5), None)
    assert (high.reference_peak, high.candidate_peak) == (None, (3.5, 2.5))
    assert [m.name for m in low.maps] == ["reference", "candidate", "candidate - reference"]


def test_the_brightest_cell_is_the_peak_and_the_difference_has_a_sign(solid):
    low, high = joint_maps(moves(solid)[0]).slices
    reference, candidate, change = (opened(one.picture) for one in low.maps)
    assert reference.shape == (4, 4, 3)
    assert tuple(reference[2, 3]) == (253, 231, 37)
    assert tuple(candidate[2, 3]) == (68, 1, 84)
    assert tuple(change[2, 3]) == (0, 92, 160), "the candidate lacks it: blue"
    assert tuple(change[0, 0]) == (247, 247, 247), "equal: white"
    assert tuple(opened(high.maps[2].picture)[2, 3]) == (200, 0, 28), "it gained it: red"


def test_score_and_margin_of_both_sides_are_the_decoders(solid):
    move = moves(solid)[0]
    maps = joint_maps(move)
    for side, shown in ((move.reference, maps.reference), (move.candidate, maps.candidate)):
        margin = peak_margins(side.outputs, move.spec, pose=side.poses[0])[move.n, move.j]
        assert shown.margin == f"{margin:.2g}"
        assert shown.score == f"{side.poses[0].score[move.n, move.j]:.4f}"
    assert maps.candidate.cell == "z 2, y 2, x 3"


def test_the_maps_are_those_of_the_joint_and_the_input(solid):
    for side in solid.result.evaluations:
        heatmap = side.outputs["heatmap"].reshape(2, 17, 64)
        heatmap[1, 0] *= 0.5
        heatmap[:] = np.roll(heatmap, 3, axis=1)
        for values in (side.poses[0].position, side.poses[0].score, side.poses[0].cell):
            values[:] = np.roll(values, 3, axis=1)
    found = {move.input_name: joint_maps(move) for move in moves(solid)}
    assert {move.joint for move in moves(solid)} == {"leftEar"}
    assert found["first"].slices[0].maps[0].high == "0.75"
    assert found["second"].slices[0].maps[0].high == "0.38"


def test_nan_cells_are_grey_and_a_lost_peak_is_none(solid):
    move = moves(solid)[0]
    heatmap = move.candidate.outputs["heatmap"]
    heatmap[move.n, 1, 0, 1] = np.nan  # joint 0, bin 1, row 0, column 1
    move.candidate.poses[0].cell[move.n, move.j] = -1
    maps = joint_maps(move)
    assert len(maps.slices) == 1
    assert tuple(opened(maps.slices[0].maps[1].picture)[0, 1]) == (128, 128, 128)
    assert maps.candidate == type(maps.candidate)("none", "0", "none")


def test_without_outputs_there_are_no_maps(measure, made):
    pose = made.pose((20, 20, 0.9))
    assert joint_maps(moves(measure(poses=[pose, pose]))[0]) is None


def test_three_views_show_depth_where_it_is(solid):
    first = solids(solid, moves(solid))[0]
    assert first.name == "first"
    front, side, _ = (view for _, view in first.views)
    (one,), (other,) = front.arrows, side.arrows
    assert one.start == one.end, "from the front a movement in depth cannot be seen"
    start, end = np.array(other.start), np.array(other.end)
    assert np.linalg.norm(end - start) == 16
    assert end[1] == start[1], "from the side depth lies across"


def test_a_3d_joint_thrown_far_away_leaves_the_others_their_size(solid):
    before = solids(solid, moves(solid))[0].views[0][1]
    moves(solid)[0].candidate.poses[0].position[:, 0] = 1e30
    after = solids(solid, moves(solid))[0].views[0][1]
    assert after.width <= 3 * 1.25 * before.width


def test_a_2d_head_has_no_views(measure, made):
    pose = made.pose((20, 20, 0.9))
    measurement = measure(poses=[pose, pose])
    assert solids(measurement, moves(measurement)) == ()
