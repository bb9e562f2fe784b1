"""Every form of MODEL loads as the same network in eval mode, and says what was changed."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from poseconvert.errors import ModelError
from poseconvert.network.archive import Kind
from poseconvert.network.checkpoint import read_checkpoint
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

SHAPE = (1, 3, 8, 8)
AS_TINY = ModelOptions(inputs={"image": SHAPE})
SCALED = replace(AS_TINY, scale=(1 / 255, 1 / 128, 2.0), bias=(0.0, -1.0, 0.5))


class Several(nn.Module):
    """Two outputs of one shape: only their order tells them apart."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x + 1, x * 2


class Named(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"left": x + 1, "right": x * 2}


class Nothing(nn.Module):
    def forward(self, x: torch.Tensor) -> None:
        return None


class Number(nn.Module):
    def forward(self, x: torch.Tensor) -> int:
        return x.dim()


class Nested(nn.Module):
    def forward(self, x: torch.Tensor) -> list[list[torch.Tensor]]:
        return [[x]]


def run(source, seed=0):
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        out = source.module(torch.rand(*source.inputs.values(), generator=generator) * 255)
    return [out] if isinstance(out, torch.Tensor) else list(out)


def scripted(tmp_path, module, name="model.pt"):
    torch.jit.script(module).save(tmp_path / name)
    return tmp_path / name


@pytest.mark.parametrize(
    ("form", "notes"),
    [
        ("ours.safetensors", ()),
        ("ours.pt", ()),
        ("bare.pth", ()),
        ("state_dict.pth", ()),
        ("network.pth", ()),
        ("legacy.pth", ()),
        ("module.pth", ("removed the module. prefix of DataParallel",)),
        ("half.pth", ("cast float16 weights to float32",)),
    ],
)
def test_every_form_of_a_state_dict_loads_as_the_same_network(forms, network, form, notes):
    # A bare state dict does not know its input size.
    source = load_source(forms[form], ModelOptions(size=32))
    assert source.architecture == "dual_head_mobilenet_v1"
    assert source.preset == "dual_head_224"
    assert source.notes == notes
    assert source.output_names == network.output_names
    assert (source.config["joints"], source.config["depth"]) == (2, 3)
    assert not any(part.training for part in source.module.modules())
    expected = network.state_dict()
    for name, tensor in source.module.state_dict().items():
        wanted = expected[name]
        if form == "half.pth" and wanted.is_floating_point():
            wanted = wanted.half().float()
        assert torch.equal(tensor, wanted), name


@pytest.mark.parametrize("form", ["ours.safetensors", "ours.pt"])
def test_our_own_checkpoints_know_their_input_size(forms, form):
    assert load_source(forms[form], ModelOptions()).inputs == {"image": (1, 3, 32, 32)}


@pytest.mark.parametrize("form", ["scripted.pt", "exported.pt2"])
def test_programs_give_the_module_s_numbers(forms, tiny, form):
    source = load_source(forms[form], AS_TINY)
    assert source.inputs == {"image": SHAPE}
    (got,), (wanted,) = run(source), run(replace(source, module=tiny))
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-6)
    assert source.notes == ()


def test_an_exported_program_knows_its_input_shape(forms):
    assert load_source(forms["exported.pt2"], ModelOptions()).inputs == {"image": SHAPE}


def test_an_exported_program_refuses_another_input_shape(forms):
    with pytest.raises(ModelError, match=r"was exported for \(1, 3, 8, 8\), --input says"):
        load_source(forms["exported.pt2"], replace(AS_TINY, inputs={"image": (1, 3, 9, 9)}))


def test_torchscript_in_train_mode_is_put_into_eval_and_said(tmp_path, tiny, forms):
    tiny.train()
    try:
        path = scripted(tmp_path, tiny)
    finally:
        tiny.eval()
    source = load_source(path, AS_TINY)
    assert source.notes == ("the model was in train mode: put into eval mode",)
    (once,), (again,) = run(source), run(source)
    assert torch.equal(once, again)
    assert torch.equal(once, run(load_source(forms["scripted.pt"], AS_TINY))[0])


def test_half_precision_torchscript_runs_in_float32(tmp_path):
    path = scripted(tmp_path, nn.Conv2d(3, 2, 1).half().eval())
    assert run(load_source(path, AS_TINY))[0].dtype == torch.float32


def test_frozen_torchscript_which_has_no_mode_left_loads(tmp_path, tiny):
    torch.jit.freeze(torch.jit.script(tiny)).save(tmp_path / "frozen.pt")
    source = load_source(tmp_path / "frozen.pt", AS_TINY)
    # Freezing folds the batch norm: other roundings of values up to 255.
    torch.testing.assert_close(
        run(source)[0], run(replace(source, module=tiny))[0], rtol=1e-4, atol=1e-3
    )


def test_batch_norm_without_running_statistics_is_refused(tmp_path):
    path = scripted(tmp_path, nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False)).eval())
    with pytest.raises(ModelError, match="0 normalises with the statistics of its own batch"):
        load_source(path, AS_TINY)


@pytest.mark.parametrize("module", [Several(), Named()])
def test_outputs_keep_their_order_and_take_given_names(tmp_path, module):
    path = scripted(tmp_path, module.eval())
    plain = load_source(path, AS_TINY)
    own = ("left", "right") if isinstance(module, Named) else ("output_0", "output_1")
    assert plain.output_names == own
    assert load_source(path, replace(AS_TINY, output_names=("a", "b"))).output_names == ("a", "b")
    with pytest.raises(ModelError, match="returns 2 tensors, --outputs names 1"):
        load_source(path, replace(AS_TINY, output_names=("a",)))


@pytest.mark.parametrize("module", [Nothing(), Number(), Nested()])
@pytest.mark.parametrize("options", [AS_TINY, SCALED])
def test_a_network_that_returns_no_tensors_is_refused(tmp_path, module, options):
    with pytest.raises(ModelError, match="must return a tensor, or a tuple or dict of tensors"):
        load_source(scripted(tmp_path, module.eval()), options)


def test_a_wrong_input_shape_is_refused_with_the_shape(forms):
    with pytest.raises(ModelError, match=r"does not run on an input of shape \(1, 4, 8, 8\)"):
        load_source(forms["scripted.pt"], replace(AS_TINY, inputs={"image": (1, 4, 8, 8)}))


def test_torchscript_without_an_input_shape_is_refused_with_the_option(forms):
    with pytest.raises(ModelError, match="Give it: --input image:1,3,224,224"):
        load_source(forms["scripted.pt"], ModelOptions())


def exported(tmp_path, module):
    torch.export.save(torch.export.export(module, (torch.zeros(SHAPE),)), tmp_path / "m.pt2")
    return tmp_path / "m.pt2"


@pytest.mark.parametrize("saved", [scripted, exported])
def test_scale_and_bias_are_put_in_front_per_channel_in_rgb_order(tmp_path, saved):
    source = load_source(saved(tmp_path, Several().eval()), SCALED)
    picture = torch.rand(SHAPE) * 255
    with torch.inference_mode():
        plus, double = source.module(picture)
    scale = np.array(SCALED.scale).reshape(1, 3, 1, 1)
    bias = np.array(SCALED.bias).reshape(1, 3, 1, 1)
    wanted = picture.double().numpy() * scale + bias
    np.testing.assert_allclose(plus.numpy(), wanted + 1, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(double.numpy(), wanted * 2, rtol=1e-5, atol=1e-5)


def test_a_pickled_module_loads_only_when_trusted(tmp_path, tiny):
    path = tmp_path / "module.pt"
    torch.save(nn.Conv2d(3, 2, 1), path)
    with pytest.raises(ModelError, match="a pickle is code"):
        load_source(path, AS_TINY)
    trusted = load_source(path, replace(AS_TINY, trust_pickle=True))
    assert trusted.architecture == "module"
    assert trusted.notes == ("the model was in train mode: put into eval mode",)


def test_reading_a_checkpoint_does_not_change_the_file(forms):
    before = {name: (os.stat(p).st_mtime_ns, p.read_bytes()) for name, p in forms.items()}
    read_checkpoint(forms["ours.pt"], Kind.TENSORS, trust_pickle=False)
    load_source(forms["exported.pt2"], AS_TINY)
    assert before == {n: (os.stat(p).st_mtime_ns, p.read_bytes()) for n, p in forms.items()}
