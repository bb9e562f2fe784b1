import re
from dataclasses import replace

import numpy as np
import pytest

from poseconvert.decoding import skeleton_named
from poseconvert.reports.drawing import drawing
from poseconvert.reports.panels import overlays

WINDOW = (-0.5, -0.5, 64.0, 64.0)
SHOULDERS = ((12.0, 32.0, 0.9), (52.0, 32.0, 0.9))
LACKING = ((np.nan, np.nan, 0.0),) * 5


@pytest.fixture
def drawn(measure, made):
    def draw(*ends, **changes):
        row = overlays(measure(poses=[made.pose(*pose) for pose in ends]), limit=1).rows[0]
        marks = replace(row.panels[-1].marks, **changes)
        return drawing(marks, skeleton_named("coco_17"), window=WINDOW)

    return draw


def test_joints_and_bones_are_where_the_pose_has_them(drawn):
    seen = drawn((*LACKING, *SHOULDERS))
    assert [(dot.label, dot.x, dot.y, dot.side) for dot in seen.dots] == [
        ("leftShoulder", 12, 32, "left"),
        ("rightShoulder", 52, 32, "right"),
    ]
    assert [(stroke.path, stroke.side) for stroke in seen.strokes] == [
        ("M12 32L52 32", "middle"),
    ]
    assert (seen.ghost, seen.arrows) == ("", ())


def test_a_bone_with_a_hidden_end_is_faint_and_below(drawn):
    seen = drawn((*LACKING, *SHOULDERS, (12.0, 60.0, 0.2)))
    assert [stroke.solid for stroke in seen.strokes] == [False, True]
    assert [dot.solid for dot in seen.dots] == [True, True, False]


def test_where_a_joint_moved_the_reference_lies_below_and_an_arrow_leads_away(drawn):
    moved = (*LACKING, SHOULDERS[0], (40.0, 32.0, 0.9))
    seen = drawn((*LACKING, *SHOULDERS), moved)
    assert seen.ghost == "M12 32L52 32"
    (arrow,) = seen.arrows
    assert (arrow.start, arrow.end, arrow.label) == ((52, 32), (40, 32), "rightShoulder")


def test_a_lost_joint_is_marked_where_it_was(drawn):
    (arrow,) = drawn((*LACKING, *SHOULDERS), (*LACKING, SHOULDERS[0])).arrows
    assert arrow.start == arrow.end == (52, 32)


def test_what_lies_nowhere_is_drawn_outside_and_never_as_a_number_svg_lacks(drawn):
    seen = drawn((*LACKING, (12.0, 32.0, 0.9), (1e300, np.inf, 0.9)))
    text = repr(seen)
    assert "nan" not in text
    assert not re.search(r"\binf\b", text)
