"""A forecast has a source for every word, knows where it ends, and is held to what was measured."""

import numpy as np
import pytest

from poseconvert.mil import read_package
from poseconvert.mil.analysis.forecast import forecast
from poseconvert.mil.analysis.neural_engine import FAMILIES, row

NAMES = [family.name for family in FAMILIES]


def on(chips, package):
    return next(one for one in forecast(package) if one.chips.startswith(chips))


def verdicts(found, op):
    return {(one.verdict, one.why) for one in found.ops if one.op == op}


@pytest.fixture
def half(save):
    """Saves a program whose values are all float16."""
    return lambda build, *shapes, **options: read_package(
        save(build, *shapes, dtype="fp16", target="iOS17", **options)
    )


def weights(*shape):
    return np.ones(shape, np.float16)


def convolution(mb, x):
    return mb.relu(x=mb.conv(x=x, weight=weights(4, 3, 3, 3)))


def test_every_row_that_says_something_names_its_source():
    ops = ("conv", "relu", "lstm", "topk", "tile", "gather", "resize", "sin", "made_up")
    rows = [row(op, family) for family in FAMILIES for op in ops]
    assert all(family.source for family in FAMILIES)
    assert all(source for verdict, source in rows if verdict != "unknown")
    assert {verdict for verdict, _ in rows} == {"yes", "no", "unknown"}
    assert all(row("made_up", family)[0] == "unknown" for family in FAMILIES[1:])


def test_an_a11_runs_nothing_and_a_chip_without_a_source_is_unknown(half):
    package = half(convolution, (1, 3, 8, 8))
    a11 = on("A11", package)
    assert (a11.count("no"), a11.share["no"]) == (2, 1)
    assert a11.why == "its Neural Engine is closed to Core ML"
    for chips in ("A13", "A16"):
        found = on(chips, package)
        assert found.count("unknown") == 2
        assert found.why.startswith("no source covers")


def test_of_an_a12_some_is_known(half):
    def build(mb, x):
        return mb.transpose(x=convolution(mb, x), perm=[0, 2, 3, 1])

    a12 = on("A12", half(build, (1, 3, 8, 8)))
    assert verdicts(a12, "conv") == {("yes", "")}
    assert verdicts(a12, "transpose") == {("no", "not supported")}
    assert verdicts(a12, "relu") == {("unknown", "")}
    assert a12.share["yes"] == 1


def test_float32_is_never_forecast_to_run_there(save):
    package = read_package(save(lambda mb, x: mb.relu(x=x), (1, 3, 8, 8)))
    for chips in ("M1", "M2", "M3", "M4"):
        found = on(chips, package)
        assert found.count("yes") == 0
        assert verdicts(found, "relu") == {("no", "works on fp32")}


def test_resizing_is_known_from_m2_on(half):
    def build(mb, x):
        return mb.upsample_bilinear(x=x, scale_factor_height=2, scale_factor_width=2)

    package = half(build, (1, 3, 8, 8))
    assert verdicts(on("M1", package), "upsample_bilinear") == {("unknown", "")}
    assert verdicts(on("M2", package), "upsample_bilinear") == {("yes", "")}


def test_a_side_or_a_kernel_that_is_too_long_is_named(half):
    def wide(mb, x):
        return mb.conv(x=x, weight=weights(4, 3, 1, 15))

    package = half(wide, (1, 3, 8, 20))
    assert verdicts(on("M2", package), "conv") == {("no", "a kernel 15 wide, at most 13")}
    assert verdicts(on("M4", package), "conv") == {("yes", "")}
    package = half(lambda mb, x: mb.relu(x=x), (1, 1, 1, 20000))
    assert verdicts(on("M3", package), "relu") == {("no", "a side of 20000, at most 16384")}
    assert verdicts(on("M4", package), "relu") == {("yes", "")}


def two_stage(mb, x):
    """What RF-DETR does between its stages: top scores, and what lies at their indices."""
    scores = mb.reduce_max(x=x, axes=[-1])
    _, indices = mb.topk(x=scores, k=4, axis=1)
    tiled = mb.tile(x=mb.expand_dims(x=indices, axes=[-1]), reps=[1, 1, 6])
    return mb.softmax(x=mb.gather_along_axis(x=x, indices=tiled, axis=1), axis=-1)


def test_what_rf_detrs_plans_say_left_on_an_m3_pro_is_what_is_forecast_for_an_m3(half):
    """roboflow/rf-detr, pull request 1495: these four types left, in each of four networks."""
    found = on("M3", half(two_stage, (1, 16, 6)))
    left = {one.op for one in found.ops if one.verdict == "no"}
    stayed = {one.op for one in found.ops if one.verdict == "yes"}
    assert left == {"topk", "expand_dims", "tile", "gather_along_axis"}
    assert stayed == {"reduce_max", "softmax"}


def test_a_tiny_product_is_forecast_to_run_though_core_ml_chose_the_cpu(half):
    """vx-lang/Vx, issue 436: a 4x4 matmul is supported there and preferred on the CPU.

    A forecast says what could run. It is wrong about what did, and this is how.
    """
    package = half(lambda mb, x: mb.matmul(x=x, y=weights(4, 4)), (4, 4))
    assert verdicts(on("M4", package), "matmul") == {("yes", "")}


def test_families_go_from_the_oldest_to_the_newest():
    assert NAMES[:3] == ["A11", "A12", "A13"]
    assert len(set(NAMES)) == len(FAMILIES) == 8
