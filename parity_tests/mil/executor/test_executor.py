"""Programs built by coremltools' builder, saved, read and run; the oracle is torch."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from poseconvert.errors import RunError
from poseconvert.mil import Executor, read_package

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def separable(mb, x):
    """Depthwise and pointwise convolution, batch norm, ReLU6, as in MobileNet."""
    x = mb.conv(
        x=x, weight=draw(6, 1, 3, 3), groups=6, strides=[2, 2], pad_type="custom", pad=[1] * 4
    )
    x = mb.batch_norm(x=x, mean=draw(6), variance=np.abs(draw(6)) + 1, gamma=draw(6), beta=draw(6))
    x = mb.relu6(x=x, name="middle")
    return mb.conv(x=x, weight=draw(4, 6, 1, 1), bias=draw(4), pad_type="valid", name="out")


def separable_in_torch(x):
    t = torch.from_numpy
    x = F.conv2d(t(x), t(draw(6, 1, 3, 3)), None, 2, 1, groups=6)
    x = F.batch_norm(x, t(draw(6)), t(np.abs(draw(6)) + 1), t(draw(6)), t(draw(6)))
    x = x.clamp(0, 6)
    return F.conv2d(x, t(draw(4, 6, 1, 1)), t(draw(4))).numpy()


@pytest.mark.parametrize("target", ["iOS15", "iOS16", "iOS17", "iOS18"])
@pytest.mark.parametrize("optimised", [False, True])
def test_a_separable_block_is_torchs(run, target, optimised):
    x = draw(2, 6, 9, 8, seed=1)
    got = run(separable, x, target=target, optimised=optimised)
    np.testing.assert_allclose(got, separable_in_torch(x), **CLOSE)


@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("kind", ["conv", "max_pool", "avg_pool"])
def test_same_padding_at_stride_two_has_the_declared_size_and_pads_after(run, size, kind):
    x = draw(1, 2, size, size)
    weight = draw(3, 2, 3, 3)
    options = {"strides": [2, 2], "pad_type": "same"}
    pad = (1, 1) if size % 2 else (0, 1)
    padded = F.pad(torch.from_numpy(x), pad * 2, value=-np.inf if kind == "max_pool" else 0)
    builds = {
        "conv": lambda mb, x: mb.conv(x=x, weight=weight, **options),
        "max_pool": lambda mb, x: mb.max_pool(x=x, kernel_sizes=[3, 3], **options),
        "avg_pool": lambda mb, x: mb.avg_pool(x=x, kernel_sizes=[3, 3], **options),
    }
    wanted = {
        "conv": lambda: F.conv2d(padded, torch.from_numpy(weight), None, 2),
        "max_pool": lambda: F.max_pool2d(padded, 3, 2),
        "avg_pool": lambda: F.avg_pool2d(padded, 3, 2),
    }
    np.testing.assert_allclose(run(builds[kind], x), wanted[kind]().numpy(), **CLOSE)


@pytest.mark.parametrize("exclude", [False, True])
def test_average_pool_counts_what_hangs_over_as_padding(run, exclude):
    """As Core ML does, not PyTorch: apple/coremltools#2844."""
    x = draw(1, 2, 8, 7)

    def build(mb, x):
        return mb.avg_pool(
            x=x,
            kernel_sizes=[3, 3],
            strides=[2, 2],
            pad_type="custom",
            pad=[1] * 4,
            ceil_mode=True,
            exclude_padding_from_average=exclude,
        )

    given = torch.from_numpy(x)
    wanted = (
        F.avg_pool2d(given, 3, 2, 1, ceil_mode=True, count_include_pad=False)
        if exclude
        else F.avg_pool2d(F.pad(given, [1, 1, 1, 2]), 3, 2)
    )
    np.testing.assert_allclose(run(build, x), wanted.numpy(), **CLOSE)


@pytest.mark.parametrize("align_corners", [False, True])
def test_bilinear_upsampling_is_torchs(run, align_corners):
    x = draw(1, 2, 5, 4)

    def build(mb, x):
        return mb.upsample_bilinear(
            x=x, scale_factor_height=2.0, scale_factor_width=1.5, align_corners=align_corners
        )

    wanted = F.interpolate(
        torch.from_numpy(x), (10, 6), mode="bilinear", align_corners=align_corners
    )
    np.testing.assert_allclose(run(build, x), wanted.numpy(), **CLOSE)


def test_several_results_several_arguments_and_moved_axes(run):
    def build(mb, x, y):
        first, second = mb.split(x=x, num_splits=2, axis=1)
        both = mb.concat(values=[second, y, first], axis=1)
        flat = mb.reshape(x=mb.transpose(x=both, perm=[0, 2, 1]), shape=[2, -1])
        kept = mb.slice_by_index(
            x=flat, begin=[0, 1], end=[0, -1], begin_mask=[True, False], end_mask=[True, False]
        )
        return mb.softmax(x=mb.linear(x=kept, weight=draw(3, 28)), axis=-1)

    x, y = draw(2, 4, 5), draw(2, 2, 5, seed=1)
    both = np.concatenate([x[:, 2:], y, x[:, :2]], 1).transpose(0, 2, 1).reshape(2, 30)[:, 1:-1]
    logits = both.astype(np.float64) @ draw(3, 28).T
    wanted = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_allclose(run(build, x, y), wanted, **CLOSE)


def test_scalars_and_shapes_travel(run):
    def build(mb, x):
        size = mb.gather(x=mb.shape(x=x), indices=1)
        return mb.mul(x=mb.cast(x=size, dtype="fp32"), y=mb.reduce_sum(x=x))

    x = draw(2, 7)
    np.testing.assert_allclose(run(build, x), 7 * x.sum(), rtol=1e-5)


def test_a_computed_reshape_and_a_dimension_known_only_at_run_time(coreml, tmp_path):
    ct, mb = coreml.ct, coreml.mb
    from coremltools.converters.mil.mil import get_new_symbol

    @mb.program(
        input_specs=[mb.TensorSpec(shape=(get_new_symbol(), 4))], opset_version=ct.target.iOS16
    )
    def program(x):
        rows = mb.slice_by_size(x=mb.shape(x=x), begin=[0], size=[1])
        return mb.reshape(x=x, shape=mb.concat(values=[rows, [2], [2]], axis=0), name="out")

    model = ct.convert(
        program,
        minimum_deployment_target=ct.target.iOS16,
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
        inputs=[ct.TensorType(name="x", shape=(ct.RangeDim(1, 9), 4))],
    )
    path = tmp_path / "flexible.mlpackage"
    model.save(str(path))
    executor = Executor(read_package(path))
    for rows in (1, 5):
        assert executor.run({"x": draw(rows, 4)})["out"].shape == (rows, 2, 2)


@pytest.fixture
def executor(save):
    return Executor(read_package(save(separable, (1, 6, 9, 9))), precision="fp32")


def test_an_unknown_value_to_keep_or_precision_is_refused(executor):
    with pytest.raises(RunError, match=r"values \['nothing'\] to keep are not computed"):
        executor.run({"x": draw(1, 6, 9, 9)}, keep=["middle", "nothing"])
    with pytest.raises(ValueError, match='unknown precision "int8", expected one of'):
        Executor(executor.package, precision="int8")


def test_results_are_the_callers_own(executor):
    x = draw(1, 6, 9, 9)
    first = executor.run({"x": x}, keep=["middle"])
    copies = {name: value.copy() for name, value in first.items()}
    for value in first.values():
        value[:] = 99
    again = executor.run({"x": x}, keep=["middle"])
    for name, value in copies.items():
        np.testing.assert_array_equal(again[name], value)


def test_an_output_that_is_the_input_is_a_copy(save):
    executor = Executor(read_package(save(lambda mb, x: mb.identity(x=x), (3,))))
    x = draw(3)
    (output,) = executor.run({"x": x}).values()
    np.testing.assert_array_equal(output, x)
    assert not np.shares_memory(output, x)


def test_an_output_that_is_a_constant_is_a_copy(save):
    stored = draw(2, 3)
    executor = Executor(read_package(save(lambda mb, _: mb.identity(x=mb.const(val=stored)), (1,))))
    for _ in range(2):
        (output,) = executor.run({"x": draw(1)}).values()
        np.testing.assert_array_equal(output, stored)
        output[:] = 99


def test_streamed_values_are_the_kept_ones_and_die_at_their_last_use(executor):
    x = draw(1, 6, 9, 9)
    streamed = {}
    for operation, outputs in executor.values({"x": x}):
        assert operation.type != "const"
        streamed |= {name: value.copy() for name, value in outputs.items()}
        assert not any(value.flags.writeable for value in outputs.values())
    kept = executor.run({"x": x}, keep=list(streamed))
    assert list(streamed)[-1] == "out"
    assert set(kept) == set(streamed)
    for name, value in streamed.items():
        np.testing.assert_array_equal(kept[name], value)


def test_dead_values_are_freed(save):
    """A chain of large tensors needs room for two of them, not for all."""
    import tracemalloc

    def build(mb, x):
        for _ in range(12):
            x = mb.square(x=x)
        return mb.reduce_sum(x=x)

    executor = Executor(read_package(save(build, (1, 2**20))), precision="fp32")
    x = np.zeros((1, 2**20), np.float32)
    tracemalloc.start()
    executor.run({"x": x})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3.5 * x.nbytes


def test_the_consumer_of_streamed_values_is_not_in_inference_mode(executor):
    for _ in executor.values({"x": draw(1, 6, 9, 9)}):
        assert not torch.is_inference_mode_enabled()


def test_repr_says_what_it_is_not(executor):
    assert "reference executor" in repr(executor)
    assert "not Core ML" in repr(executor)
