"""Compressed packages: what is stored, against numpy; what is left alone; what is refused."""

import shutil

import numpy as np
import pytest

from poseconvert.conversion.sha256 import digest
from poseconvert.errors import StageError
from poseconvert.mil import Executor, costs, moved_bytes, read_package, stored_bytes
from poseconvert.mil.package.program import Constant
from poseconvert.stages.compressed_from_coreml import (
    COMPRESSIONS,
    compressed_from_coreml,
    refuse_target,
)
from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
from poseconvert.stages.coreml_options import CoreMLOptions, Way

BITS = {"int8": 8, "palette8": 8, "palette6": 6, "palette4": 4}


@pytest.fixture(scope="module")
def compressed(tiny_conversion, tmp_path_factory):
    """The tiny package compressed in every way, by word."""
    place = tmp_path_factory.mktemp("compressed")
    for word in COMPRESSIONS:
        compressed_from_coreml(
            tiny_conversion / "model.mlpackage",
            place / f"{word}.mlpackage",
            compression=word,
            half=True,
        )
    return {word: place / f"{word}.mlpackage" for word in COMPRESSIONS}


def dense_weights(path):
    """Weights by the name the source package has them under."""
    main = read_package(path).program.main
    return {name: constant.array for name, constant in main.constants().items()}


def packed_ops(path):
    operations = read_package(path).program.main.block.operations
    return {o.outputs[0][0]: o for o in operations if o.type.startswith("constexpr_")}


def unpacked(operation):
    """Dequantise one weight in numpy, from what the file stores."""
    stored = {name: value.array for name, value in operation.attributes.items()} | {
        name: v.array for name, (v, *_) in operation.inputs.items() if isinstance(v, Constant)
    }
    if operation.type == "constexpr_affine_dequantize":
        data = stored["quantized_data"].astype(np.float64)
        scale, zero = (stored[k].astype(np.float64) for k in ("scale", "zero_point"))
        axes = [1] * data.ndim
        axes[int(stored["axis"])] = -1
        return (data - zero.reshape(axes)) * scale.reshape(axes)
    lut, shape = stored["lut"], tuple(stored["shape"])
    bits = int(np.log2(len(lut)))
    flags = np.unpackbits(stored["indices"].view(np.uint8), bitorder="little")
    flags = flags[: np.prod(shape) * bits].reshape(-1, bits)
    return lut[flags @ (1 << np.arange(bits))].astype(np.float64).reshape(shape)


def weights_that_ran(path):
    """The weight that every convolution was given, by its name."""
    walk = Executor(read_package(path), precision="fp32", engine="interpreter").walk(
        {"image": np.zeros((1, 3, 64, 64), np.float32)}
    )
    steps = [walk.step() for _ in range(len(walk))]
    convs = [step for step in steps if step.operation.type == "conv"]
    return {step.operation.inputs["weight"][0]: step.arguments["weight"] for step in convs}


@pytest.mark.parametrize("word", COMPRESSIONS)
def test_the_executor_unpacks_what_numpy_unpacks_and_it_is_near_the_weight(
    word, compressed, tiny_conversion
):
    source = dense_weights(tiny_conversion / "model.mlpackage")
    seen = weights_that_ran(compressed[word])
    packed = packed_ops(compressed[word])
    assert len(packed) >= 5
    for name, operation in packed.items():
        weight = source[name.rpartition("_")[0]].astype(np.float64)
        expected = unpacked(operation)
        np.testing.assert_allclose(
            np.asarray(seen[name], np.float64), expected, rtol=2**-10, atol=1e-7
        )
        error = ((weight - expected) ** 2).mean() / (weight**2).mean()
        assert -10 * np.log10(error) > {8: 33, 6: 22, 4: 14}[BITS[word]], name


@pytest.mark.parametrize("word", COMPRESSIONS)
def test_compressed_weights_take_their_share_of_the_bytes(word, compressed, tiny_conversion):
    source = dense_weights(tiny_conversion / "model.mlpackage")
    for name, operation in packed_ops(compressed[word]).items():
        dense = source[name.rpartition("_")[0]].nbytes
        written = sum(c.type.nbytes for c in operation.attributes.values())
        extra = written - dense * BITS[word] / 16
        assert 0 <= extra <= 2 * 2 ** BITS[word] + 2048


def test_fewer_bits_are_fewer_bytes_on_disk_and_moved(compressed, tiny_conversion):
    whole = read_package(tiny_conversion / "model.mlpackage")
    packages = [read_package(compressed[w]) for w in ("palette8", "palette6", "palette4")]
    stored = [stored_bytes(one) for one in (whole, *packages)]
    moved = [moved_bytes(one) for one in (whole, *packages)]
    assert stored == sorted(stored, reverse=True)
    assert len(set(stored)) == 4
    # Activations are the same: the traffic falls by what the weights lose.
    falls = [(moved[0] - m) - (stored[0] - s) for m, s in zip(moved, stored, strict=True)]
    assert max(map(abs, falls)) <= 64
    for one in packages:
        assert [c.macs for c in costs(one)] == [c.macs for c in costs(whole)]


@pytest.mark.parametrize("word", COMPRESSIONS)
def test_two_runs_give_the_same_bytes(word, compressed, tiny_conversion, tmp_path):
    again = tmp_path / compressed[word].name
    source = tiny_conversion / "model.mlpackage"
    compressed_from_coreml(source, again, compression=word, half=True)
    assert digest(again) == digest(compressed[word])


def test_small_and_depthwise_weights_stay_as_they_are(compressed, tiny_conversion):
    source = dense_weights(tiny_conversion / "model.mlpackage")
    left = dense_weights(compressed["palette4"])
    packed = {name.rpartition("_")[0] for name in packed_ops(compressed["palette4"])}
    assert packed
    for name, weight in source.items():
        small = weight.ndim >= 3 and (weight.size <= 2048 or weight.shape[1] == 1)
        if small:
            assert name not in packed
            np.testing.assert_array_equal(left[name], weight)
        elif weight.ndim >= 3:
            assert name in packed


def one_conv(path, *, features=64, keep=(), precision="fp16", target="iOS16"):
    """A package of two 1x1 convolutions, the second of ``features`` by ``features`` weights."""
    from onnx import TensorProto, helper, numpy_helper

    chance = np.random.default_rng(0)
    weights = {
        "first": chance.normal(size=(features, 3, 1, 1)),
        "second": chance.normal(size=(features, features, 1, 1)),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "first"], ["a"]),
            helper.make_node("Relu", ["a"], ["b"]),
            helper.make_node("Conv", ["b", "second"], ["heatmap"]),
        ],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, 8, 8))],
        [helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, (1, features, 8, 8))],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    options = CoreMLOptions(precision=precision, target=target, keep_fp32=keep)
    coreml_from_onnx(model, path, options=options, way=Way("onnx2coreml"), network=None)
    return path


def test_a_weight_kept_in_float32_is_not_compressed(tmp_path):
    kept = one_conv(tmp_path / "kept.mlpackage", keep=("second",))
    with pytest.raises(StageError, match=r"kept\.mlpackage has no weight of more than 2048"):
        compressed_from_coreml(kept, tmp_path / "c.mlpackage", compression="int8", half=True)
    assert not (tmp_path / "c.mlpackage").exists()


@pytest.mark.parametrize("word", COMPRESSIONS)
@pytest.mark.parametrize(("precision", "target"), [("fp32", "iOS16"), ("fp16", "iOS18")])
def test_float32_packages_and_newer_targets_are_compressed_too(word, precision, target, tmp_path):
    source = one_conv(tmp_path / "s.mlpackage", precision=precision, target=target)
    path = tmp_path / "c.mlpackage"
    names = compressed_from_coreml(source, path, compression=word, half=precision == "fp16")
    assert len(names) == 1
    assert len(packed_ops(path)) == 1
    saved = stored_bytes(read_package(source)) - stored_bytes(read_package(path))
    whole = 64 * 64 * {"fp32": 4, "fp16": 2}[precision]
    assert saved > whole - 64 * 64 * BITS[word] / 8 - 2048


def test_a_package_without_large_weights_is_refused(tmp_path):
    source = one_conv(tmp_path / "small.mlpackage", features=8)
    with pytest.raises(StageError, match="Omit --compress"):
        compressed_from_coreml(source, tmp_path / "c.mlpackage", compression="int8", half=True)


def test_ios_15_is_refused_with_the_cure():
    with pytest.raises(StageError, match=r"iOS15 reads no compressed weights. Give --target iOS16"):
        refuse_target("iOS15")
    refuse_target("iOS16")


def test_the_source_package_is_not_touched(tiny_conversion, tmp_path):
    source = shutil.copytree(tiny_conversion / "model.mlpackage", tmp_path / "s.mlpackage")
    before = digest(source)
    compressed_from_coreml(source, tmp_path / "c.mlpackage", compression="int8", half=True)
    assert digest(source) == before
