"""PyTorch to ONNX: interface, determinism, no trace of this machine."""

from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from poseconvert.errors import StageError
from poseconvert.network.source import Source
from poseconvert.stages.onnx_from_torch import onnx_from_torch


def source(module, names, shape=(1, 3, 32, 32)):
    return Source(module.eval(), "test", {"image": shape}, names)


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.a, self.b = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 6, 1)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        return self.a(x), self.b(x)


def test_names_shapes_and_order_are_the_sources(tmp_path):
    onnx_from_torch(source(TwoHeads(), ("heat", "off")), tmp_path / "m.onnx")

    graph = onnx.load(tmp_path / "m.onnx").graph
    shapes = {o.name: [d.dim_value for d in o.type.tensor_type.shape.dim] for o in graph.output}
    assert [value.name for value in graph.input] == ["image"]
    assert shapes == {"heat": [1, 4, 16, 16], "off": [1, 6, 16, 16]}


def test_the_same_network_gives_the_same_bytes(tmp_path):
    network = TwoHeads()
    for name in ("one", "two"):
        onnx_from_torch(source(network, ("heat", "off")), tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_no_path_of_this_machine_is_in_the_file(tmp_path):
    onnx_from_torch(source(TwoHeads(), ("heat", "off")), tmp_path / "m.onnx")

    data = (tmp_path / "m.onnx").read_bytes()
    assert b"site-packages" not in data
    assert __file__.encode() not in data


def test_module_paths_stay_in_the_nodes(tmp_path):
    onnx_from_torch(source(TwoHeads(), ("heat", "off")), tmp_path / "m.onnx")

    scopes = [
        prop.value
        for node in onnx.load(tmp_path / "m.onnx").graph.node
        for prop in node.metadata_props
        if prop.key == "pkg.torch.onnx.name_scopes"
    ]
    assert any("'stem'" in scope for scope in scopes)


class SameTensorTwice(nn.Module):
    def forward(self, x):
        y = x * 2
        return y, y


class Unexportable(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class DataDependent(nn.Module):
    def forward(self, x):
        return torch.nonzero(x)


def test_two_outputs_that_are_one_tensor_keep_both_names(tmp_path):
    onnx_from_torch(source(SameTensorTwice(), ("a", "b")), tmp_path / "m.onnx")

    assert [value.name for value in onnx.load(tmp_path / "m.onnx").graph.output] == ["a", "b"]


@pytest.mark.parametrize(
    ("network", "names"),
    [(Unexportable(), ("y",)), (DataDependent(), ("y",))],
)
def test_a_network_that_cannot_be_exported_is_refused(network, names, tmp_path):
    with pytest.raises(StageError, match=r"^onnx_from_torch: .*") as refused:
        onnx_from_torch(source(network, names), tmp_path / "m.onnx")

    assert "\n" not in str(refused.value)
    assert not (tmp_path / "m.onnx").exists()


PADDED = ("zeropad", "constpad", "refl")


class Padded(nn.Module):
    """A padding, a convolution and a view."""

    def __init__(self, padding):
        super().__init__()
        self.padding, self.conv = padding, nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv(self.padding(x)).view(x.shape[0], -1)


def _answers(module, path):
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(4))
    session = onnxruntime.InferenceSession(path)
    declared = tuple(session.get_outputs()[0].shape)
    (value,) = session.run(None, {"image": picture.numpy()})
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(value), module(picture), rtol=1e-5, atol=1e-5)
    assert declared == value.shape


@pytest.mark.parametrize("name", PADDED)
def test_a_scripted_padding_has_the_shape_that_it_gives(tmp_path, name):
    module = torch.jit.load(Path(__file__).parent / "cases" / f"{name}.pt")
    onnx_from_torch(source(module, ("y",)), tmp_path / "m.onnx")
    _answers(module, tmp_path / "m.onnx")


@pytest.mark.parametrize(
    "padding", [nn.ZeroPad2d((1, 2, 3, 4)), nn.ReplicationPad2d(2), nn.ConstantPad2d(3, 0.5)]
)
def test_what_follows_a_scripted_padding_has_its_shape_too(tmp_path, padding):
    module = torch.jit.script(Padded(padding).eval())
    onnx_from_torch(source(module, ("y",)), tmp_path / "m.onnx")
    _answers(module, tmp_path / "m.onnx")
