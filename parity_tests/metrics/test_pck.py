"""PCK on poses worked out by hand."""

import numpy as np

from poseconvert.metrics.pck import distance, pck

TRUTH = np.array([[[0.0, 0.0], [100.0, 0.0], [0.0, 50.0]]] * 2)
EVERY = np.ones((2, 3), dtype=bool)


def shifted(*by):
    return TRUTH + np.array(by)[None, :, None] * (0.6, 0.8)


def test_a_joint_on_the_limit_is_right_and_one_beyond_is_wrong():
    found = shifted(10.0, 10.001, 0.0)
    ratio = pck(found, TRUTH, judged=EVERY, size=np.full(2, 100.0), share=0.1)

    assert ratio.total.tolist() == [2, 2]
    assert ratio.count.tolist() == [3, 3]
    assert ratio.value == 2 / 3


def test_a_joint_that_was_not_found_is_wrong_and_one_not_judged_does_not_count():
    found = shifted(0.0, 0.0, 0.0)
    found[0, 0] = np.nan
    judged = EVERY.copy()
    judged[:, 2] = False
    ratio = pck(found, TRUTH, judged=judged, size=np.full(2, 100.0), share=0.1)

    assert ratio.total.tolist() == [1, 2]
    assert ratio.count.tolist() == [2, 2]


def test_people_without_a_size_do_not_count():
    for size in (np.nan, 0.0):
        ratio = pck(TRUTH, TRUTH, judged=EVERY, size=np.array([size, 5.0]), share=0.1)
        assert ratio.count.tolist() == [0, 3]
        assert ratio.value == 1


def test_the_size_is_the_persons_own():
    found = shifted(10.0, 10.0, 10.0)
    ratio = pck(found, TRUTH, judged=EVERY, size=np.array([100.0, 99.0]), share=0.1)

    assert ratio.total.tolist() == [3, 0]


def test_distance_is_nan_where_an_end_is_missing():
    assert distance(TRUTH, 0, 1).tolist() == [100, 100]
    assert np.isnan(distance(TRUTH, 0, None)).all()
