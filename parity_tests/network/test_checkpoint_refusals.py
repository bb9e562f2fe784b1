"""What is no healthy checkpoint is refused in one line that names the file and the cure."""

import json
import pickle
import zipfile
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from poseconvert.errors import ModelError
from poseconvert.network.checkpoint import FORMAT
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

DUAL_HEAD = "dual_head_mobilenet_v1"


def refusal(path, **options):
    """The text of the refusal of ``path``, which must be one line that names the file."""
    with pytest.raises(ModelError) as caught:
        load_source(path, ModelOptions(**({"size": 32} | options)))
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    assert text.count(". ") + text.count("; ") >= 1 or text.endswith("."), "says no cure"
    return text


class Creates:
    """A pickle of this makes a file when it is loaded the trusting way."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty (0 bytes). Copy or download it again."),
        (b"<!DOCTYPE html>", "not a checkpoint (starts with 3c 21 44 4f 43 54 59 50)"),
        (b"\x93NUMPY\x01\x00", "Known forms: torch.save, safetensors, TorchScript"),
        (b"PK\x03\x04 and no more", "a zip archive cut short or damaged"),
        (b"\x80\x04.", "damaged checkpoint"),
        (bytes([9, 0, 0, 0, 0, 0, 0, 0]) + b"{notjson}.", "damaged safetensors"),
    ],
)
def test_bytes_that_are_no_checkpoint(tmp_path, content, text):
    path = tmp_path / "model.pt"
    path.write_bytes(content)
    found = refusal(path)
    assert text in found or (content == b"\x80\x04." and "a pickle is code" in found)


def test_a_folder_a_missing_file_a_package_and_an_endless_name(tmp_path):
    assert "is a folder, not a model file. Give the file inside it." in refusal(tmp_path)
    assert "no such file. Give a checkpoint" in refusal(tmp_path / "gone.pt")
    package = tmp_path / "model.mlpackage"
    package.mkdir()
    assert f"is a Core ML package already. Look at it with: poseconvert inspect {package}" in (
        refusal(package)
    )
    assert "cannot be read (File name too long)" in refusal(tmp_path / ("x" * 300))


def test_a_zip_that_is_no_checkpoint(tmp_path):
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/holiday.jpg", b"0")
    assert "a zip archive, but not a checkpoint (holds 'holiday.jpg')" in refusal(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(50 << 20))
    assert "to 52428800 bytes, which no checkpoint does. Refused" in refusal(path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_pickle_that_is_code_is_refused_and_does_not_run(tmp_path, zipped, wrapped):
    path, trace = tmp_path / "code.pt", tmp_path / "ran"
    content = Creates(trace)
    held = {"state_dict": content} if wrapped else content
    torch.save(held, path, _use_new_zipfile_serialization=zipped)
    text = refusal(path)
    assert "a pickle is code. Give --trust-pickle if you made the file, or a .pt2: torch" in text
    assert not trace.exists()
    torch.load(path, weights_only=False)
    assert trace.exists(), "the pickle does nothing: this test tests nothing"


def test_a_plain_pickle_is_refused_and_does_not_run(tmp_path):
    path, trace = tmp_path / "code.pkl", tmp_path / "ran"
    path.write_bytes(pickle.dumps(Creates(trace)))
    refusal(path)
    assert not trace.exists()


def test_a_pickled_module_is_refused_as_code(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "module.pt")
    assert "is a pickled module or holds one" in refusal(tmp_path / "module.pt")


@pytest.mark.parametrize(
    "form", ["ours.safetensors", "ours.pt", "legacy.pth", "scripted.pt", "exported.pt2"]
)
def test_a_file_cut_short_at_any_length_is_refused(forms, tmp_path, form):
    data = forms[form].read_bytes()
    path = tmp_path / form
    for length in sorted({1, 7, 8, 9, 64, *range(0, len(data), len(data) // 23), len(data) - 1}):
        path.write_bytes(data[:length])
        refusal(path, inputs={"image": (1, 3, 8, 8)})


def changed(forms, tmp_path, change):
    state = torch.load(forms["bare.pth"], weights_only=True)
    change(state)
    torch.save(state, tmp_path / "changed.pth")
    return tmp_path / "changed.pth"


def fill(state, name, value):
    state[name].view(-1)[0] = value


CHANGES = {
    "missing": (
        lambda s: s.pop("blocks.3.pointwise.conv.weight"),
        "does not fit DualHeadNet: 1 missing (blocks.3.pointwise.conv.weight), 0 unexpected.",
    ),
    "unexpected": (
        lambda s: s.update(extra=torch.zeros(1)),
        "0 missing, 1 unexpected (extra). Give the matching checkpoint or another --arch.",
    ),
    "many": (
        lambda s: s.update({f"e{i}": torch.zeros(1) for i in range(5)}),
        "5 unexpected (e0, e1, e2, ...)",
    ),
    "shape": (
        lambda s: s.update({"heads.offset2d.bias": torch.zeros(5)}),
        "heads.offset2d.bias has shape (5,), the architecture has (4,)",
    ),
    "nan": (
        lambda s: fill(s, "stem.conv.weight", float("nan")),
        "stem.conv.weight has 1 NaN or Inf of 216 values. Training diverged",
    ),
    "inf": (
        lambda s: fill(s, "stem.norm.running_var", float("-inf")),
        "stem.norm.running_var has 1 NaN or Inf of 8 values",
    ),
    "float64 beyond float32": (
        lambda s: s.update({"stem.norm.bias": torch.full((8,), 1e300, dtype=torch.float64)}),
        "stem.norm.bias has 8 NaN or Inf of 8 values",
    ),
    "quantised": (
        lambda s: s.update({"stem.conv.weight": torch.zeros(8, 3, 3, 3, dtype=torch.int8)}),
        "stem.conv.weight is a torch.int8 tensor",
    ),
    "sparse": (
        lambda s: s.update({"stem.norm.bias": torch.ones(8).to_sparse()}),
        "Save the float32 state dict, before any quantisation.",
    ),
    "meta": (
        lambda s: s.update({"stem.norm.bias": torch.ones(8, device="meta")}),
        "(torch.strided, meta), not plain floats",
    ),
    "no joints": (
        lambda s: s.update({"heads.heatmap2d.weight": torch.zeros(0, 256, 1, 1)}),
        "has shape",
    ),
    "line break in a name": (lambda s: s.update({"a\nb": torch.zeros(1)}), "no state dict inside"),
    "foreign": (
        lambda s: (s.clear(), s.update({"layer4.weight": torch.zeros(1)})),
        "no known architecture has these keys (1 tensors: layer4.weight, ...). Give the code",
    ),
    "no tensors": (lambda s: (s.clear(), s.update(a=1)), "no state dict inside (found 'a')"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_state_dict_that_does_not_fit(forms, tmp_path, name):
    change, text = CHANGES[name]
    assert text in refusal(changed(forms, tmp_path, change))


def test_an_unknown_arch_lists_those_that_exist(forms):
    text = refusal(forms["bare.pth"], arch="hrnet")
    assert "architecture 'hrnet': unknown. Known: dual_head_mobilenet_v1, dual_head_three" in text


def test_another_arch_is_refused_and_the_right_one_named(forms):
    text = refusal(forms["bare.pth"], arch="posenet_mobilenet_v1", size=257)
    assert "--arch posenet_mobilenet_v1: these are not its keys but those of dual_head" in text
    assert "Give --arch dual_head_mobilenet_v1 or omit it." in text


def test_a_named_arch_whose_keys_are_nobody_s_lists_what_is_missing(tmp_path):
    torch.save({"other.weight": torch.zeros(1)}, tmp_path / "other.pth")
    text = refusal(tmp_path / "other.pth", arch="posenet_mobilenet_v1", size=257)
    assert "does not fit PoseNet: 62 missing" in text


OURS = {
    "unknown config name": (
        {"config": {"widht": 1}},
        "dual_head_mobilenet_v1 config: unknown widht. Known: width,",
    ),
    "config of a wrong value": ({"config": {"width": "a"}}, "width is 'a'. Give a number"),
    "config is no table": ({"config": [1, 2]}, "architecture, config or state_dict is malformed"),
    "config of numbers": ({"config": {1: 2}}, "architecture, config or state_dict is malformed"),
    "architecture is no name": ({"architecture": ["x"]}, "is malformed"),
    "architecture is unknown": ({"architecture": "x"}, "architecture 'x': unknown"),
    "state dict is a number": ({"state_dict": 5}, "is malformed"),
    "state dict of numbers": ({"state_dict": {"a": 5}}, "is malformed"),
}


@pytest.mark.parametrize("name", OURS)
def test_our_own_form_with_a_malformed_part(tmp_path, network, config, name):
    change, text = OURS[name]
    ours = {"format": FORMAT, "architecture": DUAL_HEAD, "config": asdict(config)}
    torch.save(ours | {"state_dict": network.state_dict()} | change, tmp_path / "ours.pt")
    assert text in refusal(tmp_path / "ours.pt")


@pytest.mark.parametrize("part", ["architecture", "config", "state_dict"])
def test_our_own_form_without_a_part(tmp_path, part):
    ours = {"format": FORMAT, "architecture": DUAL_HEAD, "config": {}, "state_dict": {}}
    del ours[part]
    torch.save(ours, tmp_path / "ours.pt")
    assert f"a poseconvert checkpoint without {part}." in refusal(tmp_path / "ours.pt")


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({"architecture": DUAL_HEAD}, "its poseconvert header is damaged"),
        ({"architecture": DUAL_HEAD, "config": "{"}, "its poseconvert header is damaged"),
        ({"architecture": DUAL_HEAD, "config": "[" * 100000}, "poseconvert header is damaged"),
        ({"architecture": DUAL_HEAD, "config": "[1]"}, "is malformed"),
        ({"config": "{}"}, "is malformed"),
        ({"architecture": DUAL_HEAD, "config": json.dumps({"b": 1})}, "config: unknown b."),
    ],
)
def test_a_safetensors_header_that_is_malformed(tmp_path, network, header, text):
    path = tmp_path / "ours.safetensors"
    save_file(network.state_dict(), path, metadata={"format": FORMAT, **header})
    assert text in refusal(path)
