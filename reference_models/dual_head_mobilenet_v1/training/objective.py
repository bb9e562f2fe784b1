"""The loss: heatmaps everywhere, offsets only near the joint."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet
from training.targets import SIDE, VISIBLE, Target, peaks, target

SIGMA = 1.0
# A cell at the joint counts this many times more than an empty one: of 2,744 cells of a joint a
# dozen are not empty, and a flat map would be a good answer otherwise.
FOCUS = {"2d": 3.0, "3d": 6.0}
HEAT_WEIGHT = {"2d": 1.0, "3d": 0.6}
# Four of five joints are visible: unweighted, one that may be either is called visible.
HIDDEN_WEIGHT = 3.0
OFFSET_WEIGHT = {"2d": 0.5, "3d": 0.3}


def losses(network: DualHeadNet, pictures: Tensor, joints: Tensor, visible: Tensor
           ) -> dict[str, Tensor]:  # fmt: skip
    """Return the weighted terms of the loss by output name.

    Parameters
    ----------
    network
        Its input may be smaller than 224.
    pictures
        (N, 3, S, S), 0-255.
    joints
        (N, J, 3) x, y, z in pixels of a 224 x 224 picture, z from the root.
    visible
        (N, J) bool.
    """
    config = network.config
    features = network.features(pictures)
    inside = ((joints[..., :2] > -0.5) & (joints[..., :2] < SIDE - 0.5)).all(dim=2)
    peak = peaks(inside, visible)
    terms: dict[str, Tensor] = {}
    for kind, wanted in _targets(joints, peak, config).items():
        heat = network.heads[f"heatmap{kind}"](features).reshape(wanted.shape.shape)
        terms[f"heatmap{kind}"] = HEAT_WEIGHT[kind] * _heat_loss(heat, wanted, FOCUS[kind])
        head = network.heads[f"offset{kind}"]
        assert isinstance(head, nn.Conv2d)
        offset = offsets_near(features, head, wanted.near) * _cells(kind, config, joints.device)
        terms[f"offset{kind}"] = OFFSET_WEIGHT[kind] * _offset_loss(offset, wanted)
    return terms


def offsets_near(features: Tensor, head: nn.Conv2d, near: Tensor) -> Tensor:
    """Answers (N, axes, J, K) of an offset head in the cells near each joint, and only there.

    The head is a 1x1 convolution with more channels than the rest of the network together;
    everywhere else its answers would meet no loss. Channels are ``(axis * J + j) * D + z``.
    """
    pictures, joints, count = near.shape
    plane = features.shape[2] * features.shape[3]
    cells = features.permute(0, 2, 3, 1).reshape(pictures, plane, -1)
    index = (near % plane).reshape(pictures, -1, 1).expand(-1, -1, cells.shape[2])
    picked = cells.gather(1, index).reshape(pictures, joints, count, -1)
    axes = 2 if head.out_channels == 2 * joints else 3
    weight = head.weight.reshape(axes, joints, -1, cells.shape[2])
    depth = weight.shape[2]
    assert head.bias is not None
    bias = head.bias.reshape(axes, joints, depth).permute(1, 0, 2).reshape(joints, 1, -1)
    answers = torch.baddbmm(
        bias,
        picked.transpose(0, 1).reshape(joints, pictures * count, -1),
        weight.permute(1, 3, 0, 2).reshape(joints, cells.shape[2], axes * depth),
    ).reshape(joints, pictures, count, axes, depth)
    layer = (near // plane).transpose(0, 1)[..., None, None].expand(-1, -1, -1, axes, 1)
    return answers.gather(4, layer)[..., 0].permute(1, 3, 0, 2)


def _targets(joints: Tensor, peak: Tensor, config: DualHeadConfig) -> dict[str, Target]:
    """Targets of the heads the network has, by ``2d`` and ``3d``."""
    flat = joints[..., :2] * (config.grid / SIDE)
    made = {}
    if config.heads != "3d":
        made["2d"] = target(flat, peak, (config.grid, config.grid), sigma=SIGMA)
    if config.heads != "2d":
        deep = joints[..., 2:] * (config.depth / SIDE) + config.depth // 2
        place = torch.cat([flat, deep], dim=2)
        made["3d"] = target(place, peak, (config.depth, config.grid, config.grid), sigma=SIGMA)
    return made


def _cells(kind: str, config: DualHeadConfig, device: torch.device) -> Tensor:
    """Cells per image fraction along x, y(, z): (axes, 1, 1). The heads answer in fractions."""
    cells = [config.grid, config.grid, config.depth][: int(kind[0])]
    return torch.tensor(cells, dtype=torch.float32, device=device).reshape(-1, 1, 1)


def _heat_loss(heat: Tensor, wanted: Target, focus: float) -> Tensor:
    """Sum of squares over the cells of a joint, mean over joints and pictures."""
    error = (heat - wanted.shape * wanted.peak[..., None]).square() * (1 + focus * wanted.shape)
    hidden = (wanted.peak > 0) & (wanted.peak < VISIBLE)
    return (error.sum(dim=2) * torch.where(hidden, HIDDEN_WEIGHT, 1.0)).mean()


def _offset_loss(offset: Tensor, wanted: Target) -> Tensor:
    """Mean absolute distance in cells over the cells near joints that lie in the picture."""
    error = (offset - wanted.offset).abs().sum(dim=1)
    return (error * wanted.share).sum() / wanted.share.sum().clamp(min=1)
