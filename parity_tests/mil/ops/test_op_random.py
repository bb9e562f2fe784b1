from types import SimpleNamespace

import numpy as np
import pytest

from poseconvert.mil import Executor, read_package
from poseconvert.mil.ops.random.random_bernoulli import random_bernoulli
from poseconvert.mil.ops.random.random_categorical import random_categorical
from poseconvert.mil.ops.random.random_normal import random_normal
from poseconvert.mil.ops.random.random_uniform import random_uniform
from poseconvert.mil.ops.shared.randomness import seeded

MANY = np.array([200, 1000])

# Six standard errors of 200,000 draws: a right kernel fails once in 5e8 seeds, and the seed is set.
WITHIN = 6 / np.sqrt(200_000)


def draws():
    return {
        "bernoulli": random_bernoulli(shape=MANY, prob=np.float32(0.3), seed=5),
        "normal": random_normal(shape=MANY, mean=2.0, stddev=3.0, seed=5),
        "uniform": random_uniform(shape=MANY, low=-1.0, high=3.0, seed=5),
    }


def test_shapes_and_carriers():
    for drawn in draws().values():
        assert drawn.shape == (200, 1000)
        assert drawn.dtype == np.float32


def test_moments_are_the_distributions():
    drawn = draws()
    assert set(np.unique(drawn["bernoulli"])) == {0, 1}
    assert drawn["bernoulli"].mean() == pytest.approx(0.3, abs=WITHIN * np.sqrt(0.21))
    assert drawn["normal"].mean() == pytest.approx(2, abs=WITHIN * 3)
    assert drawn["normal"].std() == pytest.approx(3, abs=WITHIN * 3)
    assert (np.abs(drawn["normal"] - 2) < 3).mean() == pytest.approx(0.6827, abs=WITHIN / 2)
    assert drawn["uniform"].min() >= -1
    assert drawn["uniform"].max() < 3
    counts, _ = np.histogram(drawn["uniform"], bins=16, range=(-1, 3))
    np.testing.assert_allclose(counts / 200_000, 1 / 16, atol=WITHIN / 4)


@pytest.mark.parametrize("mode", ["logits", "probs"])
def test_categories_come_as_often_as_their_probability(mode):
    weights = np.array([[1, 2, 0, 5], [4, 0, 4, 0]], np.float32)
    with np.errstate(divide="ignore"):
        x = np.log(weights) + np.float32(7) if mode == "logits" else weights
    got = random_categorical(x=x[None], mode=mode, size=200_000, seed=3)
    assert got.shape == (1, 2, 200_000)
    for row, wanted in zip(got[0], weights / weights.sum(1, keepdims=True), strict=True):
        counts = np.bincount(row.astype(int), minlength=4) / 200_000
        np.testing.assert_allclose(counts, wanted, atol=WITHIN / 2)
        assert counts[wanted == 0].sum() == 0


def test_a_draw_of_exactly_zero_takes_no_impossible_category(monkeypatch):
    zeros = SimpleNamespace(random=np.zeros)
    monkeypatch.setattr("poseconvert.mil.ops.random.random_categorical.stream", lambda seed: zeros)
    assert random_categorical(x=np.array([0, 2.0, 1]), mode="probs", size=3).tolist() == [1, 1, 1]


def test_degenerate_distributions_give_their_only_value():
    shape = np.array([2, 3])
    assert (random_bernoulli(shape=shape, prob=1.0) == 1).all()
    assert (random_bernoulli(shape=shape, prob=0.0) == 0).all()
    assert (random_normal(shape=shape, mean=1.0, stddev=0.0) == 1).all()
    assert (random_uniform(shape=shape, low=2.0, high=2.0) == 2).all()
    assert (random_categorical(x=np.array([4], np.int32), size=5) == 0).all()


def test_a_seed_repeats_and_no_seed_does_not():
    def both(seed):
        return random_normal(shape=MANY, seed=seed), random_normal(shape=MANY, seed=seed)

    first, again = both(7)
    np.testing.assert_array_equal(first, again)
    first, again = both(-2)
    np.testing.assert_array_equal(first, again)
    assert (first != random_normal(shape=MANY, seed=7)).any()
    first, again = both(-1)
    assert (first != again).any()


def test_a_caller_seeds_what_has_no_seed():
    def both():
        return random_normal(shape=MANY), random_uniform(shape=MANY, seed=-1)

    with seeded(1):
        first = both()
        fixed = random_normal(shape=MANY, seed=7)
    with seeded(1):
        again = both()
    with seeded(2):
        other = both()
    np.testing.assert_array_equal(first, again)
    assert all((a != b).any() for a, b in zip(first, other, strict=True))
    np.testing.assert_array_equal(fixed, random_normal(shape=MANY, seed=7))
    assert (random_normal(shape=MANY) != first[0]).any()
    with pytest.raises(ValueError, match="non-negative"), seeded(-1):
        pass


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (lambda: random_bernoulli(shape=MANY, prob=1.5), "prob 1.5 is outside"),
        (lambda: random_bernoulli(shape=MANY, prob=np.nan), "prob nan is outside"),
        (lambda: random_normal(shape=MANY, stddev=-1.0), "stddev -1.0 is negative"),
        (lambda: random_uniform(shape=MANY, low=1.0, high=0.0), "no number from 1.0 to below 0.0"),
        (lambda: random_uniform(shape=MANY, high=np.inf), "no number from 0.0 to below inf"),
        (lambda: random_normal(shape=np.array([2**30])), "is refused"),
        (lambda: random_categorical(x=np.ones(2), size=2**30), "is refused"),
        (lambda: random_categorical(x=np.ones(2), mode="odds"), 'unknown mode "odds"'),
        (lambda: random_categorical(x=np.zeros(2), mode="probs"), "gives no probabilities"),
        (lambda: random_categorical(x=np.array([-1, 2.0]), mode="probs"), "gives no probabilities"),
        (lambda: random_categorical(x=np.array([np.nan, 1])), "gives no probabilities"),
    ],
)
def test_what_is_no_distribution_is_refused(refused, text):
    with pytest.raises(ValueError, match=text):
        refused()


def test_a_program_without_seed_runs_anew_unless_its_caller_seeds_it(save):
    path = save(lambda mb, x: mb.add(x=x, y=mb.random_uniform(shape=[2, 3])), (2, 3))
    executor = Executor(read_package(path))
    zeros = {"x": np.zeros((2, 3), np.float32)}

    def outputs():
        (value,) = executor.run(zeros).values()
        return value

    assert (outputs() != outputs()).any()
    with seeded(3):
        first = outputs()
    with seeded(3):
        np.testing.assert_array_equal(outputs(), first)
    assert ((first >= 0) & (first < 1)).all()


def test_a_program_with_a_seed_repeats_itself(save):
    path = save(lambda mb, x: mb.add(x=x, y=mb.random_normal(shape=[2, 3], seed=4)), (2, 3))
    executor = Executor(read_package(path))
    zeros = {"x": np.zeros((2, 3), np.float32)}
    first, again = executor.run(zeros), executor.run(zeros)
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        assert first[name].any()
