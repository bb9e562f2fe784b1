"""Packages as seeds: plain ops, weights compressed in every way, blocks, states; and pipelines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (1, 2, 8, 8)


def plain(mb: Any, x: Any) -> Any:
    """Build every op that allocates by its parameters, and a weight in the blob file."""
    ones = np.ones((4, 2, 3, 3), np.float32)
    x = mb.conv(x=x, weight=ones, pad_type="custom", pad=[1, 1, 1, 1], strides=[2, 2])
    x = mb.batch_norm(x=x, mean=ones[:, 0, 0, 0], variance=ones[:, 0, 0, 0])
    x = mb.clip(x=x, alpha=0.0, beta=6.0)
    y = mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[1, 1], pad_type="same")
    x = mb.add(x=x, y=mb.avg_pool(x=y, kernel_sizes=[3, 3], pad_type="same_lower"))
    x = mb.conv_transpose(x=x, weight=ones, strides=[2, 2], pad_type="same")
    x = mb.upsample_bilinear(x=x, scale_factor_height=2, scale_factor_width=2)
    x = mb.pad(x=x, pad=[0, 0, 1, 1], mode="reflect")
    x = mb.tile(x=x, reps=[1, 2, 1, 1])
    x = mb.reshape(x=mb.concat(values=mb.split(x=x, num_splits=2, axis=1), axis=2), shape=[2, -1])
    x = mb.gather(x=x, indices=[1, 0], axis=0)
    return mb.softmax(x=mb.linear(x=x, weight=np.ones((3, x.shape[1]), np.float32)))


def packed_weights(mb: Any, x: Any) -> Any:
    """Build weights compressed for iOS 16, 8-bit activations of iOS 17."""
    affine = mb.constexpr_affine_dequantize(
        quantized_data=np.ones((4, 2, 3, 3), np.int8),
        zero_point=np.int8([0, 1, 2, 3]),
        scale=np.ones(4, np.float32),
        axis=0,
    )
    palette = mb.constexpr_lut_to_dense(
        indices=np.full(16, 0b11_10_01_00, np.uint8),
        lut=np.arange(4, dtype=np.float32),
        shape=np.array([4, 4, 2, 2], np.uint32),
    )
    sparse = mb.constexpr_sparse_to_dense(
        nonzero_data=np.ones(64, np.float32),
        mask=np.full(16, 0b10101010, np.uint8),
        shape=np.array([8, 16], np.uint32),
    )
    widened = mb.constexpr_cast(source_val=np.ones((1, 2, 8, 8), np.float16), output_dtype="fp32")
    x = mb.conv(x=mb.mul(x=x, y=widened), weight=affine, pad_type="same", strides=[2, 2])
    x = mb.quantize(input=x, scale=np.float32(0.1), zero_point=np.int8(3), output_dtype="int8")
    x = mb.dequantize(input=x, scale=np.float32(0.1), zero_point=np.int8(3))
    x = mb.conv(x=x, weight=palette, strides=[2, 2])
    return mb.linear(x=mb.reshape(x=x, shape=[1, 16]), weight=sparse)


def block_weights(mb: Any, x: Any) -> Any:
    """Build weights compressed for iOS 18: in blocks, groups, vectors, masks, and chained."""
    from coremltools.converters.mil.mil.types.type_mapping import string_to_nptype

    def narrow(dtype: str, shape: tuple[int, ...]) -> Any:
        numbers = np.arange(np.prod(shape)) % (2 if dtype == "uint1" else 4)
        return numbers.reshape(shape).astype(string_to_nptype(dtype))

    scale = np.ones((2, 1, 1, 1), np.float32)
    blocked = mb.constexpr_blockwise_shift_scale(
        data=narrow("int4", (4, 2, 3, 3)), scale=scale, offset=narrow("int4", (2, 1, 1, 1))
    )
    vectors = mb.constexpr_lut_to_dense(
        indices=narrow("uint2", (2, 4, 2, 2)),
        lut=np.ones((1, 2, 1, 1, 4, 2), np.float32),
        vector_axis=0,
    )
    mask, values = mb.constexpr_sparse_blockwise_shift_scale(
        data_mask=narrow("uint1", (4, 8)),
        nonzero_data=np.ones(16, np.int8),
        scale=np.ones((2, 2), np.float32),
    )
    halves = mb.constexpr_sparse_to_dense(nonzero_data=values, mask=mask)
    mask, values = mb.constexpr_lut_to_sparse(
        indices_mask=narrow("uint1", (4, 8)),
        indices_nonzero_data=narrow("uint3", (16,)),
        lut=np.ones((1, 1, 8, 1), np.float32),
    )
    other = mb.constexpr_sparse_to_dense(nonzero_data=values, mask=mask)
    x = mb.conv(x=mb.conv(x=x, weight=blocked, strides=[2, 2]), weight=vectors)
    x = mb.reshape(x=x, shape=[2, 8])
    return mb.add(x=mb.linear(x=x, weight=halves), y=mb.linear(x=x, weight=other))


def nested_blocks(mb: Any, x: Any) -> Any:
    """Build branches, a loop and a list."""

    def body(turn: Any, total: Any) -> tuple[Any, Any]:
        return mb.add(x=turn, y=1), mb.concat(values=[mb.relu(x=total)], axis=0)

    big = mb.greater(x=mb.reduce_max(x=x, axes=[0, 1, 2, 3], keep_dims=False), y=0.0)
    x = mb.cond(
        pred=big,
        _true_fn=lambda: mb.add(x=x, y=np.ones(SHAPE, np.float32)),
        _false_fn=lambda: mb.mul(x=x, y=2.0),
    )
    turns, x = mb.while_loop(
        _cond=lambda turn, total: mb.less(x=turn, y=3), _body=body, loop_vars=(0, x)
    )
    several = mb.make_list(init_length=2, elem_shape=SHAPE, dtype="fp32")
    several = mb.list_write(ls=several, index=turns, value=x)
    return mb.list_read(ls=several, index=mb.sub(x=mb.list_length(ls=several), y=1))


def running_sum(mb: Any, x: Any, total: Any) -> Any:
    """Build a running sum of iOS 18, kept as a state."""
    half = mb.cast(x=x, dtype="fp16")
    mb.coreml_update_state(state=total, value=mb.add(x=half, y=mb.read_state(input=total)))
    weight = np.ones((4, 2, 3, 3), np.float16)
    return mb.conv(x=mb.read_state(input=total), weight=weight, strides=[2, 2])


def recurrent(mb: Any, x: Any) -> Any:
    """Build an LSTM over a sequence, the largest of its values, their running sum."""
    generator = np.random.default_rng(0)

    def numbers(*shape: int) -> Any:
        return generator.standard_normal(shape).astype(np.float32)

    x = mb.transpose(x=mb.reshape(x=x, shape=[1, 4, 32]), perm=[1, 0, 2])
    zero = np.zeros((1, 3), np.float32)
    y, _, _ = mb.lstm(
        x=x, initial_h=zero, initial_c=zero, weight_ih=numbers(12, 32), weight_hh=numbers(12, 3),
        output_sequence=True,
    )  # fmt: skip
    values, _ = mb.topk(x=mb.reshape(x=y, shape=[1, 12]), k=4, axis=1)
    return mb.cumsum(x=mb.expand_dims(x=values, axes=[0]), axis=2)


def save(path: Path, build: Callable[..., Any], target: str) -> None:
    """Convert what ``build`` builds, untouched by passes, into ``path``."""
    import coremltools as ct
    from coremltools.converters.mil import Builder
    from coremltools.converters.mil.mil import types

    mb: Any = Builder
    specs = [mb.TensorSpec(shape=SHAPE, dtype=types.fp32)]
    options: dict[str, Any] = {"pass_pipeline": ct.PassPipeline.EMPTY}
    if build is running_sum:
        specs.append(mb.StateTensorSpec(SHAPE, dtype=types.fp16))
        program = mb.program(input_specs=specs, opset_version=ct.target[target])(
            lambda x, total: build(mb, x, total)
        )
        options = {}
    else:
        program = mb.program(input_specs=specs, opset_version=ct.target[target])(
            lambda x: build(mb, x)
        )
        options["compute_precision"] = ct.precision.FLOAT32
    ct.convert(
        program, convert_to="mlprogram", minimum_deployment_target=ct.target[target],
        skip_model_load=True, **options,
    ).save(str(path))  # fmt: skip


def pipeline(folder: Path) -> None:
    """Put two programs, one after the other, into one package."""
    import shutil

    import coremltools as ct

    parts = []
    for name, build in (("one", plain), ("two", nested_blocks)):
        save(folder / f"{name}.mlpackage", build, "iOS17")
        parts.append(ct.models.MLModel(str(folder / f"{name}.mlpackage"), skip_model_load=True))
    ct.utils.save_spec(
        _pipeline_of(parts), str(folder / "x.mlpackage"), weights_dir=parts[0].weights_dir
    )
    for name in ("one", "two"):
        shutil.rmtree(folder / f"{name}.mlpackage")


def _pipeline_of(parts: list[Any]) -> Any:
    from coremltools.proto import Model_pb2

    spec = Model_pb2.Model(specificationVersion=8)
    for part in parts:
        spec.pipeline.models.add().CopyFrom(part.get_spec())
    spec.description.input.extend(parts[0].get_spec().description.input)
    spec.description.output.extend(parts[-1].get_spec().description.output)
    return spec


def _saved(folder: Path, *, build: Callable[..., Any], target: str) -> None:
    save(folder / "x.mlpackage", build, target)


PROGRAMS: dict[str, tuple[Callable[..., Any], str]] = {
    "plain": (plain, "iOS16"),
    "packed": (packed_weights, "iOS17"),
    "blocks": (block_weights, "iOS18"),
    "nested": (nested_blocks, "iOS17"),
    "stateful": (running_sum, "iOS18"),
    "recurrent": (recurrent, "iOS16"),
}
BUILDERS: dict[str, Callable[[Path], None]] = {
    **{
        f"package/{name}": partial(_saved, build=build, target=target)
        for name, (build, target) in PROGRAMS.items()
    },
    "package/pipeline": pipeline,
}
