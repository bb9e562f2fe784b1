"""Whatever is not measured, missing or not finite never passes, and the text says why."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.drift import (
    TOLERANCES,
    Floor,
    JointDrift,
    OutputDrift,
    Parity,
    Run,
    Tolerance,
    compare_outputs,
    judge,
    max_drift,
    not_run,
    tensor_drift,
    verdict,
)
from poseconvert.drift.comparison import joint_reasons
from poseconvert.drift.tolerances import FLOOR_FACTOR, FLOOR_LIMIT

TIGHT = Tolerance(1e-3, None, 0.5, "for tests")
LOUD = Tolerance(None, 55.0, 0.5, "for tests")
BOTH = Tolerance(1e-3, 55.0, 0.5, "for tests")
REFERENCE = {
    "heatmap": np.random.default_rng(1).uniform(0, 1, (1, 3, 4, 4)),
    "offset": np.random.default_rng(2).uniform(-1, 1, (1, 6, 4, 4)),
}


def parity(candidate, *, tolerance=TIGHT, reference=REFERENCE, joints=(), inputs=("a",), **more):
    outputs = compare_outputs(reference, candidate, tolerance=tolerance, **more)
    return judge(
        "stage", reference=Run("torch"), candidate=Run("onnx"), inputs=inputs, outputs=outputs,
        joints=joints, tolerance=tolerance,
    )  # fmt: skip


def changed(change):
    candidate = {name: value.copy() for name, value in REFERENCE.items()}
    change(candidate)
    return candidate


def set_one(value, name="offset"):
    def change(outputs):
        outputs[name][0, 1, 2, 3] = value

    return change


def test_equal_outputs_hold_under_every_tolerance():
    for tolerance in (*TOLERANCES.values(), BOTH):
        found = parity(changed(lambda _: None), tolerance=tolerance)
        assert (found.parity, found.reasons) == (Parity.HELD, ())


MUST_FAIL = {
    "one element moved": (lambda o: o["offset"].__setitem__((0, 1, 2, 3), 9), "worst at [0, 1, 2,"),
    "one NaN": (set_one(math.nan), "offset: 1 of 96 values are NaN or Inf"),
    "one Inf": (set_one(-math.inf), "offset: 1 of 96 values are NaN or Inf"),
    "all NaN": (lambda o: o["offset"].fill(math.nan), "offset: 96 of 96 values are NaN or Inf"),
    "an output missing": (lambda o: o.pop("heatmap"), "heatmap: missing in the candidate"),
    "an output more": (lambda o: o.update(more=np.ones(1)), "more: missing in the reference"),
    "an output renamed": (
        lambda o: o.update(Offset=o.pop("offset")),
        "offset: missing in the candidate",
    ),
    "outputs swapped": (
        lambda o: o.update(heatmap=o["offset"], offset=o["heatmap"]),
        "heatmap: shape (1, 6, 4, 4), the reference has (1, 3, 4, 4)",
    ),
    "a shape of the same size": (
        lambda o: o.update(heatmap=o["heatmap"].reshape(1, 3, 2, 8)),
        "heatmap: shape (1, 3, 2, 8), the reference has (1, 3, 4, 4)",
    ),
    "a shape that broadcasts": (
        lambda o: o.update(heatmap=o["heatmap"][:, :1]),
        "heatmap: shape (1, 1, 4, 4), the reference has (1, 3, 4, 4)",
    ),
    "channels in another order": (
        lambda o: o.update(heatmap=o["heatmap"][:, ::-1]),
        "heatmap: ",
    ),
    "all zero": (lambda o: o["heatmap"].fill(0), "heatmap: "),
    "scaled by 1 %": (lambda o: o["heatmap"].__imul__(1.01), "heatmap: "),
}


@pytest.mark.parametrize("tolerance", [TIGHT, LOUD, BOTH], ids=["relative", "psnr", "both"])
@pytest.mark.parametrize("name", MUST_FAIL)
def test_a_candidate_that_is_not_the_reference_breaks_parity(name, tolerance):
    change, text = MUST_FAIL[name]
    found = parity(changed(change), tolerance=tolerance)
    assert found.parity is Parity.BROKEN
    assert any(text in reason for reason in found.reasons), found.reasons


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_value_not_finite_on_either_side_or_both_never_passes(bad):
    broken = changed(set_one(bad))
    for pair in ((broken, REFERENCE), (REFERENCE, broken), (broken, broken)):
        assert parity(pair[1], reference=pair[0], tolerance=LOUD).parity is Parity.BROKEN


def test_the_reason_tells_on_which_side_values_are_not_finite():
    lost = changed(set_one(math.nan))
    for pair, text in (
        ((REFERENCE, lost), "1 of 96 values are NaN or Inf (1 in the candidate alone)"),
        ((lost, REFERENCE), "1 of 96 values are NaN or Inf (1 in the reference alone)"),
        ((lost, lost), "1 of 96 values are NaN or Inf"),
    ):
        assert parity(pair[1], reference=pair[0]).reasons == (f"offset: {text}",)


def test_an_empty_output_breaks_parity():
    empty = {"heatmap": np.zeros((0, 3))}
    found = parity(empty, reference=empty)
    assert (found.parity, found.reasons) == (
        Parity.BROKEN,
        ("heatmap: empty, nothing was compared",),
    )


def test_nothing_compared_is_not_run():
    for nothing in (parity({}, reference={}), parity(REFERENCE, inputs=())):
        assert nothing.parity is Parity.NOT_RUN
        assert "nothing was compared" in nothing.reasons
    skipped = not_run("stage", candidate=Run("coreml"), tolerance=TIGHT, reason="needs macOS")
    assert (skipped.parity, skipped.reasons, skipped.inputs) == (
        Parity.NOT_RUN, ("needs macOS",), (),
    )  # fmt: skip


@given(st.lists(st.sampled_from(Parity), max_size=4))
def test_the_verdict_is_held_only_when_every_comparison_ran_and_held(parities):
    made = {
        Parity.HELD: parity(REFERENCE),
        Parity.BROKEN: parity(changed(set_one(9))),
        Parity.NOT_RUN: parity({}, reference={}),
    }
    assert {wanted: found.parity for wanted, found in made.items()} == {p: p for p in Parity}
    if Parity.BROKEN in parities:
        expected = Parity.BROKEN
    elif not parities or Parity.NOT_RUN in parities:
        expected = Parity.NOT_RUN
    else:
        expected = Parity.HELD
    assert verdict([made[p] for p in parities]) is expected


UNIT = np.array([[0.0, 1.0, 0.5, 0.25]])  # range and peak 1


def moved_by(gap):
    return {"o": UNIT + np.array([0, 0, gap, 0])}


@pytest.mark.parametrize("relative", [1e-6, 1e-5, 1e-2])
def test_relative_tolerance_ends_where_it_says(relative):
    tolerance = Tolerance(relative, None, 1, "for tests")
    inside = parity(moved_by(relative * 0.999), reference={"o": UNIT}, tolerance=tolerance)
    outside = parity(moved_by(relative * 1.001), reference={"o": UNIT}, tolerance=tolerance)
    assert (inside.parity, outside.parity) == (Parity.HELD, Parity.BROKEN)


@pytest.mark.parametrize("decibel", [40.0, 55.0])
def test_psnr_tolerance_ends_where_it_says(decibel):
    tolerance = Tolerance(None, decibel, 1, "for tests")
    gap = 2 * 10 ** (-decibel / 20)  # one of 4 values: the rms is half of it
    inside = parity(moved_by(gap * 0.999), reference={"o": UNIT}, tolerance=tolerance)
    outside = parity(moved_by(gap * 1.001), reference={"o": UNIT}, tolerance=tolerance)
    assert (inside.parity, outside.parity) == (Parity.HELD, Parity.BROKEN)


def test_the_noise_floor_raises_the_float32_tolerance_and_never_lowers_it():
    tolerance = Tolerance(1e-6, None, 0.5, "for tests")
    for floor, gap, expected in (
        (1e-5, FLOOR_FACTOR * 0.99e-5, Parity.HELD),
        (1e-5, FLOOR_FACTOR * 1.01e-5, Parity.BROKEN),
        (1e-9, 0.99e-6, Parity.HELD),
        (0.0, 1.01e-6, Parity.BROKEN),
    ):
        found = parity(
            moved_by(gap), reference={"o": UNIT}, floor={"o": Floor(floor)}, tolerance=tolerance
        )
        assert found.parity is expected, (floor, gap)


def test_the_noise_floor_of_one_output_is_not_another_s():
    found = parity(moved_by(2e-3), reference={"o": UNIT}, floor={"p": Floor(1.0)})
    assert found.parity is Parity.BROKEN


def test_the_noise_floor_does_not_touch_the_float16_tolerance():
    gap = 4 * 10 ** (-55 / 20)
    found = parity(moved_by(gap), reference={"o": UNIT}, tolerance=LOUD, floor={"o": Floor(1.0)})
    assert found.parity is Parity.BROKEN
    assert found.outputs[0].allowed(LOUD) is None


@pytest.mark.parametrize("floor", [math.inf, math.nan])
def test_a_noise_floor_that_is_no_number_allows_nothing_more(floor):
    found = parity(moved_by(1e3), reference={"o": UNIT}, floor={"o": Floor(floor)})
    assert found.parity is Parity.BROKEN
    zero = np.zeros(4)
    against_zero = parity({"o": zero + 1}, reference={"o": zero}, floor={"o": Floor(floor)})
    assert against_zero.parity is Parity.BROKEN


def test_the_text_names_the_place_the_values_and_a_tolerance_that_would_have_passed():
    (reason,) = parity(moved_by(0.05), reference={"o": UNIT}).reasons
    assert reason == (
        "o: drift 0.05 of the range, allowed 1.0e-03; worst at [0, 2]: reference 0.5,"
        " candidate 0.55; would pass with 5.3e-02"
    )
    (reason,) = parity(moved_by(0.05), reference={"o": UNIT}, tolerance=LOUD).reasons
    assert reason == (
        "o: PSNR 32.0 dB, at least 55 dB wanted; worst at [0, 2]: reference 0.5,"
        " candidate 0.55; would pass with 32 dB"
    )
    zero = parity({"o": UNIT}, reference={"o": UNIT * 0}, tolerance=LOUD).reasons
    assert zero == (
        "o: the reference is zero everywhere, the candidate is not; worst at [0, 1]: reference 0,"
        " candidate 1",
    )


@given(st.floats(1.001e-3, 1e3))
def test_the_tolerance_that_would_have_passed_passes(gap):
    for tolerance, pattern in ((TIGHT, r"with ([\d.e+-]+)$"), (LOUD, r"with (-?\d+) dB$")):
        (reason,) = parity(moved_by(gap * 10), reference={"o": UNIT}, tolerance=tolerance).reasons
        limit = float(re.search(pattern, reason)[1])
        wider = Tolerance(
            limit if tolerance.relative else None, limit if tolerance.psnr_db else None, 1, ""
        )
        again = parity(moved_by(gap * 10), reference={"o": UNIT}, tolerance=wider)
        assert again.parity is Parity.HELD, reason


def joint(**change):
    values = {
        "joint": "rHand", "input_name": "noise", "head": "3d", "band": "visible",
        "displacement_px": 0.1, "depth_cells": 0.0, "score": 0.9, "candidate_score": 0.9,
        "margin": 0.4, "standing": "safe",
    }  # fmt: skip
    return JointDrift(**(values | change))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"displacement_px": 0.4999}, None),
        ({"displacement_px": 0.5}, None),
        ({"displacement_px": 0.5001}, "rHand (3d) on noise: moved 0.5 px, allowed 0.5 px"),
        ({"displacement_px": 3.0, "standing": "at risk"}, "moved 3 px, allowed 0.5 px"),
        ({"displacement_px": 3.0, "band": "occluded"}, None),
        (
            {"displacement_px": 3.0, "band": "occluded", "candidate_visible": True},
            "moved 3 px, allowed 0.5 px",
        ),
        (
            {"standing": "flipped", "band": "occluded", "candidate_visible": True},
            "rHand (3d) on noise: became visible",
        ),
        ({"displacement_px": 3.0, "pattern": True}, None),
        ({"displacement_px": 99.0, "standing": "flipped", "pattern": True}, None),
        ({"displacement_px": 2.0, "stepped": True}, "visible joint flipped its step"),
        ({"displacement_px": 2.0, "stepped": True, "band": "occluded"}, None),
        ({"displacement_px": math.nan}, "moved nan px, allowed 0.5 px"),
        ({"displacement_px": math.inf}, "moved inf px"),
        (
            {"standing": "flipped", "displacement_px": 16.0},
            "visible joint flipped, moved 16.0 px (score 0.900, margin 0.4)",
        ),
        ({"standing": "flipped", "displacement_px": 0.01}, "visible joint flipped, moved 0.0 px"),
        ({"standing": "flipped", "displacement_px": 99.0, "band": "occluded"}, None),
        ({"standing": "flipped", "displacement_px": math.inf, "band": "absent"}, None),
        ({"displacement_px": math.nan, "band": "absent", "standing": "at risk"}, None),
    ],
)
def test_which_joints_break_parity(change, text):
    found = parity(REFERENCE, joints=[joint(), joint(**change)])
    assert found.parity is (Parity.BROKEN if text else Parity.HELD)
    assert joint_reasons(found.joints, TIGHT) == found.reasons
    assert len(found.reasons) == (1 if text else 0)
    assert (text or "") in "".join(found.reasons)


def test_largest_drift_of_an_output_that_was_not_measured_is_infinite():
    outputs = compare_outputs({"a": UNIT, "b": UNIT}, {"a": UNIT + 0.5}, tolerance=TIGHT)
    assert max_drift(outputs, "a") == 0.5
    assert max_drift(outputs, "b") == math.inf
    assert max_drift(outputs, "c") == math.inf
    nan = OutputDrift("n", tensor_drift(UNIT, UNIT * math.nan), "")
    assert max_drift((nan,), "n") == math.inf


def test_every_tolerance_has_a_reason_and_a_limit():
    for name, tolerance in TOLERANCES.items():
        assert tolerance.reason, name
        assert (tolerance.relative is None) != (tolerance.psnr_db is None), name
        assert tolerance.joint_px > 0, name


def test_a_joint_that_only_the_candidate_sees_breaks_parity():
    ghost = JointDrift(
        joint="rHand",
        input_name="picture",
        head="2d",
        band="absent",
        displacement_px=math.inf,
        depth_cells=0.0,
        score=0.0,
        candidate_score=0.7,
        margin=math.nan,
        standing="flipped",
        candidate_visible=True,
    )
    tolerance = TOLERANCES["onnx_from_torch"]

    (reason,) = joint_reasons([ghost], tolerance)

    assert "rHand (2d) on picture: became visible" in reason
    assert joint_reasons([replace(ghost, candidate_visible=False)], tolerance) == ()


def test_no_noise_floor_excuses_more_than_a_thousandth_of_the_range():
    wild = OutputDrift("y", tensor_drift(UNIT, UNIT), "", floor=0.3)

    assert wild.allowed(TOLERANCES["onnx_from_torch"]) == FLOOR_LIMIT
