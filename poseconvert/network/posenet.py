"""PoseNet on MobileNetV1, in the layout PyTorch users have it.

Layout and strides: rwightman/posenet-pytorch `posenet/models/mobilenet_v1.py`;
weights as in tensorflow/tfjs-models `posenet`. Batch norm is already folded into
the convolutions. The heatmap leaves the graph as a logit: the sigmoid is the
decoder's, because in float16 it flattens every strong peak to a tie.

The weights were trained in TensorFlow, whose SAME pads a layer of stride 2 by one row more
behind than before where the side is even; the PyTorch port pads both alike. Here every layer is
padded as TensorFlow does at the config's size.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from poseconvert.errors import ModelError, quoted
from poseconvert.network.family import Family, StateDict, shape_of
from poseconvert.network.separable import STRIDE

OUTPUTS = {"heatmap": 17, "offset": 34, "displacement_fwd": 32, "displacement_bwd": 32}

# Stem channels to the 13 blocks' output channels.
# Source: rwightman/posenet-pytorch posenet/models/mobilenet_v1.py (MOBILENET_V1_CHECKPOINTS).
_PLANS = {
    16: (32, 64, 64, 128, 128, *(256,) * 8),
    24: (48, 96, 96, 192, 192, *(384,) * 8),
    32: (64, 128, 128, 256, 256, *(512,) * 6, 1024, 1024),
}
_STRIDES = (1, 2, 1, 2, 1, 2, *(1,) * 7)
# Only x1.0 was a classifier whose block 12 had stride 2: at output stride 16 it keeps
# stride 1, and block 13 is dilated instead (_to_output_strided_layers).
_LAST_DILATION = {16: 1, 24: 1, 32: 2}


@dataclass(frozen=True, slots=True)
class PoseNetConfig:
    """What varies between PoseNet checkpoints.

    Attributes
    ----------
    stem_channels : 16, 24 or 32, for width x0.5, x0.75 or x1.0.
    input_size : side of the square input in pixels; at 16k+1 every layer pads both sides alike.
    """

    stem_channels: int = 16
    input_size: int = 257

    def __post_init__(self) -> None:
        for name in ("stem_channels", "input_size"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise ModelError(f"PoseNet: {name} {quoted(value)} is not a whole number.")
        if self.stem_channels not in _PLANS:
            raise ModelError(
                f"PoseNet: conv0 has {quoted(self.stem_channels)} channels. Known: 16 (x0.5),"
                " 24 (x0.75), 32 (x1.0)."
            )
        if not STRIDE < self.input_size <= 2048:
            raise ModelError(
                f"PoseNet: input size {quoted(self.input_size)}. Give 17 to 2048, best 16k+1 such"
                " as 257."
            )

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences a user should read about this configuration."""
        if (self.input_size - 1) % STRIDE == 0:
            return ()
        low = (self.input_size - 1) // STRIDE * STRIDE + 1
        return (
            f"input size {self.input_size} is not 16k+1: padded as TensorFlow's SAME, more behind"
            " than before, so its cells lie further right and down than 16 * cell: decode preset"
            f" posenet_same knows it, other decoders may not; {low} or {low + STRIDE} need neither",
        )


def same_padding(side: int, *, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Zeros before and behind ``side`` cells, for a kernel of 3 and ``ceil(side / stride)`` out.

    Source: tensorflow/tensorflow `tensorflow/core/framework/kernel_shape_util.cc`
    (GetWindowedOutputSizeVerbose).
    """
    reach = (-(-side // stride) - 1) * stride + 2 * dilation + 1
    total = max(reach - side, 0)
    return total // 2, total - total // 2


def _padded(x: Tensor, padding: tuple[int, int]) -> Tensor:
    """Add what is padded behind beyond what is padded before, which the convolution does."""
    before, behind = padding
    more = behind - before
    return nn.functional.pad(x, (0, more, 0, more)) if more else x


class _Stem(nn.Module):
    def __init__(self, out: int, *, side: int):
        super().__init__()
        self.padding = same_padding(side, stride=2)
        self.conv = nn.Conv2d(3, out, 3, stride=2, padding=self.padding[0])

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu6(self.conv(_padded(x, self.padding)))


class _Separable(nn.Module):
    def __init__(self, channels: int, out: int, *, side: int, stride: int, dilation: int):
        super().__init__()
        self.padding = same_padding(side, stride=stride, dilation=dilation)
        self.depthwise = nn.Conv2d(
            channels,
            channels,
            3,
            stride,
            padding=self.padding[0],
            dilation=dilation,
            groups=channels,
        )
        self.pointwise = nn.Conv2d(channels, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.relu6(self.depthwise(_padded(x, self.padding)))
        return nn.functional.relu6(self.pointwise(x))


class PoseNet(nn.Module):
    """PoseNet MobileNetV1 at output stride 16.

    Shapes, with G = (input_size - 1) // 16 + 1:

    - input: (N, 3, input_size, input_size), RGB, 0-255
    - heatmap: (N, 17, G, G), logit
    - offset: (N, 34, G, G), pixels, channel k is y and k+17 is x
    - displacement_fwd, displacement_bwd: (N, 32, G, G), pixels
    """

    def __init__(self, config: PoseNetConfig):
        super().__init__()
        channels = config.stem_channels
        blocks: dict[str, nn.Module] = {"conv0": _Stem(channels, side=config.input_size)}
        side = -(-config.input_size // 2)
        plan = zip(_PLANS[config.stem_channels], _STRIDES, strict=True)
        for index, (out, stride) in enumerate(plan, start=1):
            last = index == len(_STRIDES)
            dilation = _LAST_DILATION[config.stem_channels] if last else 1
            blocks[f"conv{index}"] = _Separable(
                channels, out, side=side, stride=stride, dilation=dilation
            )
            channels, side = out, -(-side // stride)
        self.features = nn.Sequential()
        for name, block in blocks.items():
            self.features.add_module(name, block)
        for name, out in OUTPUTS.items():
            self.add_module(name, nn.Conv2d(channels, out, 1))

    @property
    def output_names(self) -> tuple[str, ...]:
        """Output names in the order :meth:`forward` returns them."""
        return tuple(OUTPUTS)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (N, 3, H, W) in 0-255 to the four outputs."""
        features = self.features(x * (2 / 255) - 1)
        return tuple(self.get_submodule(name)(features) for name in OUTPUTS)


def recognise(state: StateDict) -> PoseNetConfig | None:
    """Read the width off the first convolution."""
    stem = shape_of(state, "features.conv0.conv.weight", rank=4)
    if not stem or "displacement_fwd.weight" not in state:
        return None
    return PoseNetConfig(stem_channels=stem[0])


FAMILY = Family("posenet_mobilenet_v1", PoseNetConfig, PoseNet, recognise, "posenet_same")
