"""Every ONNX form gives what its kernel gives: one small program per case, both engines."""

import numpy as np
import pytest

from poseconvert.mil import Executor, read_package
from poseconvert.mil.compiler import compile_program
from poseconvert.mil.fast_path import FastPath
from poseconvert.mil.feed import feed
from poseconvert.mil.onnx_registry import onnx_forms
from poseconvert.mil.registry import find

OPSET = {"iOS15": "CoreML5", "iOS16": "CoreML6", "iOS17": "CoreML7", "iOS18": "CoreML8"}
PICTURE = (2, 4, 6, 5)
CASES = []


def case(type, build, *shapes, target="iOS15", dtype="fp32", positive=False):
    """A program for one op; ``x`` and ``y`` are its inputs."""
    CASES.append((type, build, shapes or (PICTURE,), target, dtype, positive))


def draw(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


# activation
for each in ("relu", "relu6", "sigmoid", "silu", "softplus", "softsign", "softmax"):
    case(each, lambda mb, x, op=each: getattr(mb, op)(x=x))
case("softmax", lambda mb, x: mb.softmax(x=x, axis=1))
case("clamped_relu", lambda mb, x: mb.clamped_relu(x=x, alpha=0.3, beta=1.0))
case("leaky_relu", lambda mb, x: mb.leaky_relu(x=x, alpha=0.1))
case("thresholded_relu", lambda mb, x: mb.thresholded_relu(x=mb.round(x=x), alpha=1.0))
case("prelu", lambda mb, x: mb.prelu(x=x, alpha=draw(4)))
case("elu", lambda mb, x: mb.elu(x=x, alpha=0.7))
for each in ("EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION"):
    case("gelu", lambda mb, x, mode=each: mb.gelu(x=x, mode=mode))
case("sigmoid_hard", lambda mb, x: mb.sigmoid_hard(x=x, alpha=0.3, beta=0.4))
case(
    "softplus_parametric",
    lambda mb, x: mb.softplus_parametric(x=x, alpha=draw(4), beta=draw(4, seed=4)),
)
case("scaled_tanh", lambda mb, x: mb.scaled_tanh(x=x, alpha=1.5, beta=0.5))
case("linear_activation", lambda mb, x: mb.linear_activation(x=x, alpha=1.5, beta=0.5))

# conv
for each in (
    {"pad_type": "valid"},
    {"pad_type": "same", "strides": [2, 2]},
    {"pad_type": "custom", "pad": [0, 1, 2, 1], "strides": [1, 2]},
    {"pad_type": "valid", "dilations": [2, 1], "bias": draw(8)},
    {"pad_type": "same", "dilations": [2, 2], "groups": 2},
):
    case(
        "conv",
        lambda mb, x, o=each: mb.conv(x=x, weight=draw(8, 4 // o.get("groups", 1), 3, 2), **o),
    )
case("conv", lambda mb, x: mb.conv(x=x, weight=draw(4, 3, 3), pad_type="same"), (1, 3, 9))
case("conv", lambda mb, x: mb.conv(x=x, weight=draw(2, 3, 2, 2, 2)), (1, 3, 4, 4, 3))
case("conv", lambda mb, x, y: mb.conv(x=x, weight=y), (1, 3, 6, 6), (2, 3, 3, 3), target="iOS17")
case(
    "conv",
    lambda mb, x: mb.conv(x=x, weight=draw(4, 4, 2, 2), pad_type="same_lower"),
    target="iOS16",
)
for each in (
    {},
    {"strides": [2, 3], "bias": draw(6)},
    {"strides": [2, 2], "pad_type": "same"},
    {"strides": [2, 2], "pad_type": "custom", "pad": [1, 0, 0, 1]},
    {"strides": [2, 2], "pad_type": "custom", "pad": [1, 1, 1, 1], "output_shape": [2, 6, 12, 10]},
    {"strides": [2, 2], "dilations": [2, 1], "groups": 2},
):
    case(
        "conv_transpose",
        lambda mb, x, o=each: mb.conv_transpose(
            x=x, weight=draw(4, 6 // o.get("groups", 1), 3, 3), **o
        ),
    )
case(
    "conv_transpose",
    lambda mb, x: mb.conv_transpose(x=x, weight=draw(3, 2, 4), strides=[2]),
    (1, 3, 5),
)

# control_flow
case("select", lambda mb, x, y: mb.select(cond=mb.greater(x=x, y=y), a=x, b=y), (3, 4), (3, 4))

# elementwise_binary
for each in ("add", "sub", "mul", "maximum", "minimum"):
    case(each, lambda mb, x, y, op=each: getattr(mb, op)(x=x, y=y), (2, 3, 4), (3, 1))
    case(each, lambda mb, x, op=each: getattr(mb, op)(x=x, y=0.3))
    case(each, lambda mb, x, op=each: getattr(mb, op)(x=np.int32(3), y=x), (2, 3), dtype="int32")
case("real_div", lambda mb, x, y: mb.real_div(x=x, y=y), (2, 3), (1, 3), positive=True)
case("real_div", lambda mb, x: mb.real_div(x=x, y=np.int32(3)), (2, 9), dtype="int32")
case("pow", lambda mb, x, y: mb.pow(x=x, y=y), (2, 3), (1, 3), positive=True)
case("floor_div", lambda mb, x: mb.floor_div(x=x, y=np.int32(3)), (2, 9), dtype="int32")
case("mod", lambda mb, x: mb.mod(x=x, y=np.int32(3)), (2, 9), dtype="int32")


def as_float(mb, x):
    return mb.cast(x=x, dtype="fp32")


for each in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal"):
    case(
        each,
        lambda mb, x, y, op=each: as_float(mb, getattr(mb, op)(x=mb.round(x=x), y=mb.round(x=y))),
        (4, 9),
        (9,),
    )
for each in ("logical_and", "logical_or", "logical_xor"):
    case(
        each,
        lambda mb, x, y, op=each: as_float(
            mb, getattr(mb, op)(x=mb.greater(x=x, y=0.0), y=mb.less(x=y, y=0.5))
        ),
        (4, 9),
        (4, 9),
    )
case("logical_not", lambda mb, x: as_float(mb, mb.logical_not(x=mb.greater(x=x, y=0.0))))

# elementwise_unary
for each in ("abs", "atan", "ceil", "cos", "cosh", "erf", "exp", "exp2", "floor"):
    case(each, lambda mb, x, op=each: getattr(mb, op)(x=x))
for each in ("round", "sign", "sin", "sinh", "square", "tan", "tanh"):
    case(each, lambda mb, x, op=each: getattr(mb, op)(x=x))
for each in ("acos", "asin", "atanh"):
    case(each, lambda mb, x, op=each: getattr(mb, op)(x=mb.mul(x=mb.tanh(x=x), y=0.9)))
for each in ("inverse", "log", "rsqrt", "sqrt"):
    case(each, lambda mb, x, op=each: getattr(mb, op)(x=x), positive=True)
case("round", lambda mb, x: mb.round(x=mb.mul(x=mb.round(x=x), y=0.5)))
case("clip", lambda mb, x: mb.clip(x=x, alpha=-0.5, beta=0.7))
case("clip", lambda mb, x: mb.clip(x=x, alpha=-0.5, beta=0.7), target="iOS17")
case("threshold", lambda mb, x: mb.threshold(x=x, alpha=0.2))
for each in ("iOS15", "iOS17"):
    case(
        "cast",
        lambda mb, x: as_float(mb, mb.cast(x=mb.mul(x=x, y=3e9), dtype="int32")),
        target=each,
    )
    case("cast", lambda mb, x: as_float(mb, mb.cast(x=mb.round(x=x), dtype="bool")), target=each)
for each in ("int8", "uint8", "int16", "uint16"):
    case(
        "cast",
        lambda mb, x, to=each: as_float(mb, mb.cast(x=mb.mul(x=x, y=3e4), dtype=to)),
        target="iOS17",
    )

# image_resizing
for each in ((2.0, 3.0), (1.5, 2.0), (1.0, 1.0)):
    case(
        "upsample_nearest_neighbor",
        lambda mb, x, f=each: mb.upsample_nearest_neighbor(
            x=x, scale_factor_height=f[0], scale_factor_width=f[1]
        ),
    )
    for aligned in (True, False):
        case(
            "upsample_bilinear",
            lambda mb, x, f=each, a=aligned: mb.upsample_bilinear(
                x=x, scale_factor_height=f[0], scale_factor_width=f[1], align_corners=a
            ),
        )
    case(
        "upsample_bilinear",
        lambda mb, x, f=each: mb.upsample_bilinear(
            x=x,
            scale_factor_height=f[0],
            scale_factor_width=f[1],
            align_corners=False,
            half_pixel_centers=False,
        ),
        target="iOS16",
    )
for each in (
    "DEFAULT",
    "STRICT_ALIGN_CORNERS",
    "ALIGN_CORNERS",
    "OFFSET_CORNERS",
    "UNALIGN_CORNERS",
):
    for size in ((12, 15), (4, 7), (1, 1)):
        case(
            "resize_bilinear",
            lambda mb, x, m=each, s=size: mb.resize_bilinear(
                x=x, target_size_height=s[0], target_size_width=s[1], sampling_mode=m
            ),
        )
    for kind in ("LINEAR", "NEAREST_NEIGHBOR"):
        case(
            "resize",
            lambda mb, x, m=each, k=kind: mb.resize(
                x=x, shape=[7, 10], resized_dims=np.uint32(2), interpolation_mode=k, sampling_mode=m
            ),
            target="iOS17",
        )
for each in ((12, 10), (4, 7)):
    case(
        "resize_nearest_neighbor",
        lambda mb, x, s=each: mb.resize_nearest_neighbor(
            x=x, target_size_height=s[0], target_size_width=s[1]
        ),
    )
case("crop", lambda mb, x: mb.crop(x=x, crop_height=[1, 2], crop_width=[0, 3]))

# linear
for each in ((5, 6), (2, 3, 6), (6,)):
    case("linear", lambda mb, x: mb.linear(x=x, weight=draw(4, 6), bias=draw(4)), each)
case("linear", lambda mb, x: mb.linear(x=x, weight=draw(4, 6)), (5, 6))
case("matmul", lambda mb, x, y: mb.matmul(x=x, y=y), (2, 1, 4, 5), (3, 5, 6))
case(
    "matmul",
    lambda mb, x, y: mb.matmul(x=x, y=y, transpose_x=True, transpose_y=True),
    (3, 5, 4),
    (3, 6, 5),
)
case(
    "einsum",
    lambda mb, x, y: mb.einsum(values=(x, y), equation="nchw,nwhu->nchu"),
    (2, 3, 4, 5),
    (2, 5, 4, 6),
)

# normalization
for each in ({}, {"gamma": draw(4), "beta": draw(4, seed=5), "epsilon": 1e-3}):
    case(
        "batch_norm",
        lambda mb, x, o=each: mb.batch_norm(x=x, mean=draw(4), variance=np.abs(draw(4)), **o),
    )
    case("instance_norm", lambda mb, x, o=each: mb.instance_norm(x=x, **o))
case("layer_norm", lambda mb, x: mb.layer_norm(x=x, axes=[-1], gamma=draw(5), beta=draw(5)))
case("layer_norm", lambda mb, x: mb.layer_norm(x=x, axes=[2, 3]))
case("layer_norm", lambda mb, x: mb.layer_norm(x=x, axes=[1], gamma=draw(4), beta=draw(4)))
case("l2_norm", lambda mb, x: mb.l2_norm(x=x, epsilon=1e-3))
case("l2_norm", lambda mb, x: mb.l2_norm(x=x), (2, 3, 4, 3, 2))
case("local_response_norm", lambda mb, x: mb.local_response_norm(x=x, size=3, alpha=0.3, k=2.0))

# pool
POOLS = (
    {"pad_type": "valid"},
    {"pad_type": "same", "strides": [2, 2]},
    {"pad_type": "custom", "pad": [1, 0, 1, 1], "strides": [2, 3]},
    {"pad_type": "custom", "pad": [0, 0, 0, 0], "strides": [2, 2], "ceil_mode": True},
)
for each in POOLS:
    for kind in ("max_pool", "avg_pool", "l2_pool"):
        case(kind, lambda mb, x, k=kind, o=each: getattr(mb, k)(x=x, kernel_sizes=[3, 2], **o))
    case(
        "avg_pool",
        lambda mb, x, o=each: mb.avg_pool(
            x=x, kernel_sizes=[3, 2], exclude_padding_from_average=True, **o
        ),
    )
for each in ("max_pool", "avg_pool"):
    case(
        each,
        lambda mb, x, op=each: getattr(mb, op)(x=x, kernel_sizes=[3], pad_type="same"),
        (1, 2, 7),
    )
    case(
        each,
        lambda mb, x, op=each: getattr(mb, op)(x=x, kernel_sizes=[2, 2, 2], pad_type="valid"),
        (1, 2, 4, 5, 3),
    )

# reduction
for each in (
    "max",
    "mean",
    "min",
    "prod",
    "sum",
    "l1_norm",
    "l2_norm",
    "sum_square",
    "log_sum_exp",
):
    for options in ({"axes": [1, -1]}, {"axes": [2], "keep_dims": True}, {}):
        case(
            f"reduce_{each}",
            lambda mb, x, op=each, o=options: getattr(mb, f"reduce_{op}")(x=x, **o),
            (2, 3, 4),
        )
case("reduce_log_sum", lambda mb, x: mb.reduce_log_sum(x=x, axes=[1]), positive=True)
case("reduce_sum", lambda mb, x: mb.reduce_sum(x=x, axes=[1]), (3, 4), dtype="int32")
case("reduce_max", lambda mb, x: mb.reduce_max(x=x, axes=[1]), (3, 4), dtype="int32")
for each in ("reduce_argmax", "reduce_argmin"):
    for target in ("iOS15", "iOS17"):
        case(
            each,
            lambda mb, x, op=each: getattr(mb, op)(x=mb.round(x=x), axis=2, keep_dims=True),
            target=target,
        )
        case(each, lambda mb, x, op=each: getattr(mb, op)(x=mb.round(x=x), axis=-1), target=target)

# scatter_gather
for each in ("iOS15", "iOS16", "iOS17"):
    inside = [[1, 3], [0, 2]] if each == "iOS17" else [[1, -1], [0, 2]]
    case("gather", lambda mb, x, i=inside: mb.gather(x=x, indices=i, axis=1), target=each)
    case("gather", lambda mb, x: mb.gather(x=x, indices=2, axis=-1), target=each)
    case(
        "gather_nd",
        lambda mb, x: mb.gather_nd(x=x, indices=[[1, 3], [0, 2], [1, 1]]),
        target=each,
    )
    case(
        "gather_along_axis",
        lambda mb, x: mb.gather_along_axis(x=x, indices=[[1, 0, 2]], axis=0),
        (4, 3),
        target=each,
    )
case(
    "gather",
    lambda mb, x: mb.gather(x=x, indices=mb.reduce_argmax(x=x, axis=0), axis=0),
    (4, 3),
    target="iOS17",
)

# tensor_operation
case("identity", lambda mb, x: mb.identity(x=x))
case("shape", lambda mb, x: mb.mul(x=mb.shape(x=x), y=mb.shape(x=x)))
case("concat", lambda mb, x, y: mb.concat(values=[x, y, x], axis=-1), (2, 3), (2, 5))
case("concat", lambda mb, x, y: mb.concat(values=[x, y], axis=1, interleave=True), (2, 3), (2, 3))
case("stack", lambda mb, x, y: mb.stack(values=[x, y], axis=-1), (2, 3), (2, 3))
case("split", lambda mb, x: mb.stack(values=mb.split(x=x, num_splits=2, axis=1), axis=0))
case("split", lambda mb, x: mb.split(x=x, split_sizes=[1, 3], axis=1)[1])
case("tile", lambda mb, x: mb.tile(x=x, reps=[2, 1, 3]), (2, 3, 1))
case("pad", lambda mb, x: mb.pad(x=x, pad=[1, 0, 2, 1], mode="constant", constant_val=0.5))
case("pad", lambda mb, x: mb.pad(x=x, pad=[1, 0, 2, 1], mode="reflect"))
case("pad", lambda mb, x: mb.pad(x=x, pad=[1, 0, 2, 1], mode="replicate"))
for each in ((False, False), (True, False), (False, True), (True, True)):
    case("cumsum", lambda mb, x, o=each: mb.cumsum(x=x, axis=1, exclusive=o[0], reverse=o[1]))
case("fill", lambda mb, x: mb.add(x=x, y=mb.fill(shape=mb.shape(x=x), value=0.5)))
case(
    "fill_like",
    lambda mb, x: mb.add(x=x, y=mb.fill_like(ref_tensor=x, value=0.5)),
    target="iOS16",
)
for each in ("iOS15", "iOS16", "iOS17"):
    for ascending in (False, True):
        case(
            "topk",
            lambda mb, x, a=ascending: mb.topk(x=mb.round(x=x), k=3, axis=1, ascending=a)[1],
            target=each,
        )
    case("topk", lambda mb, x: mb.topk(x=x, k=2, axis=2)[0], target=each)
for each in (False, True):
    case("argsort", lambda mb, x, a=each: mb.argsort(x=mb.round(x=x), axis=1, ascending=a))

# tensor_transformation
case("reshape", lambda mb, x: mb.reshape(x=x, shape=[4, -1, 6]))
case("reshape", lambda mb, x: mb.reshape(x=x, shape=[0, -1, 6, 0]), (2, 3, 4, 6))
case("reshape", lambda mb, x: mb.reshape(x=x, shape=[0, -1]), (2, 3), target="iOS17")
case("reshape", lambda mb, x: mb.reshape(x=x, shape=[4, 0, 0]), (2, 2, 3, 5), target="iOS17")
case("transpose", lambda mb, x: mb.transpose(x=x, perm=[3, 0, -2, 1]))
case("expand_dims", lambda mb, x: mb.expand_dims(x=x, axes=[0, -2]), (2, 3))
case("squeeze", lambda mb, x: mb.squeeze(x=x, axes=[1]), (2, 1, 3, 1))
case("squeeze", lambda mb, x: mb.squeeze(x=x), (2, 1, 3, 1))
case("flatten2d", lambda mb, x: mb.flatten2d(x=x, axis=2))
case("flatten2d", lambda mb, x: mb.flatten2d(x=x, axis=-1))
case(
    "slice_by_index",
    lambda mb, x: mb.slice_by_index(
        x=x,
        begin=[1, 3, -1, 0],
        end=[2, 0, 0, 4],
        stride=[1, -2, -2, 3],
        begin_mask=[False, False, False, True],
        end_mask=[False, False, True, False],
    ),
)
case(
    "slice_by_index",
    lambda mb, x: mb.slice_by_index(
        x=x, begin=[0, -1, 1, 0], end=[2, 0, 3, 5], squeeze_mask=[False, True, False, False]
    ),
)
case("slice_by_size", lambda mb, x: mb.slice_by_size(x=x, begin=[0, 1, 2, 0], size=[2, 2, -1, 1]))
case("reverse", lambda mb, x: mb.reverse(x=x, axes=[1, -1]))
case("reverse", lambda mb, x: mb.reverse(x=x))
case("pixel_shuffle", lambda mb, x: mb.pixel_shuffle(x=x, upscale_factor=2), (2, 8, 3, 2))
case(
    "pixel_unshuffle",
    lambda mb, x: mb.pixel_unshuffle(x=x, downscale_factor=np.uint32(2)),
    (2, 3, 4, 6),
    target="iOS16",
)
case("depth_to_space", lambda mb, x: mb.depth_to_space(x=x, block_size=2), (2, 8, 3, 2))
case("space_to_depth", lambda mb, x: mb.space_to_depth(x=x, block_size=2), (2, 3, 4, 6))

# transformers
case(
    "scaled_dot_product_attention",
    lambda mb, x, y: mb.scaled_dot_product_attention(query=x, key=y, value=y),
    (2, 3, 4, 5),
    (2, 3, 6, 5),
    target="iOS18",
)
for each in (draw(4, 6), draw(4, 6) < 0.5):
    case(
        "scaled_dot_product_attention",
        lambda mb, x, y, m=each: mb.scaled_dot_product_attention(
            query=x, key=y, value=y, attn_mask=m
        ),
        (2, 3, 4, 5),
        (2, 3, 6, 5),
        target="iOS18",
    )


def both(package, inputs):
    """What the interpreter and ONNX Runtime make of a program, outputs in carriers."""
    plan = compile_program(package, precision="fp32")
    fast = FastPath(package, plan, precision="fp32", engine="auto")
    assert fast.why == "", fast.why
    wanted = {}
    for _, outputs in Executor(package, precision="fp32").values(inputs):
        wanted.update({name: np.array(value) for name, value in outputs.items()})
    got = fast.run(feed(package, inputs))
    assert got is not None
    return {name: (wanted[name], value) for name, value in got.items()}


@pytest.mark.parametrize(
    ("type", "build", "shapes", "target", "dtype", "positive"),
    [pytest.param(*each, id=f"{each[0]}-{n}") for n, each in enumerate(CASES)],
)
def test_a_form_gives_what_the_kernel_gives(save, type, build, shapes, target, dtype, positive):
    arrays = [draw(*shape, seed=seed) for seed, shape in enumerate(shapes)]
    if positive:
        arrays = [np.abs(array) + np.float32(0.1) for array in arrays]
    if dtype == "int32":
        arrays = [(array * 20).astype(np.int32) for array in arrays]
    package = read_package(save(build, *shapes, target=target, dtype=dtype))
    assert type in {operation.type for operation in package.program.main.block.operations}
    inputs = dict(zip("xy", arrays, strict=False))
    for wanted, got in both(package, inputs).values():
        assert got.dtype == wanted.dtype
        assert got.shape == wanted.shape
        if wanted.dtype.kind != "f":
            np.testing.assert_array_equal(got, wanted)
            continue
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-6 * np.abs(wanted).max())


def test_every_form_has_a_case():
    covered = {(type, find(type, OPSET[target]).since) for type, _, _, target, _, _ in CASES}
    assert not set(onnx_forms()) - covered


def test_every_form_belongs_to_a_kernel():
    for type, since in onnx_forms():
        assert find(type, since) is not None, type
        assert find(type, since).since == since, type
