"""The head of Simple Baselines: stride-2 transposed convolutions, then one convolution.

Layout: microsoft/human-pose-estimation.pytorch `lib/models/pose_resnet.py`, which
mks0601/3DMPPE_POSENET_RELEASE `main/model.py` took over.
"""

from __future__ import annotations

from torch import nn

from poseconvert.network.family import StateDict, shape_of

# Kernel to (padding, output padding), each of which doubles a side exactly.
PADDINGS = {4: (1, 0), 3: (1, 1), 2: (0, 0)}


def deconv_layers(channels: int, out: int, *, count: int, kernel: int) -> nn.Sequential:
    """``count`` times transposed convolution, batch norm, ReLU: each doubles H and W."""
    padding, extra = PADDINGS[kernel]
    layers = nn.Sequential()
    for index in range(count):
        given = channels if index == 0 else out
        layers.append(nn.ConvTranspose2d(given, out, kernel, 2, padding, extra, bias=False))
        layers.append(nn.BatchNorm2d(out))
        layers.append(nn.ReLU())
    return layers


def deconv_of(state: StateDict, prefix: str = "") -> tuple[int, int, int] | None:
    """Count, channels and kernel of the deconvolutions; None without any."""
    shapes: list[tuple[int, ...]] = []
    while shape := shape_of(state, f"{prefix}deconv_layers.{3 * len(shapes)}.weight", rank=4):
        shapes.append(shape)
    if not shapes:
        return None
    return len(shapes), shapes[0][1], shapes[0][2]
