"""No rule on Core ML that decides fires on networks that use its ops rightly.

python benchmarks/healthy_rules.py [--count 500]

Seeded ML Programs, each of a stem and six parts; every part is one of the ops that a rule speaks
of, used as Core ML takes it. A program is healthy if the reference executor runs it in float32 to
finite numbers, before any rule is asked. It prints how often each op occurs, and what fires; exit 1
where a rule of kind wrong or refused does, an op occurs in fewer than ten networks, or a network is
not healthy.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from poseconvert.mil import Executor, read_package
from poseconvert.mil.analysis.rules.table import RULES, find_firings
from poseconvert.stages.coreml_package import quiet_coremltools

COUNT, PARTS, LEAST = 500, 6, 10
OUT = Path(__file__).parent / "results" / "healthy_rules.json"
TARGETS = ("iOS15", "iOS16", "iOS17", "iOS18")
CHANNELS, SIDE = 4, 12

Part = Callable[[Any, np.random.Generator, Any], Any]


def normal(rng, *shape):
    return rng.normal(size=shape, scale=0.3).astype(np.float32)


def rows(mb, x):
    """Give the picture as (channels, pixels)."""
    return mb.reshape(x=x, shape=[CHANNELS, SIDE * SIDE])


def positive(mb, x):
    return mb.add(x=mb.abs(x=x), y=np.float32(1))


def pool(kind):
    def part(mb, rng, x):
        k = int(rng.integers(2, 4))
        fits = {"kernel_sizes": [k, k], "strides": [k, k]}  # 12 is a multiple of 2 and 3
        choice = int(rng.integers(3 if kind == "avg_pool" else 2))
        if choice == 0:
            return getattr(mb, kind)(x=x, pad_type="valid", ceil_mode=True, **fits)
        if choice == 1:
            return getattr(mb, kind)(x=x, pad_type="same", **fits)
        pads = {"pad_type": "custom", "pad": [1, 1, 1, 1], "ceil_mode": True}
        fits = {"kernel_sizes": [3, 3], "strides": [2, 2]}
        return mb.avg_pool(x=x, exclude_padding_from_average=True, **pads, **fits)

    return part


def pad(mb, rng, x):
    mode = str(rng.choice(["reflect", "replicate", "constant"]))
    outer = [1, 1] if mode == "constant" else [0, 0]
    return mb.pad(x=x, pad=[0, 0, *outer, *map(int, rng.integers(0, 3, 4))], mode=mode)


def conv(mb, rng, x):
    k = int(rng.choice([1, 3]))
    strides = [int(rng.integers(1, 3))] * 2
    side = [k // 2] * 4
    weight = normal(rng, 3, CHANNELS, k, k)
    return mb.conv(x=x, weight=weight, strides=strides, pad_type="custom", pad=side)


def conv_1d(mb, rng, x):
    line = mb.reshape(x=x, shape=[1, CHANNELS, SIDE * SIDE])
    return mb.conv(x=line, weight=normal(rng, 3, CHANNELS, 3), dilations=[2], pad_type="same")


def conv_3d(mb, rng, x):
    block = mb.reshape(x=x, shape=[1, CHANNELS, 4, 6, 6])
    return mb.conv(x=block, weight=normal(rng, 2, CHANNELS, 2, 2, 2), pad_type="valid")


def conv_transpose(mb, rng, x):
    weight = normal(rng, CHANNELS, 3, 4, 4)
    return mb.conv_transpose(
        x=x, weight=weight, strides=[2, 2], pad_type="custom", pad=[1, 1, 1, 1]
    )


def upsample(mb, rng, x):
    scale = int(rng.integers(1, 4))
    return mb.upsample_nearest_neighbor(x=x, scale_factor_height=scale, scale_factor_width=2)


def resize(kind):
    def part(mb, rng, x):
        size = [int(n) for n in rng.integers(5, 20, 2)]
        return getattr(mb, kind)(x=x, target_size_height=size[0], target_size_width=size[1])

    return part


def crop_resize(mb, rng, x):
    boxes = np.array([0, 0, 0, 0.5, 0.5], np.float32).reshape(1, 1, 5, 1, 1)
    return mb.crop_resize(x=x, roi=boxes, target_height=4, target_width=4)


def resample(mb, rng, x):
    grid = rng.uniform(-0.9, 0.9, (1, 5, 5, 2)).astype(np.float32)
    return mb.resample(
        x=x,
        coordinates=grid,
        sampling_mode="bilinear",
        padding_mode="constant",
        padding_value=np.float32(0),
        coordinates_mode="normalized_minus_one_to_one",
        align_corners=False,
    )


def matmul(mb, rng, x):
    return mb.matmul(x=rows(mb, x), y=normal(rng, SIDE * SIDE, 5))


def linear(mb, rng, x):
    return mb.linear(x=rows(mb, x), weight=normal(rng, 5, SIDE * SIDE))


def expand_dims(mb, rng, x):
    return mb.expand_dims(x=x, axes=[0])  # rank 5, the most there is


def cumsum(mb, rng, x):
    return mb.cumsum(x=rows(mb, x), axis=1)


def reduction(kind):
    return lambda mb, rng, x: getattr(mb, kind)(x=x, axes=[2, 3], keep_dims=True)


def layer_norm(mb, rng, x):
    return mb.layer_norm(x=rows(mb, x), axes=[1])


def prelu(mb, rng, x):
    return mb.prelu(x=x, alpha=np.abs(normal(rng, CHANNELS)))


def boxes(mb, rng, x):
    table = positive(mb, mb.reshape(x=x, shape=[1, CHANNELS, SIDE * SIDE]))  # as from iOS 17 on
    scores = mb.reduce_max(x=table, axes=[1], keep_dims=True)
    options = {"iou_threshold": 0.5, "max_boxes": 3}
    return mb.non_maximum_suppression(boxes=table, scores=scores, **options)[0]


def attention(mb, rng, x):
    heads = mb.reshape(x=x, shape=[1, 2, 24, 12])
    return mb.scaled_dot_product_attention(query=heads, key=heads, value=heads)


def masked_attention(mb, rng, x):
    heads = mb.reshape(x=x, shape=[2, 24, 12])
    scores = mb.matmul(x=heads, y=heads, transpose_y=True)
    weights = mb.softmax(x=mb.add(x=scores, y=normal(rng, 24, 24)), axis=-1)
    return mb.matmul(x=weights, y=heads)


def slice_by_index(mb, rng, x):
    return mb.slice_by_index(x=x, begin=[0, 0, 0, 0], end=[1, 4, 12, 12], stride=[1, 1, 2, 2])


def scatter(mb, rng, x):
    return mb.scatter(
        data=rows(mb, x), indices=np.array([3, 0]), updates=normal(rng, 2, SIDE * SIDE), axis=0,
        mode="update",
    )  # fmt: skip


def scatter_along_axis(mb, rng, x):
    updates = normal(rng, 2, SIDE * SIDE)
    indices = rng.integers(0, CHANNELS, (2, SIDE * SIDE)).astype(np.int32)
    data = rows(mb, x)
    return mb.scatter_along_axis(data=data, indices=indices, updates=updates, axis=0, mode="add")


def scatter_nd(mb, rng, x):
    return mb.scatter_nd(
        data=rows(mb, x), indices=np.array([[0], [2]]), updates=normal(rng, 2, SIDE * SIDE),
        mode="add",
    )  # fmt: skip


def largest(kind):
    return lambda mb, rng, x: getattr(mb, kind)(x=rows(mb, x), axis=1, keep_dims=True)


def topk(mb, rng, x):
    return mb.topk(x=rows(mb, x), k=3, axis=1)[0]


def argsort(mb, rng, x):
    return mb.argsort(x=rows(mb, x), axis=1)


def range_1d(mb, rng, x):
    end = mb.reduce_max(x=x, axes=[0, 1, 2, 3], keep_dims=False)  # computed: else it is folded
    steps = mb.range_1d(
        start=np.float32(-1), end=mb.add(x=end, y=np.float32(1)), step=np.float32(1)
    )
    return mb.mul(x=x, y=mb.reduce_sum(x=steps, axes=[0], keep_dims=True))


def random_uniform(mb, rng, x):
    return mb.mul(x=x, y=mb.random_uniform(shape=[1], low=0.5, high=1.0, seed=1))


def gru(mb, rng, x):
    line = mb.transpose(x=mb.reshape(x=x, shape=[1, CHANNELS, SIDE * SIDE]), perm=[2, 0, 1])
    short = mb.slice_by_size(x=line, begin=[0, 0, 0], size=[4, 1, CHANNELS])
    hidden = 3
    return mb.gru(
        x=short, initial_h=np.zeros((1, hidden), np.float32),
        weight_ih=normal(rng, 3 * hidden, CHANNELS), weight_hh=normal(rng, 3 * hidden, hidden),
    )[0]  # fmt: skip


def curve(kind):
    return lambda mb, rng, x: getattr(mb, kind)(x=positive(mb, x))


#: The ops that rules speak of, and a few beside them, each used as Core ML takes it.
PARTS_OF: dict[str, Part] = {
    "avg_pool": pool("avg_pool"),
    "max_pool": pool("max_pool"),
    "l2_pool": pool("l2_pool"),
    "pad": pad,
    "conv": conv,
    "conv 1-D": conv_1d,
    "conv 3-D": conv_3d,
    "conv_transpose": conv_transpose,
    "upsample_nearest_neighbor": upsample,
    "resize_bilinear": resize("resize_bilinear"),
    "resize_nearest_neighbor": resize("resize_nearest_neighbor"),
    "crop_resize": crop_resize,
    "resample": resample,
    "matmul": matmul,
    "linear": linear,
    "expand_dims": expand_dims,
    "softplus": curve("softplus"),
    "log": curve("log"),
    "sqrt": curve("sqrt"),
    "cumsum": cumsum,
    "reduce_sum": reduction("reduce_sum"),
    "reduce_mean": reduction("reduce_mean"),
    "reduce_sum_square": reduction("reduce_sum_square"),
    "layer_norm": layer_norm,
    "prelu": prelu,
    "attention": masked_attention,
    "slice_by_index": slice_by_index,
    "scatter": scatter,
    "scatter_along_axis": scatter_along_axis,
    "scatter_nd": scatter_nd,
    "reduce_argmax": largest("reduce_argmax"),
    "reduce_argmin": largest("reduce_argmin"),
    "topk": topk,
    "argsort": argsort,
    "range_1d": range_1d,
    "random_uniform": random_uniform,
    "gru": gru,
}
#: Ops of later opsets.
LATER: dict[str, dict[str, Part]] = {
    "iOS17": {"resize": lambda mb, rng, x: mb.resize(
        x=x, shape=np.array([7, 9], np.int32), resized_dims=np.uint32(2),
        interpolation_mode="LINEAR", sampling_mode="DEFAULT"), "non_maximum_suppression": boxes},
    "iOS18": {"scaled_dot_product_attention": attention},
}  # fmt: skip


def parts_for(target: str) -> dict[str, Part]:
    """Give what a program for this iOS may hold."""
    later = [each for name, each in LATER.items() if TARGETS.index(name) <= TARGETS.index(target)]
    known = {name: part for each in (PARTS_OF, *later) for name, part in each.items()}
    if target in ("iOS17", "iOS18"):
        del known["crop_resize"]  # it takes its boxes otherwise from iOS 17 on
    return known


def network(seed: int) -> Any:
    """Make one network, by its seed alone."""
    import coremltools as ct
    from coremltools.converters.mil.mil import Builder as mb  # noqa: N813 (Apple's own way)

    rng = np.random.default_rng(seed)
    target = TARGETS[seed % len(TARGETS)]
    known = parts_for(target)
    # The first part goes round, so that every op occurs.
    turn = sorted(known)[seed // len(TARGETS) % len(known)]
    chosen = [turn, *rng.choice(sorted(set(known) - {turn}), PARTS - 1, replace=False)]
    version = getattr(ct.target, target)
    spec = mb.TensorSpec(shape=(1, 3, SIDE, SIDE))

    @mb.program(input_specs=[spec], opset_version=version)
    def program(image):
        weight = normal(rng, CHANNELS, 3, 3, 3)
        stem = mb.relu(x=mb.conv(x=image, weight=weight, pad_type="same"))
        return tuple(known[str(name)](mb, rng, stem) for name in chosen)

    half = rng.random() < 0.5
    return ct.convert(
        program,
        source="milinternal",
        convert_to="mlprogram",
        minimum_deployment_target=version,
        compute_precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32,
        skip_model_load=True,
    )


def judged(seed: int, folder: Path) -> tuple[set[str], list[tuple[str, str]], str]:
    """Give the ops of one network, the rules that fire, and why it is not healthy."""
    path = folder / f"{seed}.mlpackage"
    with quiet_coremltools():
        network(seed).save(str(path))
    package = read_package(path)
    picture = np.random.default_rng(seed).uniform(-1, 1, (1, 3, SIDE, SIDE)).astype(np.float32)
    try:
        outputs = Executor(package, precision="fp32").run({"image": picture})
        finite = all(np.isfinite(np.asarray(value, np.float64)).all() for value in outputs.values())
        ill = "" if finite else "its answer is not finite"
    except Exception as error:  # whatever it is, the network does not count
        ill = str(error)
    ops = {one.type for one in package.program.main.block.walk()}
    return ops, [(one.rule.id, one.rule.kind) for one in find_firings(package)], ill


def spoken_of() -> set[str]:
    """Name the ops that rules speak of."""
    return {op for rule in RULES for op in rule.check.ops}


def measure(count: int) -> dict[str, Any]:
    """Judge so many networks; return what occurred, what fired and what was ill."""
    ops, notes, deciding, ill = Counter(), Counter(), [], []
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            found, fired, why = judged(seed, Path(folder))
        if why:
            ill.append([seed, why[:120]])
            continue
        ops.update(found)
        notes.update({rule for rule, kind in fired if kind in ("risky", "slow")})
        deciding += [[seed, rule] for rule, kind in fired if kind in ("wrong", "refused")]
    return {
        "networks": count,
        "not_healthy": ill,
        "deciding": deciding,
        "ops": {op: ops[op] for op in sorted(spoken_of())},
        "notes": dict(sorted(notes.items())),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=COUNT)
    count = parser.parse_args().count
    found = measure(count)
    rare = {op: n for op, n in found["ops"].items() if n < LEAST}
    print(f"{count} networks, {len(found['not_healthy'])} not healthy: {found['not_healthy'][:5]}")
    print(f"rules that decide and fire: {found['deciding'] or 'none'}")
    print(f"fewest networks with an op that a rule speaks of: {min(found['ops'].values())}")
    print(f"notes, by networks: {found['notes']}")
    print(f"ops in fewer than {LEAST}: {rare or 'none'}")
    if count >= COUNT:
        OUT.write_text(json.dumps(found, indent=1) + "\n")
    return int(bool(found["deciding"] or found["not_healthy"] or rare))


if __name__ == "__main__":
    sys.exit(main())
