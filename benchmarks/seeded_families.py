"""Untrained networks of every family whose outputs answer their input, as a trained one's do.

The idea is that of ``reference_models/dual_head_mobilenet_v1/seeded.py``: near-identity
depthwise filters, orthogonal ones elsewhere, batch norm calibrated on seeded pictures, and heads
scaled so that peaks and offsets lie where a trained network has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from poseconvert.imaging.patterns import blobs, noise
from poseconvert.imaging.preprocessing import input_tensor
from poseconvert.network.checkpoint import save_checkpoint
from poseconvert.network.families import named_family
from poseconvert.network.family import input_sides
from poseconvert.network.resnet import _Block

SEED = 20190301
# (largest distance from the mean, mean) of each family's outputs; others as an offset of pixels.
RANGES = {
    ("dual_head_mobilenet_v1", "heatmap2d"): (0.9, 0.0),
    ("dual_head_mobilenet_v1", "heatmap3d"): (0.9, 0.0),
    ("dual_head_mobilenet_v1", "offset2d"): (0.5 / 14, 0.0),
    ("dual_head_mobilenet_v1", "offset3d"): (0.5 / 14, 0.0),
    ("dual_head_three_frames", "heatmap2d"): (0.9, 0.0),
    ("dual_head_three_frames", "heatmap3d"): (0.9, 0.0),
    ("dual_head_three_frames", "offset2d"): (0.5, 0.0),
    ("dual_head_three_frames", "offset3d"): (0.5, 0.0),
    ("posenet_mobilenet_v1", "heatmap"): (4.0, 0.0),
    ("pose_resnet", "heatmap"): (0.9, 0.0),
    ("integral_3d", "heatmap"): (12.0, 0.0),
    ("deeppose", "keypoints"): (0.45, 0.5),
}
PIXELS = (8.0, 0.0)


def pictures(height: int, width: int, *, count: int = 24) -> Tensor:
    """Seeded pictures (count, 3, H, W), 0-255."""
    made = [blobs(height, width, seed=100 + i, cells=3 + i % 11) for i in range(count - 4)]
    made += [noise(height, width, seed=200 + i) for i in range(4)]
    return torch.from_numpy(input_tensor(np.stack(made)))


def seeded(arch: str, config: Any) -> nn.Module:
    """Build and calibrate a network of the family ``arch``."""
    torch.manual_seed(SEED)
    family = named_family(arch)
    network, names = family.build(config)
    for module in network.modules():
        _initialise(module)
        if isinstance(module, _Block):  # sums that grow block by block would amplify rounding
            nn.init.uniform_((module.bn3 if module.bottleneck else module.bn2).weight, 0.1, 0.3)
    batch = pictures(*input_sides(config))
    frames = [batch.roll(late, 0) for late in range(len(family.inputs))]
    heads = _heads(network, names)
    with torch.no_grad():
        network.train()
        network(*frames)
        network.eval()
        outputs = network(*frames)
        outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
        for name, head, values in zip(names, heads, outputs, strict=True):
            reach, mean = RANGES.get((arch, name), PIXELS)
            # Per channel, so that every joint has a peak.
            rest = [axis for axis in range(values.dim()) if axis != 1]
            centre = values.mean(rest)
            shape = [1, -1] + [1] * (values.dim() - 2)
            scale = reach / (values - centre.reshape(shape)).abs().amax(rest).clamp_min(1e-6)
            head.weight.mul_(scale.reshape([-1] + [1] * (head.weight.dim() - 1)))
            head.bias.copy_((head.bias - centre) * scale + mean)
    return network


def save_seeded(path: Path, arch: str, config: Any) -> None:
    """Write such a network as a checkpoint that says what it is."""
    save_checkpoint(path, seeded(arch, config), architecture=arch, config=config)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d) and module.groups > 1:
        nn.init.normal_(module.weight, std=0.15)
        with torch.no_grad():
            module.weight[:, :, 1, 1] += 1
    elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.orthogonal_(module.weight)
    elif isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight)
    elif isinstance(module, nn.BatchNorm2d):
        module.momentum = None  # average over all batches
        nn.init.uniform_(module.weight, 0.8, 1.2)
        nn.init.uniform_(module.bias, 0.1, 0.5)
    elif isinstance(module, nn.Dropout):
        module.p = 0.0
    bias = getattr(module, "bias", None)
    if isinstance(module, nn.Conv2d | nn.Linear) and bias is not None:
        nn.init.zeros_(bias)


def _heads(network: nn.Module, names: tuple[str, ...]) -> list[Any]:
    """Return the last layers, which make the outputs in order: they are registered last."""
    layers = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    return layers[-len(names) :]
