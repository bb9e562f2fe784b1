"""Small networks in which every kind of op occurs that a converter gets wrong."""

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from poseconvert.network.source import ModelOptions

SIZE = 32
SCRIPT = ModelOptions(inputs={"input": (1, 3, SIZE, SIZE)})


class Zoo(nn.Module):
    """Normalisation, strided conv, batch norm, ReLU6, average pool, resize, transposed conv."""

    def __init__(self, *, track=True):
        super().__init__()
        torch.manual_seed(7)
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8, eps=1e-5, track_running_stats=track)
        self.pool = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.expand = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)
        if track:
            self.norm.running_mean.uniform_(-0.5, 0.5)
            self.norm.running_var.uniform_(0.001, 0.5)
        nn.init.uniform_(self.norm.weight, 0.5, 2.0)
        nn.init.uniform_(self.norm.bias, 1.0, 5.0)
        self.eval()

    def forward(self, x):
        x = self.norm(self.conv(x / 127.5 - 1))
        return self.expand(self.up(self.pool(torch.clamp(x, 0.0, 6.0))))


def zoo_script(path, **options):
    network = Zoo(**options)
    with torch.no_grad():
        torch.jit.trace(network, torch.rand(1, 3, SIZE, SIZE) * 255).save(str(path))
    return path


def zoo_onnx(path, *, training=False):
    """The same network as an ONNX graph whose batch norm is not folded."""
    zoo = Zoo()
    tensors = {name: value.numpy() for name, value in zoo.state_dict().items() if value.ndim}
    tensors |= {
        "scale": np.float32(1 / 127.5).reshape(1, 1, 1, 1), "one": np.ones((1, 1, 1, 1), "f4"),
        "low": np.float32(0), "high": np.float32(6), "roi": np.zeros(0, "f4"),
        "scales": np.array([1, 1, 2, 2], "f4"),
    }  # fmt: skip
    live = {"training_mode": 1} if training else {}
    nodes = [
        helper.make_node("Mul", ["input", "scale"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "one"], ["centred"]),
        helper.make_node("Conv", ["centred", "conv.weight", "conv.bias"], ["conv"], name="conv",
                         strides=[2, 2], pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        helper.make_node("BatchNormalization",
                         ["conv", "norm.weight", "norm.bias", "norm.running_mean",
                          "norm.running_var"],
                         ["norm", *(["mean", "var"] if training else [])], name="norm",
                         epsilon=1e-5, **live),
        helper.make_node("Clip", ["norm", "low", "high"], ["clip"], name="clip"),
        helper.make_node("AveragePool", ["clip"], ["pool"], name="pool", kernel_shape=[3, 3],
                         strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=0),
        helper.make_node("Resize", ["pool", "roi", "scales"], ["up"], name="up", mode="linear",
                         coordinate_transformation_mode="half_pixel"),
        helper.make_node("ConvTranspose", ["up", "expand.weight", "expand.bias"], ["map"],
                         name="expand", strides=[2, 2], pads=[1, 1, 1, 1], kernel_shape=[3, 3],
                         output_padding=[1, 1]),
    ]  # fmt: skip
    return save_graph(path, nodes, tensors, {"map": (1, 4, SIZE, SIZE)})


def save_graph(path, nodes, tensors, outputs, *, size=SIZE):
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, (1, 3, size, size))],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in tensors.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def overflowing(path):
    """Values of some 1e6 between two convolutions."""
    generator = np.random.default_rng(3)
    tensors = {
        "large": (generator.standard_normal((8, 3, 3, 3)) * 400).astype("f4"),
        "small": (generator.standard_normal((4, 8, 1, 1)) * 1e-5).astype("f4"),
    }
    nodes = [
        helper.make_node("Conv", ["input", "large"], ["huge"], name="huge", pads=[1, 1, 1, 1],
                         kernel_shape=[3, 3]),
        helper.make_node("Conv", ["huge", "small"], ["map"], name="map", kernel_shape=[1, 1]),
    ]  # fmt: skip
    return save_graph(path, nodes, tensors, {"map": (1, 4, SIZE, SIZE)})


def underflowing(path):
    """Weights of some 1e-8, most of which float16 cannot hold."""
    generator = np.random.default_rng(4)
    tensors = {
        "tiny": (generator.standard_normal((8, 3, 3, 3)) * 2e-8).astype("f4"),
        "back": np.float32(3e5).reshape(1, 1, 1, 1),
    }
    nodes = [
        helper.make_node("Conv", ["input", "tiny"], ["faint"], name="faint", pads=[1, 1, 1, 1],
                         kernel_shape=[3, 3]),
        helper.make_node("Relu", ["faint"], ["rectified"], name="rectified"),
        helper.make_node("Mul", ["rectified", "back"], ["map"], name="map"),
    ]  # fmt: skip
    return save_graph(path, nodes, tensors, {"map": (1, 8, SIZE, SIZE)})


def saturated(path):
    """Heatmaps whose logits all lie near 9, where a float16 sigmoid is exactly 1."""
    generator = np.random.default_rng(5)
    tensors = {
        "weight": (generator.standard_normal((17, 3, 16, 16)) * 2e-4).astype("f4"),
        "bias": np.full(17, 9.5, "f4"),
        "offsets": (generator.standard_normal((34, 3, 16, 16)) * 1e-3).astype("f4"),
    }
    nodes = [
        helper.make_node("Conv", ["input", "weight", "bias"], ["logits"], name="logits",
                         strides=[16, 16], kernel_shape=[16, 16]),
        helper.make_node("Sigmoid", ["logits"], ["heatmap"], name="sigmoid"),
        helper.make_node("Conv", ["input", "offsets"], ["offset"], name="offset",
                         strides=[16, 16], kernel_shape=[16, 16]),
    ]  # fmt: skip
    shapes = {"heatmap": (1, 17, 8, 8), "offset": (1, 34, 8, 8)}
    return save_graph(path, nodes, tensors, shapes, size=128)


def plain(path):
    """Three channels of a picture, normalised outside, through two convolutions."""
    generator = np.random.default_rng(6)
    tensors = {
        "first": (generator.standard_normal((8, 3, 3, 3)) * 0.3).astype("f4"),
        "second": (generator.standard_normal((4, 8, 3, 3)) * 0.3).astype("f4"),
    }
    nodes = [
        helper.make_node("Conv", ["input", "first"], ["a"], name="a", pads=[1, 1, 1, 1],
                         kernel_shape=[3, 3]),
        helper.make_node("Relu", ["a"], ["b"], name="b"),
        helper.make_node("Conv", ["b", "second"], ["map"], name="map", kernel_shape=[3, 3]),
    ]  # fmt: skip
    return save_graph(path, nodes, tensors, {"map": (1, 4, SIZE - 2, SIZE - 2)})


def twins(path):
    """Two outputs of one shape, which only their names tell apart."""
    generator = np.random.default_rng(8)
    tensors = {n: generator.standard_normal((4, 3, 3, 3)).astype("f4") for n in ("one", "other")}
    nodes = [
        helper.make_node("Conv", ["input", weight], [name], name=name, pads=[1, 1, 1, 1],
                         kernel_shape=[3, 3])
        for weight, name in (("one", "left"), ("other", "right"))
    ]  # fmt: skip
    shape = (1, 4, SIZE, SIZE)
    return save_graph(path, nodes, tensors, {"left": shape, "right": shape})
