"""Programs of random ops give the same however they are run: by outputs, kept or step by step."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poseconvert.mil import Executor, read_package
from poseconvert.mil.executor.precision import PRECISIONS

LARGEST = 600  # elements; programs stay small


def constant(rng, *shape, scale=1.0):
    return rng.normal(size=shape, scale=scale).astype(np.float32)


def curve(op, **parameters):
    return lambda mb, rng, x: getattr(mb, op)(x=x, **parameters)


def conv(mb, rng, x):
    groups = 2 if x.shape[1] % 2 == 0 and rng.random() < 0.5 else 1
    kernel = [int(k) for k in rng.integers(1, 4, 2)]
    weight = constant(rng, 2 * int(rng.integers(1, 4)), x.shape[1] // groups, *kernel, scale=0.3)
    return mb.conv(
        x=x,
        weight=weight,
        bias=constant(rng, weight.shape[0]),
        groups=groups,
        strides=[int(s) for s in rng.integers(1, 3, 2)],
        dilations=[int(d) for d in rng.integers(1, 3, 2)],
        pad_type="custom",
        pad=[int(p) for p in rng.integers(2, 5, 4)],
    )


def conv_transpose(mb, rng, x):
    weight = constant(rng, x.shape[1], 4, 3, 3, scale=0.3)
    kind = str(rng.choice(["valid", "same"]))
    return mb.conv_transpose(x=x, weight=weight, strides=[2, 1], pad_type=kind)


def pool(mb, rng, x):
    op = mb.max_pool if rng.random() < 0.5 else mb.avg_pool
    pad = [int(p) for p in rng.integers(0, 2, 4)]
    strides = [int(s) for s in rng.integers(1, 3, 2)]
    return op(x=x, kernel_sizes=[2, 2], strides=strides, pad_type="custom", pad=pad)


def batch_norm(mb, rng, x):
    channels = x.shape[1]
    variance = np.abs(constant(rng, channels)) + np.float32(0.5)
    return mb.batch_norm(
        x=x,
        mean=constant(rng, channels),
        variance=variance,
        gamma=constant(rng, channels),
        beta=constant(rng, channels),
    )


def squeeze_and_excite(mb, rng, x):
    weight = constant(rng, x.shape[1], x.shape[1], 1, 1)
    mean = mb.reduce_mean(x=x, axes=[2, 3], keep_dims=True)
    return mb.mul(x=x, y=mb.sigmoid(x=mb.conv(x=mean, weight=weight)))


def attention(mb, rng, x):
    scores = mb.softmax(x=mb.matmul(x=x, y=x, transpose_y=True), axis=-1)
    return mb.matmul(x=scores, y=x)


def resized(mb, rng, x):
    mode = str(rng.choice(["DEFAULT", "STRICT_ALIGN_CORNERS", "UNALIGN_CORNERS", "OFFSET_CORNERS"]))
    height, width = (int(n) for n in rng.integers(1, 9, 2))
    return mb.resize_bilinear(
        x=x, target_size_height=height, target_size_width=width, sampling_mode=mode
    )


def shuffled(mb, rng, x):
    order = rng.permutation(x.shape[1]).astype(np.int32)
    return mb.gather(x=x, indices=order, axis=1)


def sliced(mb, rng, x):
    begin = [0, *(int(rng.integers(0, size)) for size in x.shape[1:])]
    return mb.slice_by_index(
        x=x, begin=begin, end=[0] * 4, end_mask=[True] * 4, stride=[1, 1, 1, 2]
    )


def halves(mb, rng, x):
    if x.shape[1] % 2:
        return mb.concat(values=[x, mb.tanh(x=x)], axis=1)
    first, second = mb.split(x=x, num_splits=2, axis=1)
    return mb.concat(values=[second, mb.add(x=first, y=second)], axis=1, interleave=True)


def rearranged(mb, rng, x):
    n, c, h, w = x.shape
    if c % 4 == 0:
        return mb.pixel_shuffle(x=x, upscale_factor=2)
    if h % 2 == 0 and w % 2 == 0:
        return mb.space_to_depth(x=x, block_size=2)
    return mb.transpose(x=mb.reshape(x=x, shape=[n, h, c, w]), perm=[0, 3, 2, 1])


def chosen(mb, rng, x):
    other = mb.mul(x=x, y=np.float32(-0.5))
    return mb.select(cond=rng.random(x.shape) < 0.5, a=x, b=other)


MOVES = {
    "add": lambda mb, rng, x: mb.add(x=x, y=constant(rng, x.shape[1], 1, 1)),
    "attention": attention,
    "batch_norm": batch_norm,
    "clip": curve("clip", alpha=-0.7, beta=1.3),
    "conv": conv,
    "conv_transpose": conv_transpose,
    "cos": curve("cos"),
    "cumsum": curve("cumsum", axis=1),
    "elu": curve("elu", alpha=0.5),
    "exp": lambda mb, rng, x: mb.exp(x=mb.tanh(x=x)),
    "gelu": curve("gelu", mode="EXACT"),
    "halves": halves,
    "instance_norm": lambda mb, rng, x: mb.instance_norm(x=x, epsilon=1e-1),
    "l2_norm": lambda mb, rng, x: mb.l2_norm(x=x, epsilon=1e-1),
    "layer_norm": lambda mb, rng, x: mb.layer_norm(x=x, axes=[1], epsilon=1e-1),
    "leaky_relu": curve("leaky_relu", alpha=0.2),
    "linear": lambda mb, rng, x: mb.linear(x=x, weight=constant(rng, 5, x.shape[3])),
    "maximum": lambda mb, rng, x: mb.maximum(x=x, y=constant(rng, x.shape[3])),
    "mul": lambda mb, rng, x: mb.mul(x=x, y=constant(rng, *x.shape[1:])),
    "pad": lambda mb, rng, x: mb.pad(x=x, pad=[1, 1, 0, 1], mode="replicate"),
    "pool": pool,
    "rearranged": rearranged,
    "relu": curve("relu"),
    "relu6": curve("relu6"),
    "resized": resized,
    "reverse": curve("reverse", axes=[1, 3]),
    "select": chosen,
    "shuffled": shuffled,
    "sigmoid": curve("sigmoid"),
    "silu": curve("silu"),
    "sliced": sliced,
    "softmax": curve("softmax", axis=1),
    "softplus": curve("softplus"),
    "softsign": curve("softsign"),
    "squeeze_and_excite": squeeze_and_excite,
    "tanh": curve("tanh"),
    "topk": lambda mb, rng, x: mb.topk(x=x, k=1, axis=2)[0],
    "upsampled": lambda mb, rng, x: mb.upsample_nearest_neighbor(x=x, scale_factor_height=2.0),
}


@pytest.mark.parametrize("move", sorted(MOVES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=2)
@given(
    before=st.lists(st.sampled_from(sorted(MOVES)), max_size=4),
    after=st.lists(st.sampled_from(sorted(MOVES)), max_size=4),
    seed=st.integers(0, 2**31),
)
def test_random_programs_give_the_same_however_they_are_run(save, move, before, after, seed):
    rng = np.random.default_rng(seed)

    def build(mb, x):
        for name in [*before, move, *after]:
            grown = MOVES[name](mb, rng, x)
            x = grown if np.prod(grown.shape) <= LARGEST else x
        return mb.identity(x=x, name="out")

    shape = (1, int(rng.integers(1, 7)), int(rng.integers(3, 8)), int(rng.integers(3, 8)))
    package = read_package(save(build, shape))
    inputs = {"x": constant(rng, *shape)}
    for precision in PRECISIONS:
        executor = Executor(package, precision=precision)
        got = executor.run(inputs)["out"]  # bounds overwrite what they bound, unseen values die
        values = {
            name: value.copy() for _, out in executor.values(inputs) for name, value in out.items()
        }
        kept = executor.run(inputs, keep=list(values))
        walked = executor.walk(inputs)
        for _ in range(len(walked) // 2):
            walked.step()
        for other in (kept["out"], values["out"], walked.fork().finish()["out"]):
            np.testing.assert_array_equal(other, got)
        for name, value in values.items():
            np.testing.assert_array_equal(kept[name], value)
