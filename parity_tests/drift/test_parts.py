"""Every channel of every input is judged by its own spread, and no neighbour hides it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.drift import TOLERANCES, Tolerance, compare_outputs, yardstick_of
from poseconvert.drift.parts import measured, part_drifts

FP16, FP32 = TOLERANCES["coreml_from_onnx/fp16"], TOLERANCES["coreml_from_onnx/fp32"]
RNG = np.random.default_rng(5)
STORED = RNG.normal(0, 1, (5, 17, 16, 12))
# What rounding to float16 leaves: a thousandth of the spread.
KNOWN = yardstick_of(STORED, rounded=STORED + RNG.normal(0, 1e-4, STORED.shape), moved=[STORED])


def broken(reference, candidate, tolerance, yardstick=KNOWN):
    (found,) = compare_outputs(
        {"y": reference}, {"y": candidate}, tolerance=tolerance, yardsticks={"y": yardstick}
    )
    return found.reason


def test_one_channel_3_percent_too_high_is_seen_though_all_of_it_has_57_db():
    candidate = STORED + RNG.normal(0, 1e-4, STORED.shape)
    assert broken(STORED, candidate, FP16) == ""
    candidate[:, 5] *= 1.03

    (found,) = compare_outputs({"y": STORED}, {"y": candidate}, tolerance=FP16)
    assert found.drift.psnr_db > 54
    assert "y: channel 5 on input" in broken(STORED, candidate, FP16)


def test_a_channel_of_tensorflow_lies_on_the_last_axis():
    values = RNG.normal(0, 1, (2, 16, 16, 9))
    candidate = values.copy()
    candidate[1, :, :, 4] *= 1.03
    known = yardstick_of(values, rounded=values * (1 + 1e-4))
    assert "channel 4 on input 2" in broken(values, candidate, FP16, known)


@pytest.mark.parametrize("tolerance", [FP16, FP32], ids=["fp16", "fp32"])
@given(
    size=st.floats(-7, -0.5),
    place=st.tuples(st.integers(0, 4), st.integers(0, 16)),
    order=st.permutations(range(5)),
    cut=st.integers(1, 4),
)
def test_grouping_and_order_of_inputs_never_change_a_verdict(tolerance, size, place, order, cut):
    candidate = STORED + 1e-7 * STORED
    candidate[place] += 10**size * RNG.normal(0, 1, STORED.shape[2:])

    together = broken(STORED, candidate, tolerance)
    singly = [broken(STORED[[n]], candidate[[n]], tolerance) for n in range(5)]
    groups = [broken(STORED[at], candidate[at], tolerance) for at in (order[:cut], order[cut:])]

    assert bool(together) == any(singly) == any(groups)


@given(
    limits=st.tuples(st.floats(1e-7, 1e-1), st.floats(5, 80), st.floats(5, 80)),
    seed=st.integers(0, 99),
)
def test_the_parts_that_are_kept_decide_as_all_of_them_do(limits, seed):
    rng = np.random.default_rng(seed)
    noise = 10 ** rng.uniform(-7, -1, (5, 17, 1, 1))
    candidate = STORED + noise * rng.normal(0, 1, STORED.shape)
    rounded = STORED + 10 ** rng.uniform(-5, -2, (1, 17, 1, 1)) * rng.normal(0, 1, STORED.shape)
    yardstick = yardstick_of(STORED, rounded=rounded, moved=[STORED + 1e-3 * (rounded - STORED)])
    tolerance = Tolerance(
        limits[0], limits[1], 0.5, "", limits[2], follow_rounding=("psnr_db", "channel_db")
    )
    kept = max(part.excess(tolerance) for part in part_drifts(STORED, candidate, yardstick))
    all_of_them = 0.0
    for one in measured(STORED, candidate, yardstick):
        kind = one.cut.kind
        for n, k in np.ndindex(one.share.shape):
            allowed = tolerance.allowed_relative(kind, one.floor[k])
            least = tolerance.allowed_db(kind, one.rounding[k])
            all_of_them = max(
                all_of_them, one.relative[n, k] / allowed, one.share[n, k] * 10 ** (least / 20)
            )
    assert kept == pytest.approx(all_of_them)


def test_noise_on_a_sigmoid_that_sees_nobody_breaks_nothing():
    quiet = 1.8e-4 + 1e-6 * RNG.normal(0, 1, (3, 4, 8, 8))
    candidate = quiet + 5e-8
    sigmoid = yardstick_of(quiet, moved=[quiet], op_span=1.0)
    assert broken(quiet, candidate, FP32, sigmoid) == ""
    assert broken(quiet, quiet + 1e-3, FP32, sigmoid)
    assert broken(quiet, candidate, FP32, yardstick_of(quiet, moved=[quiet]))


def test_a_quiet_picture_is_judged_by_what_the_stored_inputs_showed():
    yardstick = yardstick_of(STORED, moved=[STORED])
    empty = 1e-3 * RNG.normal(0, 1, (1, 17, 16, 12))
    assert broken(empty, empty + 3e-6, FP32, yardstick) == ""
    assert broken(empty, empty + 3e-6, FP32)[:2] == "y:" or broken(empty, empty + 3e-3, FP32)


def test_a_candidate_that_does_not_vary_where_the_reference_does_is_broken():
    far = 10000 + RNG.uniform(-1.4, 2.2, (4, 4, 16, 16))
    rounded = far * (1 + RNG.uniform(-1, 1, (1, 4, 1, 1)) * 2.0**-11)
    found = broken(far, np.full_like(far, 10000.0), FP16, yardstick_of(far, rounded=rounded))
    assert "the candidate does not vary where the reference does" in found


def test_a_score_beside_a_distance_is_judged_by_what_scores_vary():
    table = np.column_stack([RNG.uniform(0, 1, 6), RNG.uniform(2000, 9000, 6)])
    candidate = table.copy()
    candidate[:, 0] += 0.2
    yardstick = yardstick_of(table, rounded=table * (1 + 1e-4))
    assert broken(table, table * (1 + 2e-4), FP16, yardstick) == ""
    assert "value 0 on input" in broken(table, candidate, FP16, yardstick)


def test_float32_may_always_store_its_last_places():
    far = 5000 + RNG.normal(0, 0.05, (3, 4, 8, 8))
    stored = far.astype(np.float32).astype(np.float64)
    assert broken(far, stored, FP32, yardstick_of(far, moved=[stored])) == ""


@pytest.mark.parametrize("level", [0.05, 40.0, 5000.0])
def test_float32_may_sum_in_another_order_far_from_zero(level):
    """As global pooling gives it: values that hardly vary, beside one that does."""
    far = level * (1 + RNG.normal(0, 1e-4, (3, 5)))
    far[:, 0] = level * RNG.uniform(-1, 1, 3)
    off = far * (1 + RNG.choice([-1, 1], far.shape) * 24 * 2.0**-24)
    yardstick = yardstick_of(far, moved=[far * (1 + 2.0**-24)])
    assert broken(far, off, FP32, yardstick) == ""
    wrong = far.copy()
    wrong[:, 3] *= 1 + 1e-5
    assert "value 3" in broken(far, wrong, FP32, yardstick)


def test_an_output_of_one_value_is_judged_by_its_magnitude():
    one = np.full((3, 1), 7.0)
    assert broken(one, one * (1 + 1e-6), FP32, yardstick_of(one, moved=[one])) == ""
    assert broken(one, one * 1.01, FP32, yardstick_of(one, moved=[one]))


def test_the_next_whole_number_is_another_answer_however_far_they_reach():
    index = RNG.integers(0, 3000, (2, 17)).astype(np.float64)
    candidate = index.copy()
    candidate[1, 4] += 1
    assert broken(index, index + 0.001, FP16, yardstick_of(index)) == ""
    assert "whole numbers, and 1 off" in broken(index, candidate, FP16, yardstick_of(index))
