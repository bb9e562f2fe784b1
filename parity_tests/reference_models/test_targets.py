"""Training targets against the package's encoder, and sparse offsets against the whole head."""

import numpy as np
import pytest
import torch
from training.objective import HIDDEN_WEIGHT, losses, offsets_near
from training.targets import OCCLUDED, VISIBLE, peaks, target

from poseconvert.decoding import decode, specs
from poseconvert.decoding.encode import encode
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet

SHAPES = {
    "heatmap2d": (2, 24, 14, 14),
    "offset2d": (2, 48, 14, 14),
    "heatmap3d": (2, 336, 14, 14),
    "offset3d": (2, 1008, 14, 14),
}


def joints():
    random = np.random.Generator(np.random.PCG64(8))
    places = random.uniform(2, 210, (2, 24, 3))
    places[..., 2] -= 108
    return places


def specs_of_net():
    return specs("dual_head_224", input_size=(224, 224), shapes=SHAPES)


@pytest.mark.parametrize("dims", [2, 3])
def test_heatmaps_are_those_of_the_encoder(dims):
    places = joints()[..., :dims]
    spec = specs_of_net()[dims - 2]
    wanted = encode(places, spec, score=np.full((2, 24), 0.3))[spec.heatmap]
    cells = places / 16 + np.array([0, 0, 7])[:dims]
    peak = torch.full((2, 24), 0.3)
    made = target(torch.from_numpy(cells).float(), peak, spec.grid, sigma=1.0)
    heatmap = (made.shape * made.peak[..., None]).reshape(wanted.shape)
    assert np.abs(heatmap.numpy() - wanted).max() < 1e-5


@pytest.mark.parametrize("dims", [2, 3])
def test_offsets_near_a_joint_are_those_of_the_encoder(dims):
    places = joints()[..., :dims]
    spec = specs_of_net()[dims - 2]
    wanted = encode(places, spec)[spec.offset].reshape(2, dims, 24, -1) * 14
    cells = places / 16 + np.array([0, 0, 7])[:dims]
    made = target(torch.from_numpy(cells).float(), torch.ones(2, 24), spec.grid, sigma=1.0)
    near = made.near.numpy()[:, None].repeat(dims, axis=1)
    assert np.abs(np.take_along_axis(wanted, near, axis=3) - made.offset.numpy()).max() < 1e-4


def test_a_hidden_joint_peaks_lower_and_one_out_of_the_picture_not_at_all():
    inside = torch.tensor([[True, True, False]])
    visible = torch.tensor([[True, False, False]])
    assert peaks(inside, visible).tolist() == [[VISIBLE, pytest.approx(OCCLUDED), 0]]


def test_offsets_near_joints_are_those_of_the_whole_head():
    torch.manual_seed(1)
    config = DualHeadConfig(width=0.25, input_size=64)
    network = DualHeadNet(config).eval()
    pictures = torch.rand(2, 3, 64, 64) * 255
    answers = dict(zip(network.output_names, network(pictures), strict=True))
    features = network.features(pictures)
    for kind, cells in (("2d", 16), ("3d", 224)):
        near = torch.randint(0, cells, (2, 24, 5))
        head = network.heads[f"offset{kind}"]
        axes = int(kind[0])
        whole = answers[f"offset{kind}"].reshape(2, axes, 24, -1)
        wanted = whole.gather(3, near[:, None].expand(-1, axes, -1, -1))
        assert torch.allclose(offsets_near(features, head, near), wanted, atol=1e-6)


class Perfect(torch.nn.Module):
    """A network that answers with the encoder's tensors, whatever it sees."""

    def __init__(self, answers, config):
        super().__init__()
        self.config = config
        planes = torch.cat([torch.from_numpy(v) for v in answers.values()], dim=1)
        self.planes = planes
        first, heads = 0, {}
        for name, value in answers.items():
            count = value.shape[1]
            head = torch.nn.Conv2d(planes.shape[1], count, 1)
            with torch.no_grad():
                head.weight.zero_()
                head.weight[:, first : first + count, 0, 0] = torch.eye(count)
                head.bias.zero_()
            heads[name], first = head, first + count
        self.heads = torch.nn.ModuleDict(heads)

    def features(self, pictures):
        return self.planes


def test_the_loss_of_a_perfect_answer_is_zero_and_decodes_to_the_joints():
    places = joints()
    visible = torch.ones(2, 24, dtype=torch.bool)
    answers = {}
    for spec in specs_of_net():
        answers |= encode(places[..., : spec.dims], spec)
    network = Perfect(answers, DualHeadConfig(width=0.25))
    terms = losses(network, torch.zeros(2, 3, 224, 224), torch.from_numpy(places).float(), visible)
    assert set(terms) == set(answers)
    for term in terms.values():
        assert term.item() < 1e-4
    pose = decode(answers, specs_of_net()[1])
    assert np.abs(pose.position - places).max() < 1e-2
    worse = network.planes.roll(1, dims=3)
    network.planes = worse
    for term in losses(
        network, torch.zeros(2, 3, 224, 224), torch.from_numpy(places).float(), visible
    ).values():
        assert term.item() > 0.1


def test_an_empty_answer_costs_a_hidden_joint_its_weight_times_its_lower_peak():
    places = joints()
    silent = {}
    for spec in specs_of_net():
        silent |= {
            name: 0 * value for name, value in encode(places[..., : spec.dims], spec).items()
        }
    network = Perfect(silent, DualHeadConfig(width=0.25))
    placed = torch.from_numpy(places).float()
    seen, unseen = (
        losses(network, torch.zeros(2, 3, 224, 224), placed, torch.full((2, 24), flag))["heatmap2d"]
        for flag in (True, False)
    )
    assert (unseen / seen).item() == pytest.approx(HIDDEN_WEIGHT * OCCLUDED**2)
