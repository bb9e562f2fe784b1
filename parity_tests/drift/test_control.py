"""After a comparison held, the same comparison must fail on a planted change."""

from dataclasses import replace

import numpy as np
import pytest

from poseconvert.drift import (
    TOLERANCES,
    Control,
    Parity,
    Run,
    compare_outputs,
    controlled,
    judge,
    scaled_channel,
    yardstick_of,
)

RNG = np.random.default_rng(3)
VALUES = {"heatmap": RNG.normal(0, 1, (3, 5, 8, 8))}
YARDSTICKS = {name: yardstick_of(v, moved=[v], rounded=v * 1.0001) for name, v in VALUES.items()}


def held(tolerance, candidate=VALUES):
    outputs = compare_outputs(VALUES, candidate, tolerance=tolerance, yardsticks=YARDSTICKS)
    return judge(
        "stage", reference=Run("a"), candidate=Run("b"), inputs=("x", "y", "z"), outputs=outputs,
        joints=(), tolerance=tolerance,
    )  # fmt: skip


def planted(tolerance, candidate=VALUES):
    return scaled_channel(
        VALUES, candidate, tolerance=tolerance, yardsticks=YARDSTICKS, inputs=("x", "y", "z")
    )


def test_a_channel_that_grows_by_the_share_that_is_said_is_seen_under_every_tolerance():
    for name, tolerance in TOLERANCES.items():
        found = planted(tolerance)
        assert found.seen, name
        assert controlled(held(tolerance), [found]).parity is Parity.HELD


def test_in_float32_whose_steps_are_as_large_as_the_limit_it_is_seen_too():
    values = {"y": np.arange(49 * 3, dtype=np.float32).reshape(1, 3, 7, 7) / np.float32(7)}
    scales = {"y": yardstick_of(values["y"], moved=[values["y"]], rounded=values["y"])}

    for name, tolerance in TOLERANCES.items():
        found = scaled_channel(
            values, values, tolerance=tolerance, yardsticks=scales, inputs=("x",)
        )
        assert found.seen, name


def test_the_share_is_near_the_limit_not_far_above_it():
    fp16 = planted(TOLERANCES["coreml_from_onnx/fp16"]).change
    assert 0.005 < fp16 < 0.015  # a hundredth of the spread is allowed
    assert planted(TOLERANCES["onnx_from_torch"]).change < 1e-4


def test_a_channel_that_is_0_everywhere_hides_nothing():
    silent = {"heatmap": VALUES["heatmap"].copy()}
    silent["heatmap"][:, 2] = 0
    found = scaled_channel(
        silent, silent, tolerance=TOLERANCES["onnx_from_torch"], yardsticks={}, inputs=tuple("xyz")
    )
    assert found.seen
    assert "channel 2" not in found.where
    none = {"heatmap": np.zeros((2, 3, 4, 4))}
    absent = scaled_channel(
        none, none, tolerance=TOLERANCES["onnx_from_torch"], yardsticks={}, inputs=("x", "y")
    )
    assert (absent.seen, absent.reason) == (None, "every channel is 0 on every input")


@pytest.mark.parametrize("level", [1e-5, 1e-4])
def test_a_channel_that_is_quiet_on_every_input_is_counted_and_another_is_taken(level):
    """As a flag that is off: float16 noise of the output hides it, and hides no other channel."""
    some = {"heatmap": VALUES["heatmap"].copy()}
    some["heatmap"][:, 2] *= level
    noisy = {"heatmap": some["heatmap"] + np.float32(level)}
    limits = replace(TOLERANCES["coreml_from_onnx/fp16"], channel_db=10.0)
    found = scaled_channel(some, noisy, tolerance=limits, yardsticks={}, inputs=tuple("xyz"))
    assert (found.seen, found.quiet) == (True, 1)
    assert "channel 2" not in found.where
    assert not found.blind


def test_where_every_channel_is_too_quiet_the_comparison_is_blind():
    quiet = {"heatmap": VALUES["heatmap"] * np.float32(1e-5)}
    noisy = {"heatmap": quiet["heatmap"] + np.float32(1e-5)}
    limits = replace(TOLERANCES["coreml_from_onnx/fp16"], psnr_db=1.0, channel_db=1.0)
    found = scaled_channel(quiet, noisy, tolerance=limits, yardsticks={}, inputs=tuple("xyz"))
    assert found.blind
    assert found.quiet == 0


def test_a_comparison_that_lets_the_change_pass_is_not_established():
    comparison = held(TOLERANCES["onnx_from_torch"])
    for blind in (
        Control("scaled channel", "heatmap, channel 1 on x", 0.01, seen=False),
        Control("scaled channel", "heatmap, channel 1 on x", 0.8, seen=True),
    ):
        found = controlled(comparison, [blind])
        assert found.parity is Parity.NOT_RUN
        assert "too blind: scaled channel by" in found.reasons[0]
    absent = Control("exchanged inputs", "", reason="there is one input")
    assert controlled(comparison, [absent]).parity is Parity.HELD


def test_a_tolerance_too_wide_to_see_half_of_a_channel_is_blind():
    wide = replace(TOLERANCES["coreml_from_onnx/fp16"], psnr_db=1.0, channel_db=1.0)
    assert held(wide).parity is Parity.HELD
    assert controlled(held(wide), [planted(wide)]).parity is Parity.NOT_RUN
