"""Old Core ML models of the kinds people have, made ML Programs, with what moved and what it takes.

    python benchmarks/upgrades.py              PoseNet of ../shared/assets and two small networks
    python benchmarks/upgrades.py --json /tmp/upgrades.json

PoseNet goes through coremltools' own ``neuralnetwork`` backend; the others are written with its
``NeuralNetworkBuilder``, one in the older convention of shapes with quantised weights. Times are
ratios of one run: a NeuralNetwork against its ML Program twin in the executor, and reading a large
file against a bare parse of its protobuf.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import coremltools as ct
import numpy as np
import torch
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder, quantization_utils
from coremltools.models.utils import save_spec
from coremltools.proto import Model_pb2

from poseconvert.face.upgrade import upgrade
from poseconvert.mil import Executor, read_package
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

HERE = Path(__file__).parent
RESULT = HERE / "results" / "upgrades.json"
POSENET = HERE.parent.parent / "shared/assets/models/posenet_mnv1_050_rwightman_layout.pth"
RUNS = 15


def posenet(folder):
    """PoseNet as a NeuralNetwork, and its twin of another way: a float32 ML Program."""
    module = load_source(POSENET, ModelOptions(size=257)).module.eval()
    picture = torch.rand(1, 3, 257, 257)
    traced = torch.jit.trace(module, picture, strict=False)
    given = [ct.ImageType(name="image", shape=picture.shape, scale=2 / 255, bias=[-1, -1, -1])]
    old, twin = folder / "posenet.mlmodel", folder / "twin.mlpackage"
    ct.convert(traced, convert_to="neuralnetwork", inputs=given).save(str(old))
    full = ct.precision.FLOAT32
    ct.convert(traced, convert_to="mlprogram", inputs=given, compute_precision=full).save(str(twin))
    return old, twin


def heatmaps(folder, *, name, exact, bits=None):
    """Write a small network of heatmaps: convolutions, a skip, upsampling."""
    generator = np.random.default_rng(11)
    builder = NeuralNetworkBuilder(
        [("image", datatypes.Array(3, 64, 64))],
        [("heatmap", datatypes.Array(17, 32, 32))],
        disable_rank5_shape_mapping=exact,
    )
    source, channels = "image", 3
    for index, width in enumerate((16, 32, 32)):
        builder.add_convolution(
            f"conv{index}",
            kernel_channels=channels,
            output_channels=width,
            height=3,
            width=3,
            stride_height=1 + (index < 2),
            stride_width=1 + (index < 2),
            border_mode="same",
            groups=1,
            W=generator.normal(0, (2 / (9 * channels)) ** 0.5, size=(3, 3, channels, width)),
            b=generator.normal(0, 0.1, size=width),
            has_bias=True,
            input_name=source,
            output_name=f"c{index}",
        )
        builder.add_activation(f"relu{index}", "RELU", f"c{index}", f"r{index}")
        source, channels = f"r{index}", width
    builder.add_elementwise("skip", ["r1", "r2"], "skip", "ADD")
    builder.add_convolution(
        "head",
        kernel_channels=channels,
        output_channels=17,
        height=1,
        width=1,
        stride_height=1,
        stride_width=1,
        border_mode="valid",
        groups=1,
        W=generator.normal(0, 0.3, size=(1, 1, channels, 17)),
        b=None,
        has_bias=False,
        input_name="skip",
        output_name="small",
    )
    builder.add_upsample("up", 2, 2, "small", "large", mode="BILINEAR")
    builder.add_activation("squash", "SIGMOID", "large", "heatmap")
    builder.set_pre_processing_parameters(image_input_names=["image"], image_scale=1 / 255)
    spec = builder.spec
    if bits:
        model = ct.models.MLModel(spec)
        spec = quantization_utils.quantize_weights(model, bits, "linear").get_spec()
    path = folder / f"{name}.mlmodel"
    save_spec(spec, str(path))
    return path


def upgraded(path):
    """Upgrade one; give the verdict and the largest drift of each output."""
    began = time.perf_counter()
    found = upgrade(path, path.with_suffix(".mlpackage"))
    return {
        "verdict": found.verdict,
        "said": found.summary,
        "seconds": round(time.perf_counter() - began, 2),
        "bytes": path.stat().st_size,
    }


def run_ratio(old, twin):
    """Median time of the NeuralNetwork against its twin's, run in turn."""
    picture = np.random.default_rng(0).integers(0, 256, (257, 257, 3)).astype(np.uint8)
    executors = [Executor(read_package(path), precision="fp32") for path in (old, twin)]
    times = [[], []]
    for _ in range(RUNS):
        for executor, kept in zip(executors, times, strict=True):
            began = time.perf_counter()
            executor.run({"image": picture})
            kept.append(time.perf_counter() - began)
    return float(np.median(times[0]) / np.median(times[1]))


def read_ratio(folder):
    """Median time of reading 100 MB of weights against parsing them."""
    builder = NeuralNetworkBuilder(
        [("x", datatypes.Array(5000))],
        [("y", datatypes.Array(5000))],
        disable_rank5_shape_mapping=True,
    )
    weight = np.zeros((5000, 5000), np.float32)
    builder.add_inner_product("ip", weight, None, 5000, 5000, False, "x", "y")
    path = folder / "large.mlmodel"
    save_spec(builder.spec, str(path))
    reads, parses = [], []
    for _ in range(5):
        began = time.perf_counter()
        Model_pb2.Model().ParseFromString(path.read_bytes())
        parses.append(time.perf_counter() - began)
        began = time.perf_counter()
        read_package(path)
        reads.append(time.perf_counter() - began)
    return path.stat().st_size, float(np.median(reads) / np.median(parses))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=RESULT)
    options = parser.parse_args()
    result = {"coremltools": ct.__version__, "torch": torch.__version__, "upgrades": {}}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        models = [
            heatmaps(folder, name="exact", exact=True),
            heatmaps(folder, name="quantised", exact=False, bits=8),
        ]
        if POSENET.exists():
            old, twin = posenet(folder)
            models.append(old)
            result["run_ratio"] = round(run_ratio(old, twin), 3)
        for path in models:
            result["upgrades"][path.stem] = upgraded(path)
        result["read_bytes"], ratio = read_ratio(folder)
        result["read_ratio"] = round(ratio, 3)
    options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
