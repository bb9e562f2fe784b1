"""OpenPose's peaks are those of their definition, in a loop; chunks change nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from parity_tests.decoding import scenes
from poseconvert.decoding import decode, specs
from poseconvert.decoding.people import fields

HEIGHTS = st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, -0.3, math.nan])


def by_loop(heights, least, reach, highest):
    """Peaks (x, y) of one map: above the four beside them, by x, then y, the first of near ones."""
    rows, columns = heights.shape

    def height(y, x):
        inside = 0 <= y < rows and 0 <= x < columns
        return heights[y, x] if inside and heights[y, x] > least else 0.0

    around = ((0, 1), (0, -1), (1, 0), (-1, 0))
    peaks = [
        (y, x)
        for y in range(rows)
        for x in range(columns)
        if heights[y, x] > least and all(height(y, x) > height(y + v, x + u) for v, u in around)
    ]
    peaks = sorted(peaks, key=lambda at: -heights[at])[:highest]
    stay = []
    for y, x in sorted(peaks, key=lambda at: at[::-1]):
        if all(math.hypot(x - across, y - down) >= reach for across, down in stay):
            stay.append((x, y))
    return stay


@given(
    maps=arrays(np.float32, (3, 5, 6), elements=HEIGHTS),
    least=st.sampled_from([0.0, 0.1, -0.5]),
    reach=st.sampled_from([0.0, 1.5, 3.0]),
    highest=st.integers(1, 6),
)
def test_peaks_are_those_of_a_loop(maps, least, reach, highest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fields, "_HIGHEST", highest)
        found = fields._peaks(maps, least, reach)
    for joint, heights in enumerate(maps):
        mine = slice(found.begin[joint], found.begin[joint + 1])
        cells = list(zip(found.x[mine], found.y[mine], strict=True))
        assert cells == by_loop(heights, least, reach, highest)
        assert [heights[y, x] for x, y in cells] == found.height[mine].astype(np.float32).tolist()


@pytest.mark.parametrize("pairs", [1, 30, 200])
def test_how_many_pairs_are_read_at_once_changes_nothing(monkeypatch, pairs):
    outputs = scenes.openpose(scenes.figures(3, 4, joints=18), noise=0.05)
    shapes = {name: tensor.shape for name, tensor in outputs.items()}
    (spec,) = specs("openpose", input_size=(256, 256), shapes=shapes)
    whole = decode(outputs, spec)
    monkeypatch.setattr(fields, "_PAIRS", pairs)
    cut = decode(outputs, spec)
    np.testing.assert_array_equal(cut.position, whole.position)
    np.testing.assert_array_equal(cut.score, whole.score)
    assert np.isfinite(whole.position).any()
