"""Real networks with ops that cannot go: refused by op name, with the closest way round."""

import onnx
import pytest
import torch
import torch.nn.functional as F
from brought import written
from torch import nn

from poseconvert.drift import Parity
from poseconvert.errors import GraphError, ModelError, StageError
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.convert.convert import ConvertOptions, convert


class Around(nn.Module):
    def __init__(self, op):
        super().__init__()
        self.op, self.conv = op, nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.op(self.conv(x))


def volume(x):
    grid = F.affine_grid(torch.eye(3, 4)[None], (1, 4, 2, 8, 8), align_corners=False)
    return F.grid_sample(x[:, :, None], grid, align_corners=False)


def counted(x):
    return torch.bincount(x.flatten().long().clamp(0, 9), minlength=10).float()


@pytest.mark.parametrize(
    ("op", "name", "advice"),
    [
        (lambda x: torch.fft.rfft2(x).abs(), "aten::fft_rfft2", "Fourier transform outside"),
        (lambda x: torch.linalg.svdvals(x[0]), "aten::linalg_svdvals", "algebra outside"),
        (lambda x: torch.nonzero(x > 0), "NonZero", "keep the shape fixed"),
        (lambda x: torch.unique(x.round()), "Unique", "keep the shape fixed"),
        (counted, "aten::bincount", "Count with"),
        (volume, "GridSample with 5D", "4D inputs"),
    ],
    ids=["fft", "svd", "nonzero", "unique", "bincount", "grid_sample_5d"],
)
def test_an_op_that_cannot_go_is_named_with_advice(op, name, advice, tmp_path, capsys):
    torch.manual_seed(0)
    path = written(Around(op).eval(), tmp_path / "net.pt", (1, 3, 8, 8))
    options = ConvertOptions(model=ModelOptions(inputs={"image": (1, 3, 8, 8)}))

    with pytest.raises(StageError) as caught:
        convert(path, tmp_path, target=tmp_path, options=options, progress=lambda step: None)

    assert name in str(caught.value)
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().out == ""  # where --json goes


def test_open_axes_of_an_onnx_file_are_named_with_the_flag(tmp_path):
    text = (
        '<ir_version: 8, opset_import: ["" : 18]>'
        "g (float[batch,3,height,64] x) => (float[batch,3,height,64] y) { y = Relu(x) }"
    )
    onnx.save(onnx.parser.parse_model(text), tmp_path / "open.onnx")

    with pytest.raises(GraphError) as caught:
        convert(
            tmp_path / "open.onnx",
            tmp_path,
            target=tmp_path,
            options=ConvertOptions(),
            progress=lambda step: None,
        )

    assert "axis 0 (batch), axis 2 (height)" in str(caught.value)
    assert "--input x:1,3,224,224" in str(caught.value)


def test_the_op_of_an_onnx_file_whose_data_decides_a_shape_is_named(tmp_path):
    text = (
        '<ir_version: 8, opset_import: ["" : 18]>'
        "g (float[1,8] x) => (int64[2,found] y) { positive = Relu(x) y = NonZero(positive) }"
    )
    onnx.save(onnx.parser.parse_model(text), tmp_path / "found.onnx")
    (tmp_path / "out").mkdir()

    with pytest.raises(GraphError, match=r"no fixed shape: NonZero\. .* keep the shape fixed"):
        convert(
            tmp_path / "found.onnx",
            tmp_path / "out",
            target=tmp_path / "out",
            options=ConvertOptions(),
            progress=lambda step: None,
        )


@pytest.fixture
def open_program(tmp_path):
    sizes = {"x": {2: torch.export.Dim("height", min=4, max=64)}}
    program = torch.export.export(
        Around(torch.relu).eval(), (torch.zeros(1, 3, 8, 8),), dynamic_shapes=sizes
    )
    torch.export.save(program, tmp_path / "open.pt2")
    return tmp_path / "open.pt2"


def convert_open(path, **said):
    (out := path.parent / "out").mkdir()
    options = ConvertOptions(model=ModelOptions(trust_pickle=True, **said))
    return convert(path, out, target=out, options=options, progress=lambda step: None)


def test_a_program_of_open_sizes_is_refused_though_trusted_with_the_flag(open_program):
    with pytest.raises(
        ModelError, match=r"open sizes \(1, 3, s\d+, 8\)\. Give them, as in --input"
    ):
        convert_open(open_program)


def test_input_fixes_the_open_sizes_of_a_trusted_program(open_program):
    measurement = convert_open(open_program, inputs={"x": (1, 3, 12, 8)})
    assert measurement.parity is Parity.HELD
    assert measurement.manifest.inputs == {"x": (1, 3, 12, 8)}
    assert measurement.manifest.outputs["output_0"] == (1, 4, 12, 8)


@pytest.mark.parametrize("shape", [(1, 3, 12, 9), (2, 3, 12, 8), (1, 3, 12), (1, 3, 128, 8)])
def test_input_fixes_only_what_is_open_and_within_its_bounds(shape, open_program):
    with pytest.raises(ModelError, match=r"was exported for|does not run on an input of shape"):
        convert_open(open_program, inputs={"x": shape})
