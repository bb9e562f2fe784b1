"""Hazards that show only when a package runs, each with a network that has it and one without."""

import numpy as np
import pytest

from poseconvert.mil import find_seen_hazards, read_package


def told(path, *inputs):
    hazards = find_seen_hazards(read_package(path), [{"x": x} for x in inputs])
    assert all(hazard.cure.endswith(".") and "\n" not in str(hazard) for hazard in hazards)
    return [str(hazard) for hazard in hazards]


def full(value, *shape):
    return np.full(shape, value, np.float32)


@pytest.mark.parametrize(
    ("value", "text"),
    [(300, None), (400, "reaches 4e+04; multiply-accumulate"), (900, "reaches 9e+04, infinite")],
)
def test_large_values(save, value, text):
    path = save(lambda mb, x: mb.mul(x=x, y=100.0, name="scaled"), (2,), precision="fp16")
    texts = [one for one in told(path, full(value, 2)) if one.startswith("scaled")]
    assert bool(texts) == bool(text)
    assert all(text in one for one in texts)


def test_partial_sums_that_cancel_are_seen_by_their_absolute_products(save):
    """The sum itself is 0: only the products on the way to it are large."""
    weight = np.concatenate([full(1, 1, 50, 1, 1), full(-1, 1, 50, 1, 1)], axis=1)
    path = save(
        lambda mb, x: mb.conv(x=x, weight=weight, pad_type="valid", name="layer"),
        (1, 100, 1, 1),
        precision="fp16",
    )
    (text,) = told(path, full(1000, 1, 100, 1, 1))
    assert text.startswith("layer")
    assert "sums up to 1e+05 in absolute products" in text
    assert told(path, full(100, 1, 100, 1, 1)) == []


@pytest.mark.parametrize(("op", "limit"), [("exp", 11.09), ("softplus", 10.4)])
def test_exponentials_above_their_limit(save, op, limit):
    path = save(lambda mb, x: getattr(mb, op)(x=x, name="grown"), (1, 2, 1, 1), precision="fp16")
    below = told(path, full(limit - 0.1, 1, 2, 1, 1))
    assert not any("is above" in text for text in below)
    texts = told(path, full(limit + 0.1, 1, 2, 1, 1))
    assert any(f"is above {limit}, where fp16 overflows" in text for text in texts)


def test_the_plateau_of_a_sigmoid(save):
    path = save(lambda mb, x: mb.sigmoid(x=x, name="heat"), (4,), precision="fp16")
    (text,) = told(path, np.array([1, 5, 7, 9], np.float32))
    assert "2 of 4 logits lie above 6" in text
    assert "1 above 8.32" in text
    assert told(path, np.array([1, 5, 5, 5], np.float32)) == []


def test_peaks_that_tie_in_fp16_only(save):
    path = save(lambda mb, x: mb.sigmoid(x=x, name="heat"), (1, 2, 1, 4), precision="fp16")
    logits = np.array([[[[1, 2, 8.5, 8.6]], [[1, 2, 3, 4]]]], np.float32)
    texts = told(path, logits)
    assert any("1 of 2 planes have one highest value in fp32, several in fp16" in t for t in texts)


def test_the_worst_input_counts_once(save):
    path = save(lambda mb, x: mb.mul(x=x, y=100.0, name="scaled"), (2,), precision="fp16")
    texts = [t for t in told(path, full(400, 2), full(900, 2)) if t.startswith("scaled")]
    assert len(texts) == 1
    assert "reaches 9e+04" in texts[0]


def test_ops_declared_float32_have_none(save):
    path = save(lambda mb, x: mb.exp(x=mb.mul(x=x, y=100.0)), (2,))
    assert told(path, full(0.9, 2)) == []
