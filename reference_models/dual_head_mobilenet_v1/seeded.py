"""An untrained network whose outputs answer its input, for tests and benchmarks of other sizes.

With plain random weights two pictures differ by 6e-8 at the outputs and nothing could be
validated; batch norm calibrated on seeded pictures makes every layer answer its input, and the
heads are scaled so that peaks and offsets lie where a trained network has them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from poseconvert.imaging.patterns import blobs, noise
from poseconvert.imaging.preprocessing import input_tensor
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet

SEED = 20190301
PICTURES = 64
# A trained network's peaks: about 0.9 for the best joint, offsets within half a cell.
PEAK, HALF_CELL = 0.9, 0.5 / 14


def calibration_pictures(size: int) -> torch.Tensor:
    """Return seeded pictures (PICTURES, 3, size, size), 0-255, that no golden uses."""
    made = [blobs(size, size, seed=100 + i, cells=3 + i % 11) for i in range(PICTURES - 8)]
    made += [noise(size, size, seed=200 + i) for i in range(8)]
    return torch.from_numpy(input_tensor(np.stack(made)))


def seeded_network(config: DualHeadConfig) -> DualHeadNet:
    """Build the network with seeded weights that carry the picture to the heads.

    Independent random filters would amplify any rounding from layer to layer. Here
    depthwise filters are mostly their centre, pointwise ones orthogonal, and
    batch norm keeps most values inside ReLU6's straight part.
    """
    torch.manual_seed(SEED)
    network = DualHeadNet(config)
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            nn.init.normal_(module.weight, std=0.15)
            with torch.no_grad():
                module.weight[:, :, 1, 1] += 1
        elif isinstance(module, nn.Conv2d):
            nn.init.orthogonal_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # average over all batches
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.uniform_(module.bias, 0.5, 2.0)
    return network


@torch.no_grad()
def calibrate(network: DualHeadNet, pictures: torch.Tensor) -> None:
    """Fill the batch-norm statistics, then scale each head to a trained head's range."""
    network.train()
    for batch in pictures.split(16):
        network(batch)
    network.eval()
    outputs = dict(zip(network.output_names, network(pictures), strict=True))
    for name, values in outputs.items():
        head = network.heads[name]
        assert isinstance(head, nn.Conv2d)
        assert head.bias is not None
        mean, wanted = values.mean(), PEAK if name.startswith("heatmap") else HALF_CELL
        # Half of all peaks would be hidden joints: centre heatmaps a little below zero.
        scale = wanted / (values - mean).abs().max()
        head.weight.mul_(scale)
        head.bias.copy_(-mean * scale)
