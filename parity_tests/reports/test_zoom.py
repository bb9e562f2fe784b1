import math
from dataclasses import replace

import numpy as np
import pytest

from poseconvert.reports.furthest_joints import moves
from poseconvert.reports.layers import RED, zoom_picture
from poseconvert.reports.thumbnails import jpeg, png, thumbnails
from poseconvert.reports.zoom import crop_uri, movement, zoom


@pytest.fixture
def picture():
    generator = np.random.Generator(np.random.PCG64(0))
    return generator.integers(0, 256, (64, 64, 3), np.uint8)


@pytest.fixture
def looked(measure, made, picture):
    """Return a window on a joint that goes from one place to another."""

    def look(start, end):
        poses = [made.pose(*([start] if start else [])), made.pose(*([end] if end else []))]
        move = moves(measure(poses=poses))[0]
        return move, zoom(move, picture)

    return look


def test_the_window_is_four_times_as_wide_as_the_movement(looked):
    _, seen = looked((20.0, 24.0, 0.9), (26.0, 32.0, 0.9))
    assert (seen.side, seen.left, seen.top) == (40.0, 3.0, 8.0)
    assert (seen.start, seen.end, seen.allowed) == ((20, 24), (26, 32), 0.5)


def test_a_movement_of_a_part_of_a_pixel_is_seen_beside_what_is_allowed(looked, picture):
    move, seen = looked((20.0, 24.0, 0.9), (20.3, 24.0, 0.9))
    assert seen.side == 12 * 0.5
    assert zoom(replace(move, allowed=0.2), picture).side == pytest.approx(12 * 0.2)
    unlimited = zoom(replace(move, allowed=math.inf), picture)
    assert (unlimited.side, unlimited.allowed) == (6.0, 0.0)


def test_the_pixels_are_those_the_window_touches_at_their_place(looked, picture):
    _, seen = looked((20.0, 24.0, 0.9), (21.0, 24.0, 0.9))
    assert (seen.left, seen.side) == (17.5, 6.0)  # from 17.5 to 23.5: the pixels 18 to 23
    left, top, width, height = seen.box
    assert (left, width) == (17.5, 6.0)
    assert top <= seen.top
    assert top + height >= seen.top + seen.side
    row, column = round(top + 0.5), round(left + 0.5)
    np.testing.assert_array_equal(
        seen.pixels, picture[row : row + int(height), column : column + int(width)]
    )


def test_a_window_over_the_edge_holds_what_there_is(looked):
    _, seen = looked((0.0, 24.0, 0.9), (1.0, 24.0, 0.9))
    assert seen.left < -0.5
    assert seen.box[0] == -0.5
    assert seen.pixels.shape[1] == 4


@pytest.mark.parametrize("end", [(1e30, 24.0, 0.9), (-1e30, -1e30, 0.9)])
def test_a_joint_thrown_far_away_makes_no_huge_window(looked, end):
    _, seen = looked((20.0, 24.0, 0.9), end)
    assert seen.side <= 4 * np.hypot(3, 3) * 64
    assert seen.pixels.shape[0] <= 64
    assert zoom_picture(seen, 100).size == (100, 100)


def test_outside_the_picture_there_are_no_pixels(looked):
    _, seen = looked((150.0, 24.0, 0.9), (151.0, 24.0, 0.9))
    assert seen.pixels.size == 0
    assert crop_uri(seen) == ""
    assert zoom_picture(seen, 50).getpixel((1, 1)) == (128, 128, 128)


def test_lost_found_flipped_and_moved_are_said_in_words(looked):
    nose, away = (20.0, 24.0, 0.9), (23.0, 28.0, 0.9)
    assert movement(looked(nose, away)[0]) == "moved 5.00 px"
    lost, seen = looked(nose, None)
    assert movement(lost) == "lost: only the reference has it"
    assert (seen.start, seen.end) == ((20, 24), None)
    found, seen = looked(None, nose)
    assert movement(found) == "found: the reference lacks it"
    assert (seen.start, seen.end) == (None, (20, 24))


def test_drawn_the_dot_is_where_the_candidate_has_it(looked):
    _, seen = looked((20.0, 24.0, 0.9), (26.0, 24.0, 0.9))
    pixels = np.asarray(zoom_picture(seen, 240))  # 24 px across: ten per pixel
    x, y = ((place - corner) * 10 for place, corner in ((26.0, seen.left), (24.0, seen.top)))
    assert tuple(pixels[round(y), round(x)]) == RED
    assert tuple(pixels[round(y), round(x) - 30]) == RED, "no line between the two"


def test_pictures_keep_their_shape_and_are_small(picture, measure, made):
    assert jpeg(np.zeros((1000, 2000, 3), np.uint8)).startswith("data:image/jpeg;base64,")
    assert png(picture).startswith("data:image/png;base64,")
    first, _ = thumbnails(measure(made.comparison()))
    assert (first.name, first.size) == ("first", "64x64")
    assert len(first.picture) < 6_000
