"""Bounds applied in place change no result, and are used only where nobody looks."""

import numpy as np
import pytest

from poseconvert.mil import Executor, read_package
from poseconvert.mil.executor.compiler import compile_program
from poseconvert.mil.executor.fuse_clamps import fuse_clamps


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def conv(mb, x, **options):
    return mb.conv(x=x, weight=draw(4, 4, 3, 3), bias=draw(4), pad_type="same", **options)


def bound_by(kind, mb, x):
    if kind == "relu":
        return mb.relu(x=x)
    if kind == "relu6":
        return mb.relu6(x=x)
    return mb.clip(x=x, alpha=-0.1, beta=0.3)


def overwritten(package, precision):
    """Bounds that overwrite, in order: they keep one argument only."""
    plan = fuse_clamps(compile_program(package, precision=precision))
    return [s.operation.type for s in plan.steps if s.kernel.__class__.__name__ == "partial"]


@pytest.mark.parametrize("precision", ["fp32", "fp16", "fp16-accumulate"])
@pytest.mark.parametrize("kind", ["relu", "relu6", "clip"])
def test_a_fused_program_gives_the_streamed_values_bit_for_bit(save, kind, precision):
    def build(mb, x):
        x = bound_by(kind, mb, conv(mb, x))
        return bound_by(kind, mb, conv(mb, mb.add(x=x, y=0.25)))

    package = read_package(save(build, (1, 4, 9, 8), precision="fp16"))
    assert overwritten(package, precision) == [kind, kind]
    executor = Executor(package, precision=precision, engine="interpreter")
    x = {"x": draw(1, 4, 9, 8, seed=1) * 3}
    streamed = {n: v.copy() for _, out in executor.values(x) for n, v in out.items()}
    for name, value in executor.run(x).items():
        np.testing.assert_array_equal(value, streamed[name])


@pytest.mark.parametrize(("limit", "merges"), [(0.25, True), (0.3, False)])
def test_a_bound_that_fp16_lacks_waits_for_the_rounding(save, limit, merges):
    package = read_package(
        save(lambda mb, x: bound_by("clip", mb, conv(mb, x)), (1, 4, 9, 8), precision="fp16")
    )
    plan = compile_program(package, precision="fp16")
    (clip,) = (step for step in plan.steps if step.operation.type == "clip")
    plan.constants[clip.arguments["beta"]] = np.float32(limit)
    assert (
        any(step.kernel.__class__.__name__ == "partial" for step in fuse_clamps(plan).steps)
        == merges
    )


def test_a_value_that_was_read_before_is_rounded_before(save):
    def build(mb, x):
        middle = conv(mb, x)
        early = mb.mul(x=middle, y=3.0)
        return mb.sub(x=mb.relu(x=middle), y=early, name="out")

    package = read_package(save(build, (1, 4, 6, 6), precision="fp16"))
    assert overwritten(package, "fp16") == []


def test_a_value_read_twice_is_not_overwritten(save):
    def build(mb, x):
        middle = conv(mb, x)
        return mb.sub(x=mb.relu(x=middle), y=middle, name="out")

    package = read_package(save(build, (1, 4, 6, 6)))
    assert overwritten(package, "fp32") == []
    executor = Executor(package, precision="fp32", engine="interpreter")
    assert executor.run({"x": draw(1, 4, 6, 6)})["out"].min() >= 0
    assert executor.run({"x": draw(1, 4, 6, 6)})["out"].max() > 0


def test_an_output_an_input_and_a_view_are_not_overwritten(save):
    def build(mb, x):
        seen = conv(mb, x, name="seen")
        view = mb.squeeze(x=mb.expand_dims(x=x, axes=[0]), axes=[0])
        return seen, mb.relu(x=seen), mb.relu(x=x), mb.relu(x=view)

    package = read_package(save(build, (1, 4, 6, 6)))
    assert overwritten(package, "fp32") == []
    outputs = Executor(package, precision="fp32", engine="interpreter").run({"x": draw(1, 4, 6, 6)})
    assert outputs["seen"].min() < 0


def test_streamed_values_stay_what_they_were(save):
    package = read_package(save(lambda mb, x: mb.relu(x=conv(mb, x)), (1, 4, 6, 6)))
    executor = Executor(package, precision="fp32", engine="interpreter")
    executor.run({"x": draw(1, 4, 6, 6)})
    held = [value for _, out in executor.values({"x": draw(1, 4, 6, 6)}) for value in out.values()]
    assert held[0].min() < 0 <= held[1].min()
