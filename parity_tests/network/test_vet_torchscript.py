"""TorchScript code may call what networks call; any other name is refused before it is read."""

import zipfile
from typing import NamedTuple

import pytest
import torch
from torch import nn

from poseconvert.errors import ModelError
from poseconvert.network.archive import vet_torchscript
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

SHAPE = (1, 3, 16, 16)
OPTIONS = ModelOptions(inputs={"image": SHAPE})


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "m.pt"
    torch.jit.script(Plain().eval()).save(path)
    return path


def refusal(path):
    with pytest.raises(ModelError) as caught:
        load_source(path, OPTIONS)
    text = str(caught.value)
    assert "\n" not in text
    return text


def with_code(plain, folder, line, *, after="", extra=""):
    """Put a line at the start of forward, lines after its class, and a field into its class."""
    path = folder / "m.pt"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith(".py") and b"def forward" in data and b"class Plain" in data:
                text = data.decode()
                head, _, body = text.partition("-> Tensor:\n")
                head = head.replace("  training : bool\n", f"  training : bool\n{extra}")
                data = f"{head}-> Tensor:\n    {line}\n{body}{after}".encode()
            copy.writestr(name, data)
    return path


FIELD = "  from_file : int\n"
CALLS = {
    'f = torch.from_file("/etc/passwd", False, 4)': "calls 'torch.from_file'",
    'f = torch . from_file ("/etc/passwd", False, 4)': "calls 'torch.from_file'",
    "f = torch.from_file": "calls 'torch.from_file'",
    'torch.save(x, "a")': "calls 'torch.save'",
    'f = ops.aten.from_file("/etc/passwd", False, 4)': "calls 'ops.aten.from_file'",
    "f = ops.quantized.add(x, x, 1., 0)": "calls 'ops.quantized.add'",
    "f = ops.prim.fork(x)": "calls 'ops.prim.fork'",
    'f = torch.autograd.load("a")': "calls 'torch.autograd",
    'f = "/etc/passwd".from_file(False, 4)': "calls 'from_file'",
    'f = getattr("/etc/passwd", "from_file")(False, 4)': "calls 'from_file'",
    "f = getattr(self, torch.format('{}', 'a'))": "a name that it computes",
    "t = torch": "hands torch on",
    "t = ops": "hands ops on",
    "f = fork(x)": "calls 'fork'",
    "f = awaitable(x)": "calls 'awaitable'",
    "print(x)": "calls 'print'",
    "f = open('a')": "calls 'open'",
    "torch.set_(x, x)": "calls 'torch.set_'",
    "torch.resize_(x, [1000000])": "calls 'torch.resize_'",
    "f = __torch__.torch.classes.x.Y(x)": "calls '__torch__.torch.classes",
    "f = x.from_file": "calls 'from_file'",
    "torch = x\n    f = torch.relu(x)": "hands torch on",
}


@pytest.mark.parametrize("line", CALLS)
def test_what_is_not_listed_is_refused_by_name(plain, tmp_path, line):
    assert CALLS[line] in refusal(with_code(plain, tmp_path, line))


def test_a_field_of_that_name_is_no_way_round(plain, tmp_path):
    """``from_file`` is this class's own on ``self``; on text it is still the operator."""
    line = 'f = "/etc/passwd".from_file(False, 4)'
    assert "calls 'from_file'" in refusal(with_code(plain, tmp_path, line, extra=FIELD))
    line = 'self = "/etc/passwd"\n    f = self.from_file(False, 4)'
    assert "calls 'from_file'" in refusal(with_code(plain, tmp_path, line, extra=FIELD))


ODD = {
    "f = 1 # comment": "written as torch does not write it",
    'f = """a"""': "written as torch does not write it",
    "f = f'{x}'": "written as torch does not write it",
    "f = torch. \\\n      relu(x)": "as torch does not write it",
    "f = \N{FULLWIDTH LATIN SMALL LETTER T}orch.save": "letters have more than one form",
    "f = " + "(" * 5000 + "x" + ")" * 5000: "cannot be read",
    "f = (": "cannot be read",
    "f = \x00": "cannot be read",
}


@pytest.mark.parametrize("line", ODD)
def test_code_that_python_and_torch_may_read_apart_is_refused(plain, tmp_path, line):
    assert ODD[line] in refusal(with_code(plain, tmp_path, line))


def test_code_outside_of_functions_is_looked_at_too(plain, tmp_path):
    path = with_code(plain, tmp_path, "f = 1", after='torch.save(1, "a")\n')
    assert "calls 'torch.save'" in refusal(path)


def test_torch_itself_does_open_the_file(plain, tmp_path):
    """Else the first rows test nothing."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"abcd")
    lines = f'f = torch.from_file("{victim}", False, 4, dtype=0)\n    x = torch.add(x, f[0])'
    loaded = torch.jit.load(with_code(plain, tmp_path, lines), map_location="cpu")
    assert loaded(torch.zeros(SHAPE)).shape == SHAPE


class Found(NamedTuple):
    heatmap: torch.Tensor
    offset: torch.Tensor


class Control(nn.Module):
    """Loops, branches, dicts, errors, text, assertions: what scripted code is made of."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([nn.Conv2d(3, 3, 1) for _ in range(3)])
        self.resize = nn.Upsample(scale_factor=2)
        self.data = nn.Identity()

    def save(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1

    def forward(self, x: torch.Tensor):
        if x.dim() != 4:
            raise ValueError(f"expected 4 axes, got {x.dim()}")
        assert x.shape[1] == 3, "three channels"
        for stage in self.stages:
            x = torch.relu_(stage(x))
        count = 0
        while count < 2:
            x = x + count
            count += 1
        x[:, 0] = 0
        parts = {"a": x, "b": self.save(x)}
        found = [value.mean() for value in parts.values()]
        found.append(self.data(self.resize(x)).max())
        return Found(parts["a"], torch.stack(found))


def function(body):
    class Of(nn.Module):
        def forward(self, x: torch.Tensor):
            return body(x)

    return Of()


SCRIPTED = {
    "control flow": Control(),
    "an encoder": nn.Sequential(nn.Flatten(2), nn.TransformerEncoderLayer(256, 4, 64)),
    "attention": nn.Sequential(nn.Flatten(2), nn.LayerNorm(256), nn.Linear(256, 8), nn.GELU()),
    "batch norm and dropout": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout()),
    "recurrent": nn.Sequential(nn.Flatten(2), nn.Linear(256, 8)),
    "resampling": nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.PixelShuffle(1)),
    "activations": nn.Sequential(nn.Hardswish(True), nn.SiLU(True), nn.Mish(), nn.PReLU(3)),
    "norms": nn.Sequential(nn.GroupNorm(1, 3), nn.InstanceNorm2d(3), nn.LocalResponseNorm(2)),
    "pools": nn.Sequential(nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(4), nn.AvgPool2d(2)),
    "transposed": nn.Sequential(nn.ConvTranspose2d(3, 3, 2, 2), nn.ReflectionPad2d(1)),
}
TRACED = SCRIPTED | {
    "creation": function(
        lambda x: x * torch.arange(16, device=x.device) + torch.zeros(1, dtype=x.dtype).to(x)
    ),
    "random": function(lambda x: x + torch.rand(1) * 0),
    "einsum": function(lambda x: torch.einsum("bchw,bkhw->bck", x, x)),
    "indexing": function(lambda x: x.flatten(1).gather(1, x.flatten(1).argsort(1))),
    "masks": function(lambda x: torch.where(x > 0, x, torch.zeros_like(x)).masked_fill(x > 1, 1)),
    "a dict": function(lambda x: (x.amax((2, 3)), x.softmax(1).unbind(1))),
    "spectrum": function(lambda x: torch.fft.rfft2(x).abs()),
    "windows": function(lambda x: nn.functional.unfold(x, 4, stride=4).roll(1, -1)),
}
TRACED.pop("control flow")
CASES = [("script", name) for name in SCRIPTED] + [("trace", name) for name in TRACED]


@pytest.mark.parametrize(("how", "name"), CASES, ids=lambda part: part)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_code_as_people_save_it_passes_and_answers_the_same(tmp_path, how, name):
    module = (SCRIPTED if how == "script" else TRACED)[name].eval()
    example = torch.linspace(-1, 1, 768).reshape(SHAPE)
    saved = torch.jit.script(module) if how == "script" else torch.jit.trace(module, example)
    path = tmp_path / "m.pt"
    saved.save(path)
    loaded = torch.jit.load(vet_torchscript(path), map_location="cpu")
    expected = torch.utils._pytree.tree_leaves(saved(example.clone()))
    got = torch.utils._pytree.tree_leaves(loaded(example.clone()))
    assert expected
    for one, other in zip(expected, got, strict=True):
        torch.testing.assert_close(other, one, rtol=0, atol=1e-6)


def test_debug_information_is_left_out(plain):
    with zipfile.ZipFile(vet_torchscript(plain)) as copy:
        assert not [name for name in copy.namelist() if name.endswith("debug_pkl")]
    with zipfile.ZipFile(plain) as whole:
        assert [name for name in whole.namelist() if name.endswith("debug_pkl")]
