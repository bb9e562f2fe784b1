import math
from dataclasses import replace

import numpy as np

from poseconvert.reports.closer_look import focused
from poseconvert.reports.furthest_joints import moves
from poseconvert.reports.joints import furthest_first, joint_rows

NOSE, EYE = (20.0, 24.0, 0.9), (44.0, 24.0, 0.9)


def named(found):
    return [(move.joint, move.input_name) for move in found]


def test_every_joint_is_listed_once_in_the_artifact_where_it_lies_furthest(measure, made):
    poses = [made.pose(NOSE), made.pose((23, 28, 0.9)), made.pose((20, 26, 0.9))]
    found = moves(measure(poses=poses))
    assert named(found) == [("nose", "first"), ("nose", "second")]
    assert {move.candidate.run.label for move in found} == {"runner 1"}
    assert {move.distance for move in found} == {5.0}
    assert found[0].start.tolist() == [20, 24]
    assert found[0].end.tolist() == [23, 28]


def test_visible_joints_over_tolerance_come_first_then_hidden_then_by_distance(measure, made):
    start = made.pose((20, 20, 0.9), (20, 20, 0.2), (20, 20, 0.9), (20, 20, 0.9))
    end = made.pose((20.4, 20, 0.9), (60, 20, 0.2), (21, 20, 0.9), (20.3, 20, 0.9))
    found = moves(measure(poses=[start, end], names=("first", "second")))
    first = [move.joint for move in found if move.input_name == "first"]
    assert first == ["rightEye", "leftEye", "nose", "leftEar"]
    assert [move.over for move in found if move.input_name == "first"] == [True, True, False, False]


def test_within_tolerance_distance_alone_decides(measure, made):
    start = made.pose((20, 20, 0.9), (20, 20, 0.2))
    end = made.pose((20.1, 20, 0.9), (20.4, 20, 0.2))
    assert moves(measure(poses=[start, end]))[0].joint == "leftEye"


def test_a_flip_is_over_tolerance_however_near(measure, made):
    (move, _) = moves(measure(poses=[made.pose(NOSE), made.pose(NOSE, cells=1)]))
    assert (move.flipped, move.over, move.distance) == (True, True, 0.0)


def test_a_joint_on_one_side_only_is_infinitely_far(measure, made):
    lost = moves(measure(poses=[made.pose(NOSE, EYE), made.pose(NOSE)]))
    assert (lost[0].joint, lost[0].distance, lost[0].visible) == ("leftEye", math.inf, True)
    found = moves(measure(poses=[made.pose(NOSE), made.pose(NOSE, EYE)]))
    assert (found[0].joint, found[0].distance, found[0].over) == ("leftEye", math.inf, True)


def test_absent_on_both_sides_or_alone_is_no_move(measure, made):
    assert moves(measure(poses=[made.pose(), made.pose()])) == ()
    assert moves(measure(poses=[made.pose(NOSE)])) == ()
    assert moves(measure(made.not_run)) == ()


def test_places_are_in_the_picture_whatever_the_frame(measure, made):
    record = replace(made.spec, frame="centred_y_up")
    poses = [made.pose((-12.0, 8.0, 0.9)), made.pose((-12.0, 6.0, 0.9))]
    (move, _) = moves(measure(poses=poses, decode=(record,)))
    assert (move.start.tolist(), move.end.tolist()) == ([20, 24], [20, 26])


def test_joints_that_could_flip_follow_those_that_moved_least_margin_first(measure, made):
    pose = made.pose(NOSE, EYE, (30.0, 30.0, 0.9))
    comparison = made.comparison(
        joints=(
            made.joint("nose"),
            made.joint("leftEye", standing="at risk", margin=0.2),
            made.joint("rightEye", standing="at risk", margin=0.1),
            made.joint("leftEar", standing="at risk", margin=0.01, band="occluded"),
        )
    )
    moved = made.pose((29.0, 24.0, 0.9), EYE, (30.0, 30.0, 0.9))
    measurement = measure(comparison, poses=[pose, moved])
    chosen = focused(measurement, moves(measurement))
    assert [(focus.joint, focus.input_name) for focus in chosen] == [
        ("nose", "first"), ("nose", "second"), ("rightEye", "first"), ("leftEye", "first"),
    ]  # fmt: skip
    assert ("end to end", "could flip, margin 0.1") in chosen[2].facts
    assert ("by axis", "x +9.00, y 0 px") in chosen[0].facts


def test_rows_are_ordered_by_visible_flips_other_flips_and_distance(made):
    rows = joint_rows(
        [
            made.joint("near", displacement_px=0.1),
            made.joint("far", displacement_px=0.4),
            made.joint("hidden", band="occluded", standing="flipped", displacement_px=90.0),
            made.joint("seen", standing="flipped", displacement_px=3.0),
            made.joint("lost", standing="flipped", displacement_px=np.inf),
        ]
    )
    ordered = furthest_first(rows)
    assert [row.joint for row in ordered] == ["seen", "lost", "hidden", "far", "near"]
    assert [row.flip_px for row in ordered] == [3.0, 0.0, 90.0, 0.0, 0.0]
