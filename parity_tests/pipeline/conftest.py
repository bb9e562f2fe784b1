"""One small network as strangers export it: ONNX in both layouts, packages of coremltools alone."""

import coremltools as ct
import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

SIDE = 32
MAP, OFFSET = (1, 17, 8, 8), (1, 34, 8, 8)


class Net(nn.Module):
    """Wants RGB in 0-1; a heatmap of 17 joints, and offsets."""

    def __init__(self, seed=3):
        super().__init__()
        torch.manual_seed(seed)
        self.body = nn.Conv2d(3, 16, 4, stride=4)
        self.heatmap, self.offset = nn.Conv2d(16, 17, 1), nn.Conv2d(16, 34, 1)

    def forward(self, x):
        y = torch.relu(self.body(x))
        return torch.sigmoid(self.heatmap(y)), self.offset(y)


class Flipped(nn.Module):
    """Takes BGR, as a package does whose image is declared so."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x.flip(1))


class Last(nn.Module):
    """Takes and gives its channels last, as TensorFlow's exports do."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        heatmap, offset = self.net(x.permute(0, 3, 1, 2))
        return heatmap.permute(0, 2, 3, 1), offset.permute(0, 2, 3, 1)


def graph(net, *, last=False, names=("image", "heatmap", "offset"), scaled=False):
    """The network as ONNX: channels first or last, 0-1 outside or inside."""
    image, heatmap, offset = names
    weights = {
        name: numpy_helper.from_array(value.numpy(), name)
        for name, value in net.state_dict().items()
    }
    shape = [1, SIDE, SIDE, 3] if last else [1, 3, SIDE, SIDE]
    node, nodes, start = helper.make_node, [], image
    if scaled:
        weights["k"] = numpy_helper.from_array(np.array(1 / 255, np.float32), "k")
        nodes.append(node("Mul", [start, "k"], ["scaled"]))
        start = "scaled"
    if last:
        nodes.append(node("Transpose", [start], ["first"], perm=[0, 3, 1, 2]))
        start = "first"
    nodes += [
        node("Conv", [start, "body.weight", "body.bias"], ["b"], strides=[4, 4]),
        node("Relu", ["b"], ["r"]),
        node("Conv", ["r", "heatmap.weight", "heatmap.bias"], ["h_"]),
        node("Sigmoid", ["h_"], ["hs"]),
        node("Conv", ["r", "offset.weight", "offset.bias"], ["o_"]),
    ]
    outs = []
    for name, value, (n, c, h, w) in ((heatmap, "hs", MAP), (offset, "o_", OFFSET)):
        perm = [0, 2, 3, 1] if last else [0, 1, 2, 3]
        nodes.append(node("Transpose", [value], [name], perm=perm))
        made = [n, h, w, c] if last else [n, c, h, w]
        outs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, made))
    given = helper.make_tensor_value_info(image, TensorProto.FLOAT, shape)
    made = helper.make_graph(nodes, "g", [given], outs, list(weights.values()))
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def package(net, path, *, names=("heatmap", "offset"), precision="fp32", image=True,
            shape=(1, 3, SIDE, SIDE), **kind):  # fmt: skip
    """What coremltools makes of it, with nothing of ours."""
    traced = torch.jit.trace(net.eval(), torch.zeros(*shape))
    taken = (ct.ImageType if image else ct.TensorType)(name="picture", shape=shape, **kind)
    made = ct.convert(
        traced,
        inputs=[taken],
        outputs=[ct.TensorType(name=name) for name in names],
        compute_precision=ct.precision.FLOAT16 if precision == "fp16" else ct.precision.FLOAT32,
        minimum_deployment_target=ct.target.iOS16,
        skip_model_load=True,
    )
    made.save(str(path))
    return path


@pytest.fixture(scope="session")
def theirs(once):
    """Every artifact, made once; by name."""

    def make(folder):
        net = Net().eval()
        onnx.save(graph(net), folder / "plain.onnx")
        onnx.save(graph(net, scaled=True), folder / "scaled.onnx")
        onnx.save(graph(net, last=True), folder / "last.onnx")
        onnx.save(graph(net, names=("x", "h", "o")), folder / "renamed.onnx")
        onnx.save(graph(Net(4).eval()), folder / "other.onnx")
        torch.jit.save(torch.jit.trace(net, torch.zeros(1, 3, SIDE, SIDE)), str(folder / "net.pt"))
        package(net, folder / "image.mlpackage", scale=1 / 255)
        package(net, folder / "half.mlpackage", scale=1 / 255, precision="fp16")
        package(net, folder / "tensor.mlpackage", image=False)
        package(Last(net), folder / "last.mlpackage", image=False, shape=(1, SIDE, SIDE, 3))
        package(net, folder / "unnamed.mlpackage", scale=1 / 255, names=("var_1", "var_2"))
        package(Flipped(net), folder / "bgr.mlpackage", scale=1 / 255,
                color_layout=ct.colorlayout.BGR)  # fmt: skip
        package(net, folder / "wrong_bgr.mlpackage", scale=1 / 255,
                color_layout=ct.colorlayout.BGR)  # fmt: skip
        package(net, folder / "unscaled.mlpackage")
        return folder

    return once("theirs", make)
