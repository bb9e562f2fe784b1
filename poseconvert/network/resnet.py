"""The ResNet trunk that pose networks share, in torchvision's names: stride 32.

Layout: pytorch/vision `torchvision/models/resnet.py`; the stride of a bottleneck
is in its 3x3 convolution, as there.
"""

from __future__ import annotations

import re

from torch import Tensor, nn

from poseconvert.network.family import StateDict, shape_of

STRIDE = 32
WIDTHS = (64, 128, 256, 512)

# Depth to (bottleneck, blocks of layer1 to layer4).
PLANS = {
    18: (False, (2, 2, 2, 2)),
    34: (False, (3, 4, 6, 3)),
    50: (True, (3, 4, 6, 3)),
    101: (True, (3, 4, 23, 3)),
    152: (True, (3, 8, 36, 3)),
}


def depth_of(state: StateDict, prefix: str = "") -> int | None:
    """Depth of the ResNet whose keys begin with ``prefix``; None where no plan has its blocks."""
    if shape_of(state, f"{prefix}conv1.weight", rank=4) != (64, 3, 7, 7):
        return None
    pattern = re.compile(re.escape(prefix) + r"layer([1-4])\.(\d{1,3})\.conv1\.weight")
    found = {(int(m[1]), int(m[2])) for m in map(pattern.fullmatch, state) if m}
    blocks = tuple(sum(layer == index for layer, _ in found) for index in range(1, 5))
    plan = (f"{prefix}layer1.0.conv3.weight" in state, blocks)
    return next((depth for depth, known in PLANS.items() if known == plan), None)


def channels_of(depth: int) -> int:
    """Channels of the last layer: 512, or 2048 with bottlenecks."""
    return WIDTHS[-1] * (4 if PLANS[depth][0] else 1)


class _Block(nn.Module):
    """Two 3x3 convolutions, or 1x1, 3x3, 1x1 with four times the channels, and a shortcut."""

    def __init__(self, channels: int, width: int, *, stride: int, bottleneck: bool):
        super().__init__()
        out = width * (4 if bottleneck else 1)
        first = 1 if bottleneck else stride
        kernel = 1 if bottleneck else 3
        self.conv1 = nn.Conv2d(channels, width, kernel, first, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        second = stride if bottleneck else 1
        self.conv2 = nn.Conv2d(width, width, 3, second, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.bottleneck = bottleneck
        if bottleneck:
            self.conv3 = nn.Conv2d(width, out, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(out)
        self.downsample: nn.Module | None = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        kept = x if self.downsample is None else self.downsample(x)
        x = nn.functional.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        if self.bottleneck:
            x = self.bn3(self.conv3(nn.functional.relu(x)))
        return nn.functional.relu(x + kept)


class ResNet(nn.Module):
    """conv1, bn1, max pool and layer1 to layer4; subclasses add what follows.

    Shapes: (N, 3, H, W) to (N, C, H/32, W/32), C of :func:`channels_of`.
    """

    def __init__(self, depth: int):
        super().__init__()
        bottleneck, blocks = PLANS[depth]
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        for index, (width, count) in enumerate(zip(WIDTHS, blocks, strict=True), start=1):
            layer = nn.Sequential()
            for block in range(count):
                stride = 2 if index > 1 and block == 0 else 1
                layer.append(_Block(channels, width, stride=stride, bottleneck=bottleneck))
                channels = width * (4 if bottleneck else 1)
            self.add_module(f"layer{index}", layer)

    def trunk(self, x: Tensor) -> Tensor:
        """Map a normalised picture to the features of layer4."""
        x = nn.functional.relu(self.bn1(self.conv1(x)))
        x = nn.functional.max_pool2d(x, 3, 2, 1)
        for index in range(1, 5):
            x = self.get_submodule(f"layer{index}")(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) to (N, C, H/32, W/32)."""
        return self.trunk(x)
