"""When ONNX Runtime serves a program, when it does not and why, and that nobody can tell."""

import numpy as np
import pytest

import poseconvert.mil.interpreter
from poseconvert.errors import PackageError, UnsupportedOpError
from poseconvert.mil import Executor, read_package
from poseconvert.mil.compiler import compile_program
from poseconvert.mil.onnx_program import translate


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def block(mb, x):
    x = mb.conv(x=x, weight=draw(8, 6, 3, 3), pad_type="same")
    x = mb.relu6(x=x, name="middle")
    return mb.conv(x=x, weight=draw(4, 8, 3, 3, seed=1), bias=draw(4), name="out")


@pytest.fixture
def small(save):
    return read_package(save(block, (1, 6, 9, 9)))


@pytest.fixture
def no_interpreter(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the interpreter ran an op")

    monkeypatch.setattr(poseconvert.mil.interpreter, "call", refuse)


def test_outputs_in_float32_come_from_onnx_runtime(small, no_interpreter):
    executor = Executor(small, precision="fp32")
    assert executor.why == ""
    assert executor.run({"x": draw(1, 6, 9, 9)})["out"].shape == (1, 4, 7, 7)
    with pytest.raises(AssertionError, match="the interpreter ran an op"):
        Executor(small, precision="fp32", engine="interpreter").run({"x": draw(1, 6, 9, 9)})


def test_kept_and_streamed_values_come_from_the_interpreter(small):
    x = draw(1, 6, 9, 9)
    executor = Executor(small, precision="fp32", engine="onnxruntime")
    kept = executor.run({"x": x}, keep=["middle"])
    streamed = {n: v.copy() for _, out in executor.values({"x": x}) for n, v in out.items()}
    reference = Executor(small, precision="fp32", engine="interpreter").run({"x": x})
    np.testing.assert_array_equal(kept["middle"], streamed["middle"])
    np.testing.assert_array_equal(kept["out"], streamed["out"])
    np.testing.assert_array_equal(reference["out"], streamed["out"])
    np.testing.assert_allclose(executor.run({"x": x})["out"], kept["out"], rtol=1e-4, atol=1e-4)


def test_outputs_are_the_callers_own(small):
    executor = Executor(small, precision="fp32", engine="onnxruntime")
    x = draw(1, 6, 9, 9)
    first = executor.run({"x": x})["out"]
    again = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(executor.run({"x": x})["out"], again)


@pytest.mark.parametrize("precision", ["fp16", "fp16-accumulate"])
def test_rounding_at_every_op_is_left_to_the_interpreter(small, precision):
    reason = f"mode {precision} rounds at every op, which only the interpreter does"
    assert Executor(small, precision=precision).why == reason
    with pytest.raises(UnsupportedOpError, match=reason) as refusal:
        Executor(small, precision=precision, engine="onnxruntime")
    assert "\n" not in str(refusal.value)


def test_casts_and_outputs_of_fp16_promoted_round_in_onnx_runtime_too(save):
    def build(mb, x):
        half = mb.cast(x=x, dtype="fp16")
        return mb.cast(x=mb.add(x=half, y=np.float16(0.1)), dtype="fp32", name="out")

    package = read_package(save(build, (999,)))
    x = {"x": draw(999) * 100}
    wanted = Executor(package, precision="fp16-promoted", engine="interpreter").run(x)["out"]
    got = Executor(package, precision="fp16-promoted", engine="onnxruntime").run(x)["out"]
    np.testing.assert_array_equal(got, wanted)
    assert np.abs(wanted - x["x"] - 0.1).max() > 1e-3


def test_an_op_without_a_form_leaves_the_program_to_the_interpreter(save):
    path = save(lambda mb, x: mb.band_part(x=x, lower=0, upper=1, name="out"), (4, 4))
    executor = Executor(read_package(path), precision="fp32")
    assert executor.why == 'op "out" (band_part) has no ONNX form in opset CoreML5'
    assert executor.run({"x": np.ones((4, 4), np.float32)})["out"].sum() == 7
    with pytest.raises(UnsupportedOpError) as refusal:
        Executor(read_package(path), precision="fp32", engine="onnxruntime")
    assert str(refusal.value) == f"{path}: {executor.why}. Leave it to the interpreter."


REASONS = {
    "ceil_mode averages windows that reach beyond the padding": lambda mb, x: mb.avg_pool(
        x=x,
        kernel_sizes=[3, 3],
        strides=[2, 2],
        pad_type="custom",
        pad=[1] * 4,
        ceil_mode=True,
    ),
    "floats are divided and floored with other roundings in ONNX": lambda mb, x: mb.mod(x=x, y=0.3),
    "local_response_norm over 4 channels has no ONNX form": lambda mb, x: mb.local_response_norm(
        x=x, size=4
    ),
    "divides whole numbers and may be 0 or -1": lambda mb, x: mb.real_div(
        x=np.int32(7), y=mb.cast(x=x, dtype="int32")
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_onnx_cannot_express_is_refused_with_its_reason(save, reason):
    x = {"x": np.abs(draw(1, 4, 8, 6)) + 1}
    package = read_package(save(REASONS[reason], (1, 4, 8, 6)))
    executor = Executor(package, precision="fp32")
    assert reason in executor.why
    (wanted,) = Executor(package, precision="fp32", engine="interpreter").run(x).values()
    (got,) = executor.run(x).values()
    np.testing.assert_array_equal(got, wanted)


def test_numbers_that_are_not_finite_are_the_interpreters(save):
    package = read_package(save(lambda mb, x: mb.relu(x=mb.exp(x=x), name="out"), (5,)))
    served = Executor(package, precision="fp32", engine="onnxruntime")
    reference = Executor(package, precision="fp32", engine="interpreter")
    for x in ([np.nan, 1, 2, 3, 4], [1000, 1, 2, 3, 4], [-np.inf, 1, 2, 3, 4]):
        inputs = {"x": np.array(x, np.float32)}
        np.testing.assert_array_equal(served.run(inputs)["out"], reference.run(inputs)["out"])


def test_an_index_outside_is_refused_as_by_the_interpreter(save):
    def build(mb, x):
        return mb.gather(x=draw(5, 2), indices=mb.cast(x=x, dtype="int32"), axis=0, name="out")

    package = read_package(save(build, (3,), target="iOS17"))
    texts = []
    for engine in ("onnxruntime", "interpreter"):
        executor = Executor(package, precision="fp32", engine=engine)
        assert executor.run({"x": np.array([0, 4, 2], np.float32)})["out"].shape == (3, 2)
        for outside in (-1, 5):
            with pytest.raises(PackageError) as refusal:
                executor.run({"x": np.array([0, outside, 2], np.float32)})
            texts.append(str(refusal.value))
    assert texts[:2] == texts[2:]


def test_a_shape_that_is_not_the_declared_one_is_refused(save, edit):
    def widen(model):
        (operation,) = (
            o
            for o in model.mlProgram.functions["main"].block_specializations["CoreML5"].operations
            if o.type == "relu6"
        )
        operation.outputs[0].type.tensorType.dimensions[1].constant.size = 9

    executor = Executor(read_package(edit(save(block, (1, 6, 9, 9)), widen)), precision="fp32")
    assert "ONNX Runtime refuses the translation" in executor.why
    with pytest.raises(PackageError, match=r"gave shape \[1, 8, 9, 9\]"):
        executor.run({"x": draw(1, 6, 9, 9)})


def test_weights_are_shared_not_copied(small):
    plan = compile_program(small, precision="fp32")
    translation = translate(small, plan)
    assert len(translation.weights) == 2
    for name, weight in translation.weights.items():
        assert np.shares_memory(weight, plan.constants[name])
    assert len(translation.model.SerializeToString()) < 4000


def test_an_unknown_engine_is_refused(small):
    with pytest.raises(ValueError, match='unknown engine "gpu"'):
        Executor(small, engine="gpu")
