"""What registrations say of ops is true of their kernels."""

from contextlib import suppress
from inspect import signature

import numpy as np
import pytest

from poseconvert.mil.executor import registry
from poseconvert.mil.executor.facts import PLAIN
from poseconvert.mil.executor.registry import facts_of, find, op, registrations
from poseconvert.mil.package.program import OPSETS
from poseconvert.pipeline.diagnose.variants import variants

REGISTERED = list(registrations())
X = np.linspace(-3, 3, 2 * 4 * 6 * 6, dtype=np.float32).reshape(2, 4, 6, 6)
ONES = np.ones(4, np.float32)
#: Arguments of ops that take more than ``x``.
ARGUMENTS = {
    "add": {"y": np.float32(0)},
    "avg_pool": {"kernel_sizes": np.array([1, 1]), "pad_type": "valid"},
    "batch_norm": {"mean": 0 * ONES, "variance": ONES, "epsilon": np.float32(0)},
    "clip": {"alpha": np.float32(-9), "beta": np.float32(9)},
    "conv": {"weight": np.eye(4, dtype=np.float32)[..., None, None]},
    "conv_transpose": {"weight": np.eye(4, dtype=np.float32)[..., None, None]},
    "gelu": {"mode": "EXACT"},
    "linear": {"weight": np.eye(6, dtype=np.float32)},
    "matmul": {"y": np.eye(6, dtype=np.float32)},
    "max_pool": {"kernel_sizes": np.array([2, 2]), "pad_type": "valid"},
    "mul": {"y": np.float32(1)},
    "resize_bilinear": {
        "target_size_height": 3,
        "target_size_width": 4,
        "sampling_mode": "DEFAULT",
    },
    "softmax": {"axis": 1},
    "sub": {"y": np.float32(0)},
    "upsample_bilinear": {"align_corners": True},
}


def having(fact):
    return [r for r in REGISTERED if getattr(r.facts, fact) not in (None, False)]


def named(registration):
    return f"{registration.type}-{registration.since}"


def given(registration):
    return {"x": X, **ARGUMENTS.get(registration.type, {})}


@pytest.mark.parametrize("registration", having("fresh"), ids=named)
def test_fresh_results_are_nobody_elses_even_where_nothing_changes(registration):
    arguments = given(registration)
    result = registration.kernel(**arguments)
    for value in arguments.values():
        assert not np.shares_memory(result, np.asarray(value))
    result += 1  # it may be written over


def test_a_kernel_that_passes_its_input_on_is_not_fresh():
    """The check can fail: identity and max_pool with windows of one element may give a view."""
    assert np.shares_memory(find("identity", "CoreML8").kernel(x=X), X)
    assert not facts_of("identity", "CoreML8").fresh


@pytest.mark.parametrize("registration", having("in_fp16"), ids=named)
def test_a_kernel_that_sums_in_fp16_has_the_ops_own_parameters(registration):
    own, half = (signature(k).parameters for k in (registration.kernel, registration.facts.in_fp16))
    assert list(own.values()) == list(half.values())
    near = registration.kernel(**given(registration))
    np.testing.assert_allclose(
        registration.facts.in_fp16(**given(registration)), near, rtol=0.02, atol=0.02
    )


@pytest.mark.parametrize("registration", having("bounds"), ids=named)
def test_bounds_are_what_the_kernel_holds_x_between(registration):
    arguments = given(registration)
    others = {name: value for name, value in arguments.items() if name != "x"}
    low, high = registration.facts.bounds(others)
    wide = np.float32([-1e4, -7, -0.5, 0, 0.5, 7, 1e4])
    expected = [max(low, min(high, float(v))) for v in wide]
    np.testing.assert_array_equal(registration.kernel(**{**arguments, "x": wide}), expected)


@pytest.mark.parametrize("registration", having("largest_x"), ids=named)
def test_above_the_largest_x_a_result_is_infinite_in_fp16(registration):
    limit = registration.facts.largest_x
    below, above = registration.kernel(x=np.float32([limit * 0.99, limit * 1.01]))
    with np.errstate(over="ignore"):
        inside = np.float16(below) < np.inf
        # softplus itself stays finite; the exponential that fp16 computes on the way does not
        outside = np.isinf(np.float16(above)) or np.isinf(np.float16(np.exp(limit * 1.07)))
    assert inside
    assert outside


@pytest.mark.parametrize("registration", having("plateau"), ids=named)
def test_a_plateau_has_six_values_and_then_one(registration):
    few, single = registration.facts.plateau
    beyond = registration.kernel(x=np.linspace(few, 40, 99_999, dtype=np.float32))
    assert len(np.unique(np.float16(beyond))) <= 7
    last = registration.kernel(x=np.linspace(single, 40, 999, dtype=np.float32))
    np.testing.assert_array_equal(np.float16(last), 1)


@pytest.mark.parametrize("type", sorted({r.type for r in REGISTERED}))
def test_facts_hold_in_every_opset(type):
    assert len({r.facts for r in REGISTERED if r.type == type}) == 1


@pytest.mark.parametrize("registration", having("doubts") + having("curve"), ids=named)
def test_every_doubt_is_an_op_that_runs(registration):
    """A diagnosis tries it on the op's own arguments."""
    found = list(variants(registration.type, given(registration)))
    assert found
    ran = 0
    for variant in found:
        kernel = find(variant.type or registration.type, "CoreML8").kernel
        arguments = {**given(registration), **variant.arguments}
        assert set(variant.arguments) <= set(signature(kernel).parameters)
        with suppress(ValueError):  # padding that does not fit
            ran += kernel(**arguments) is not None
    assert ran


def test_curves_are_tried_for_each_other_and_identity_last():
    others = [v.type for v in variants("relu", {"x": X}) if v.cause == "op replaced"]
    assert others == ["relu6", "sigmoid", "silu", "softsign", "tanh", "identity"]


def test_an_op_that_nobody_knows_has_no_facts_and_no_doubts():
    assert facts_of("convolve", OPSETS[-1]) is PLAIN
    assert list(variants("convolve", {"x": X})) == []


def test_an_op_registered_without_facts_has_the_defaults(monkeypatch):
    monkeypatch.setattr(registry, "_registrations", dict(registry._registrations))
    op("a test of facts", since="CoreML8")(lambda *, x: x)
    assert facts_of("a test of facts", "CoreML8") is PLAIN
    assert facts_of("a test of facts", "CoreML7") is PLAIN
