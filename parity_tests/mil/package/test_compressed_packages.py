"""Packages that coremltools.optimize made: read, decompressed and run, against plain loops."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from poseconvert.errors import RunError
from poseconvert.mil import Executor, read_package

SHAPE = (1, 4, 6, 6)


def weights(kind, shape):
    """Random numbers; of 20 different ones, or of 5 pairs along the first axis, where asked."""
    chance = np.random.default_rng(len(shape))
    if kind == "few":
        return chance.normal(size=20)[chance.integers(0, 20, shape)].astype(np.float32)
    if kind == "pairs":
        pairs = chance.normal(size=(5, 2))[chance.integers(0, 5, (shape[0] // 2, *shape[1:]))]
        return np.moveaxis(pairs, -1, 1).reshape(shape).astype(np.float32)
    return chance.normal(size=shape).astype(np.float32)


def network(mb, x, kind="any"):
    x = mb.conv(x=x, weight=weights(kind, (8, 4, 3, 3)), pad_type="same", name="features")
    x = mb.reduce_mean(x=mb.relu(x=x), axes=[2, 3])
    return mb.linear(x=x, weight=weights(kind, (16, 8)), name="out")


def linear(**options):
    return lambda cto: cto.OpLinearQuantizerConfig(weight_threshold=0, **options)


def palette(**options):
    return lambda cto: cto.OpPalettizerConfig(weight_threshold=0, **options)


def sparse(**options):
    return lambda cto: cto.OpMagnitudePrunerConfig(weight_threshold=0, **options)


PRUNED = sparse(target_sparsity=0.6)
BLOCKS = {"granularity": "per_block", "block_size": 2}
GROUPS = {"granularity": "per_grouped_channel"}
#: Name -> target, precision, weights, the compressions in order.
SCHEMES = {
    "int8 per channel, iOS16": ("iOS16", "fp16", "any", [linear(mode="linear")]),
    "int8 symmetric, iOS17": ("iOS17", "fp16", "any", [linear(mode="linear_symmetric")]),
    "int8 per channel, iOS18": ("iOS18", "fp16", "any", [linear(mode="linear")]),
    "uint8 per tensor, fp32, iOS16": (
        "iOS16",
        "fp32",
        "any",
        [linear(mode="linear", dtype="uint8", granularity="per_tensor")],
    ),
    "int4 in blocks": ("iOS18", "fp16", "any", [linear(mode="linear", dtype="int4", **BLOCKS)]),
    "uint4 in blocks, fp32": (
        "iOS18",
        "fp32",
        "any",
        [linear(mode="linear", dtype="uint4", **BLOCKS)],
    ),
    **{
        f"palette of {bits} bits, {target}": (
            target,
            "fp16",
            "any",
            [palette(mode="uniform", nbits=bits)],
        )
        for target in ("iOS16", "iOS18")
        for bits in (1, 2, 3, 4, 6, 8)
        if (target, bits) != ("iOS16", 3)  # coremltools refuses it
    },
    "palette of the few values, fp32": ("iOS17", "fp32", "few", [palette(mode="unique")]),
    "palette per group": (
        "iOS18",
        "fp16",
        "any",
        [palette(mode="uniform", nbits=3, group_size=2, **GROUPS)],
    ),
    "palette per group and scale per channel": (
        "iOS18",
        "fp16",
        "any",
        [palette(mode="uniform", nbits=2, group_size=4, enable_per_channel_scale=True, **GROUPS)],
    ),
    "palette of pairs": (
        "iOS18",
        "fp16",
        "pairs",
        [palette(mode="unique", cluster_dim=2, group_size=8, **GROUPS)],
    ),
    "pruned, iOS16": ("iOS16", "fp16", "any", [PRUNED]),
    "pruned, iOS18": ("iOS18", "fp16", "any", [PRUNED]),
    "pruned one of two": ("iOS18", "fp32", "any", [sparse(n_m_ratio=(1, 2))]),
    "pruned, then int8": ("iOS18", "fp16", "any", [PRUNED, linear(mode="linear_symmetric")]),
    "pruned, then uint8": (
        "iOS18",
        "fp16",
        "any",
        [PRUNED, linear(mode="linear", dtype="uint8", granularity="per_tensor")],
    ),
    "pruned, then palette": ("iOS18", "fp16", "any", [PRUNED, palette(mode="uniform", nbits=4)]),
    "palette, then int8": (
        "iOS18",
        "fp16",
        "any",
        [
            palette(mode="uniform", nbits=4),
            linear(mode="linear_symmetric", granularity="per_tensor"),
        ],
    ),
}


@pytest.fixture
def compress(coreml, tmp_path):
    """Gives coremltools' model of a scheme, and the saved package."""

    def compress(target, precision, kind, schemes):
        import coremltools.optimize.coreml as cto

        ct, mb = coreml.ct, coreml.mb
        opset = ct.target[target]
        build = mb.program(input_specs=[mb.TensorSpec(shape=SHAPE)], opset_version=opset)
        model = ct.convert(
            build(lambda x: network(mb, x, kind)),
            convert_to="mlprogram",
            minimum_deployment_target=opset,
            compute_precision=ct.precision[{"fp32": "FLOAT32", "fp16": "FLOAT16"}[precision]],
            skip_model_load=True,
        )
        for index, scheme in enumerate(schemes):
            config = scheme(cto)
            apply = {
                cto.OpLinearQuantizerConfig: cto.linear_quantize_weights,
                cto.OpPalettizerConfig: cto.palettize_weights,
                cto.OpMagnitudePrunerConfig: cto.prune_weights,
            }[type(config)]
            options = {"joint_compression": True} if index else {}
            model = apply(model, cto.OptimizationConfig(global_config=config), **options)
        path = tmp_path / "compressed.mlpackage"
        model.save(str(path))
        return model, path

    return compress


def bits_of(data, bits, count):
    """Numbers of a few bits each, the lowest bit first."""
    whole = int.from_bytes(data.tobytes(), "little")
    return [whole >> bits * place & 2**bits - 1 for place in range(count)]


def affine(given):
    data, axis = given["quantized_data"], int(given["axis"])
    channels = np.ones(data.shape[axis])
    scale, zero = given["scale"] * channels, given["zero_point"] * channels
    out = np.zeros(data.shape)
    for place in np.ndindex(*data.shape):
        out[place] = scale[place[axis]] * (float(data[place]) - zero[place[axis]])
    return out


def packed_palette(given):
    shape, lut = [int(size) for size in given["shape"]], given["lut"]
    bits = len(lut).bit_length() - 1
    return lut[bits_of(given["indices"], bits, int(np.prod(shape)))].reshape(shape)


def packed_mask(given):
    shape, nonzero = [int(size) for size in given["shape"]], iter(given["nonzero_data"])
    bits = bits_of(given["mask"], 1, int(np.prod(shape)))
    return np.array([next(nonzero) if bit else 0 for bit in bits]).reshape(shape)


def blocks(given):
    data, scale = given["data"], given["scale"]
    offset = given.get("offset", np.zeros(scale.shape))
    out = np.zeros(data.shape)
    for place in np.ndindex(*data.shape):
        at = tuple(i * n // size for i, n, size in zip(place, scale.shape, data.shape, strict=True))
        out[place] = float(scale[at]) * (float(data[place]) - float(offset[at]))
    return out


def palettes(given):
    indices, lut = given["indices"], given["lut"]
    axis, vector = int(given.get("vector_axis", 0)), lut.shape[-1]
    out = np.zeros([n * vector if a == axis else n for a, n in enumerate(indices.shape)])
    for place in np.ndindex(*out.shape):
        at = tuple(i // vector if a == axis else i for a, i in enumerate(place))
        ends = zip(at, lut.shape[:-2], indices.shape, strict=True)
        group = tuple(i * n // size for i, n, size in ends)
        out[place] = lut[(*group, indices[at], place[axis] % vector)]
    return out


def dense(values, mask):
    values, out = iter(values), np.zeros(mask.shape, values.dtype)
    for place in np.ndindex(*mask.shape):
        out[place] = next(values) if mask[place] else 0
    return out


def sparse_blocks(given):
    given = {**given, "data": dense(given["nonzero_data"], given["data_mask"])}
    return given["data_mask"], blocks(given)[given["data_mask"] != 0]


def sparse_palettes(given):
    assert "vector_axis" not in given  # coremltools.optimize prunes no vectors
    mask = given["indices_mask"]
    found = palettes({**given, "indices": dense(given["indices_nonzero_data"], mask)})
    return mask, found[mask != 0]


LOOPS = {
    "constexpr_affine_dequantize": affine,
    "constexpr_blockwise_shift_scale": blocks,
    "constexpr_sparse_blockwise_shift_scale": sparse_blocks,
    "constexpr_lut_to_sparse": sparse_palettes,
    "constexpr_lut_to_dense": lambda g: packed_palette(g) if "shape" in g else palettes(g),
    "constexpr_sparse_to_dense": lambda g: (
        packed_mask(g) if "shape" in g else dense(g["nonzero_data"], g["mask"])
    ),
}


def decompressed_by_loops(package):
    """Every value that the package's constexpr ops give, by name."""
    values = {}
    for operation in package.program.main.block.operations:
        if operation.type.startswith("constexpr_"):
            given = {name: constant.array for name, constant in operation.attributes.items()}
            for name, (reference,) in operation.inputs.items():
                given[name] = values[reference] if isinstance(reference, str) else reference.array
            result = LOOPS[operation.type](given)
            results = result if isinstance(result, tuple) else (result,)
            values |= dict(zip([name for name, _ in operation.outputs], results, strict=True))
    return values


def decompressed_by_coremltools(model):
    """What coremltools itself makes of its constexpr ops: a cross-check, no oracle.

    Its palettes crash on operands that another constexpr op gives.
    """
    for operation in model._mil_program.functions["main"].operations:
        chained = any(operand.val is None for operand in operation.inputs.values())
        if operation.op_type.startswith("constexpr_") and not (
            chained and operation.op_type != "constexpr_sparse_to_dense"
        ):
            result = operation.materialized_val_inference()
            results = result if isinstance(result, tuple) else (result,)
            for output, value in zip(operation.outputs, results, strict=True):
                yield output.name, value.astype(float)


def run_by_torch(x, convolution, matrix):
    x, convolution, matrix = (
        torch.from_numpy(np.array(a)).double() for a in (x, convolution, matrix)
    )
    features = F.conv2d(x, convolution, padding="same").relu().mean((2, 3))
    return (features @ matrix.T).numpy()


def weights_fed(package):
    """Names of the values that conv and linear take as their weights."""
    return [
        operation.inputs["weight"][0]
        for operation in package.program.main.block.operations
        if operation.type in ("conv", "linear")
    ]


@pytest.mark.parametrize("name", SCHEMES)
def test_a_compressed_package_runs_on_its_decompressed_weights(compress, name, rng):
    model, path = compress(*SCHEMES[name])
    package = read_package(path)
    values = decompressed_by_loops(package)
    convolution, matrix = (values[weight] for weight in weights_fed(package))
    assert convolution.shape == (8, 4, 3, 3)
    x = rng.normal(size=SHAPE).astype(np.float32)
    wanted = run_by_torch(x, convolution, matrix)
    got = Executor(package, precision="fp32").run({"x": x})["out"]
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)
    halves = Executor(package, precision="fp16").run({"x": x})["out"]
    np.testing.assert_allclose(halves, wanted, rtol=2e-2, atol=2e-2)
    assert np.abs(wanted).max() > 0.1
    for output, theirs in decompressed_by_coremltools(model):
        np.testing.assert_allclose(values[output], theirs, rtol=2e-3, atol=1e-6)


def test_constexpr_ops_run_once_when_the_program_is_compiled(compress, rng):
    """No compressed weight is left as an op to run; what streams are the network's own ops."""
    _, path = compress(*SCHEMES["pruned, then int8"])
    package = read_package(path)
    types = [operation.type for operation in package.program.main.block.operations]
    assert types.count("constexpr_sparse_blockwise_shift_scale") == 2
    x = rng.normal(size=SHAPE).astype(np.float32)
    streamed = [operation.type for operation, _ in Executor(package).values({"x": x})]
    assert streamed == ["cast", "conv", "relu", "reduce_mean", "linear", "cast"]
    with pytest.raises(RunError, match="to keep are not computed by it"):
        Executor(package).run({"x": x}, keep=[weights_fed(package)[0]])


def test_weights_declared_fp16_are_rounded_once_as_the_mode_says(compress, rng):
    """One image pixel at a time reads the weights of a linear layer out of the network."""
    _, path = compress(*SCHEMES["int8 per channel, iOS18"])
    package = read_package(path)
    values = decompressed_by_loops(package)
    convolution, _ = (values[weight] for weight in weights_fed(package))
    x = np.zeros(SHAPE, np.float32)
    x[0, 1, 3, 3] = 1  # the centre tap of channel 1 lands at the same place
    for precision, wanted in (
        ("fp32", convolution[:, 1, 1, 1].astype(np.float32)),
        ("fp16", convolution[:, 1, 1, 1].astype(np.float16).astype(np.float32)),
    ):
        executor = Executor(package, precision=precision)
        kept = next(
            outputs for operation, outputs in executor.values({"x": x}) if operation.type == "conv"
        )
        np.testing.assert_array_equal(next(iter(kept.values()))[0, :, 3, 3], wanted)


def test_8_bit_weights_and_activations(coreml, tmp_path, monkeypatch, rng):
    """Calibration needs Core ML: the ranges are given instead of measured."""
    import coremltools.optimize.coreml as cto
    from coremltools.optimize.coreml import _post_training_quantization as quantization

    ct, mb = coreml.ct, coreml.mb
    build = mb.program(input_specs=[mb.TensorSpec(shape=SHAPE)], opset_version=ct.target.iOS17)
    model = ct.convert(
        build(lambda x: network(mb, x)),
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS17,
        compute_precision=ct.precision.FLOAT16,
        skip_model_load=True,
    )
    monkeypatch.setattr(quantization, "_get_activation_calibration_stats", lambda *a, **k: ranges)
    names = [v.name for o in model._mil_program.functions["main"].operations for v in o.outputs]
    ranges = {name: {"rmin": -4.0, "rmax": 4.0} for name in [*names, "x"]}
    config = cto.OptimizationConfig(
        global_config=cto.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=0)
    )
    model = cto.experimental.linear_quantize_activations(model, config, [{}])
    model = cto.linear_quantize_weights(model, config)
    path = tmp_path / "w8a8.mlpackage"
    model.save(str(path))
    package = read_package(path)
    types = [operation.type for operation in package.program.main.block.operations]
    assert types.count("quantize") == types.count("dequantize") == 4
    values = decompressed_by_loops(package)
    convolution, matrix = (torch.from_numpy(values[w]) for w in weights_fed(package))
    step = float(np.float16(8 / 254))

    def fake(x):
        return (x / step).round().clamp(-128, 127) * step

    x = rng.normal(size=SHAPE).astype(np.float32) * 2
    features = fake(
        F.conv2d(fake(torch.from_numpy(x).double()), convolution, padding="same").relu()
    )
    wanted = fake(fake(features.mean((2, 3))) @ matrix.T).numpy()
    got = Executor(package, precision="fp32").run({"x": x})["out"]
    assert np.abs(got - wanted).max() < 1.01 * step
    assert (np.abs(got - wanted) < step / 100).mean() > 0.9
    assert (np.abs(wanted) == 127 * step).any() or np.abs(wanted).max() > 1
