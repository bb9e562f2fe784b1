"""The depthwise separable convolutions MobileNetV1 is made of."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

# (output channels at width 1.0, stride) of the 13 blocks after the stem. The
# classifier's last stride of 2 is 1 here, which leaves the network at stride 16.
# Source: tensorflow/models research/slim/nets/mobilenet_v1.py (_CONV_DEFS).
BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *((512, 1),) * 5,
    (1024, 1),
    (1024, 1),
)
STEM_CHANNELS = 32
STRIDE = 16


def scaled(channels: int, width: float) -> int:
    """Channels at ``width``: the width multiplier of MobileNetV1, at least 8."""
    return max(8, int(channels * width))


class ConvNormClip(nn.Module):
    """Convolution, batch norm, ReLU6: (N, C, H, W) to (N, C', H/stride, W/stride)."""

    def __init__(
        self, channels: int, out: int, *, kernel: int = 1, stride: int = 1, groups: int = 1
    ):
        super().__init__()
        self.conv = nn.Conv2d(
            channels, out, kernel, stride, padding=kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C', H/stride, W/stride), values in [0, 6]."""
        return nn.functional.relu6(self.norm(self.conv(x)))


class SeparableBlock(nn.Module):
    """3x3 depthwise then 1x1 pointwise, each with batch norm and ReLU6."""

    def __init__(self, channels: int, out: int, *, stride: int):
        super().__init__()
        self.depthwise = ConvNormClip(channels, channels, kernel=3, stride=stride, groups=channels)
        self.pointwise = ConvNormClip(channels, out)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C', H/stride, W/stride)."""
        out: Tensor = self.pointwise(self.depthwise(x))
        return out


def separable_blocks(width: float, extra_layers: int) -> nn.Sequential:
    """MobileNetV1's 13 blocks at ``width``, then ``extra_layers`` more at the last width."""
    plan = BLOCKS + ((BLOCKS[-1][0], 1),) * extra_layers
    channels = [scaled(STEM_CHANNELS, width), *(scaled(out, width) for out, _ in plan)]
    strides = [stride for _, stride in plan]
    pairs = zip(pairwise(channels), strides, strict=True)
    return nn.Sequential(*(SeparableBlock(i, o, stride=s) for (i, o), s in pairs))
