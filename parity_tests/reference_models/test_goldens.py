"""The goldens are the pictures they name, and PyTorch still finds in them what it found."""

import numpy as np
import pytest
import torch
from goldens import GOLDENS, SAMPLE, checkerboard, corner_impulses, pictures, sampled
from variant_2d import without_3d

from poseconvert.decoding import decode, specs
from poseconvert.imaging.preprocessing import input_tensor
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

HEADS = {"2d": "heatmap2d", "3d": "heatmap3d"}


@pytest.fixture(scope="module")
def goldens():
    with np.load(GOLDENS, allow_pickle=False) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def outputs(goldens, model_folder):
    source = load_source(model_folder / "model.safetensors", ModelOptions())
    with torch.inference_mode():
        answers = source.module(torch.from_numpy(input_tensor(goldens["inputs"])))
    return dict(zip(source.output_names, (answer.numpy() for answer in answers), strict=True))


def test_there_are_32_pictures_and_each_is_made_again_bit_for_bit(goldens):
    made = pictures()

    assert goldens["names"].tolist() == list(made)
    assert len(made) == 32
    assert goldens["inputs"].dtype == np.uint8
    for stored, picture in zip(goldens["inputs"], made.values(), strict=True):
        assert np.array_equal(stored, picture)
    distinct = {picture.tobytes() for picture in goldens["inputs"]}
    assert len(distinct) == 32


def test_patterns_are_what_their_names_say():
    board = checkerboard(16)
    assert board[0, 0, 0] == board[15, 15, 1] == board[16, 16, 2] == 0
    assert board[0, 16, 0] == board[31, 0, 2] == 255
    impulses = corner_impulses()
    assert impulses.sum() == 4 * 3 * 255
    assert impulses[0, -1].tolist() == impulses[-1, 0].tolist() == [255] * 3


@pytest.mark.parametrize("name", ["heatmap2d", "offset2d", "heatmap3d", "offset3d"])
def test_pytorch_gives_the_stored_values(goldens, outputs, name):
    """Another CPU sums in another order: a few units of float32 rounding, not more."""
    index, stored = goldens[f"{name}.index"], goldens[f"{name}.values"]
    values = outputs[name].reshape(32, -1)

    assert np.array_equal(index, sampled(name, values.shape[1]))
    assert len(set(index.tolist())) == SAMPLE
    assert np.ptp(stored, axis=0).max() > 0.1 * np.ptp(values)
    assert np.abs(values[:, index] - stored).max() < 1e-4 * np.ptp(values)


@pytest.mark.parametrize("head", HEADS)
def test_pytorch_finds_the_stored_joints(goldens, outputs, head):
    shapes = {name: values.shape for name, values in outputs.items()}
    heads = specs("dual_head_224", input_size=(224, 224), shapes=shapes)
    spec = next(spec for spec in heads if spec.heatmap == HEADS[head])
    pose = decode(outputs, spec)
    position, score, cell = (goldens[f"{head}.{part}"] for part in ("position", "score", "cell"))

    assert np.abs(pose.score - score).max() < 1e-3
    same = pose.cell == cell
    assert same.mean() > 0.995  # equal peaks of flat maps may tie the other way
    figures = np.array([name.startswith("figure") for name in goldens["names"]])
    assert same[figures][score[figures] >= 0.5].all()
    assert np.nanmax(np.abs(pose.position - position)[same]) < 0.02


def test_the_2d_variant_is_the_2d_head_of_the_whole_network(goldens, outputs, model_folder):
    source = load_source(model_folder / "model_2d.safetensors", ModelOptions())
    with torch.inference_mode():
        answers = source.module(torch.from_numpy(input_tensor(goldens["inputs"])))
    assert source.output_names == ("heatmap2d", "offset2d")
    for name, answer in zip(source.output_names, answers, strict=True):
        assert np.allclose(answer.numpy(), outputs[name], rtol=0, atol=1e-5)


def test_a_variant_without_3d_keeps_the_weights(tiny_network):
    flat = without_3d(tiny_network)
    assert flat.output_names == ("heatmap2d", "offset2d")
    kept = flat.state_dict()
    assert all(torch.equal(value, tiny_network.state_dict()[name]) for name, value in kept.items())
