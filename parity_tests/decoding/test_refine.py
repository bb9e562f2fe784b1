"""Where a joint moves within its cell, and where it must not."""

import numpy as np
import pytest

from poseconvert.decoding import decode, specs

(SPEC,) = specs("simple_baselines", input_size=(24, 28), shapes={"heatmap": (1, 17, 6, 7)})


@pytest.mark.parametrize(
    ("x", "y", "moved"),
    [
        (1, 3, (0, 0)),
        (5, 3, (0.25, 0.25)),
        (2, 3, (0.25, 0.25)),
        (6, 3, (0, 0)),
        (3, 1, (0, 0)),
        (3, 2, (0.25, 0.25)),
        (3, 4, (0.25, 0.25)),
        (3, 5, (0, 0)),
    ],
)
def test_a_quarter_cell_is_moved_only_within_the_published_border(x, y, moved):
    """``1 < x < W - 1`` and y alike; the larger neighbours are to the right and below."""
    maps = np.zeros((1, 17, 6, 7), np.float32)
    maps[..., y, x] = 0.9
    for there in ((y, x + 1), (y + 1, x)):
        if there[0] < 6 and there[1] < 7:
            maps[..., there[0], there[1]] = 0.5
    plain = np.zeros_like(maps)
    plain[..., y, x] = 0.9
    apart = decode({"heatmap": maps}, SPEC).position - decode({"heatmap": plain}, SPEC).position
    np.testing.assert_allclose(apart[0, 0] / np.array(SPEC.stride[::-1]), moved, atol=1e-9)
