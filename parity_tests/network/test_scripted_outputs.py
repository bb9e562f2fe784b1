"""TorchScript that returns a dict or a list is exported with the values it gives by name."""

from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import nn

from poseconvert.errors import StageError
from poseconvert.network.programs import from_torchscript
from poseconvert.network.source import ModelOptions
from poseconvert.stages.onnx_from_torch import onnx_from_torch

SHAPE = (1, 3, 32, 32)
CASE = Path(__file__).parent / "cases" / "dict.pt"


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.a, self.b = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 1)


class NamedHeads(Heads):
    def forward(self, x):
        x = torch.relu(self.stem(x))
        return {"offset": self.b(x), "heatmap": self.a(x)}


class ListedHeads(Heads):
    def forward(self, x):
        x = torch.relu(self.stem(x))
        return [self.a(x), self.b(x)]


class FilledHeads(Heads):
    def forward(self, x):
        x = torch.relu(self.stem(x))
        found = {"z": self.a(x)}
        found["y"] = self.b(x)
        return found


def saved(module, path):
    torch.jit.script(module.eval()).save(path)
    return path


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda folder: CASE, ("heatmap", "offset")),
        (lambda folder: saved(NamedHeads(), folder / "m.pt"), ("offset", "heatmap")),
        (lambda folder: saved(ListedHeads(), folder / "m.pt"), ("output_0", "output_1")),
    ],
    ids=["case", "dict", "list"],
)
@pytest.mark.parametrize("scale", [None, (1 / 255,) * 3])
def test_each_output_has_its_name_and_its_values(tmp_path, make, names, scale):
    path = make(tmp_path)
    picture = torch.rand(SHAPE, generator=torch.Generator().manual_seed(7)) * 255
    with torch.no_grad():
        expected = torch.jit.load(path).eval()(picture * (scale[0] if scale else 1))
    expected = list(expected.values()) if isinstance(expected, dict) else expected

    source = from_torchscript(path, ModelOptions(inputs={"image": SHAPE}, scale=scale))
    assert source.output_names == names
    onnx_from_torch(source, tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    assert tuple(output.name for output in session.get_outputs()) == names
    found = session.run(None, {"image": picture.numpy()})
    for values, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(torch.from_numpy(values), wanted, rtol=1e-4, atol=1e-4)


def test_a_dict_that_is_filled_step_by_step_is_refused_with_what_to_do(tmp_path):
    path = saved(FilledHeads(), tmp_path / "m.pt")
    source = from_torchscript(path, ModelOptions(inputs={"image": SHAPE}))
    with pytest.raises(StageError, match=r"prim::DictConstruct.*give the \.pt2"):
        onnx_from_torch(source, tmp_path / "m.onnx")
