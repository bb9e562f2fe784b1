"""The dual-head pose network of the article: one MobileNetV1, a 2D and a 3D head.

Written from the shapes the article states, not from its author's code. The
normalisation of the picture is part of the graph: the network takes RGB in
0-255, so that no later stage can get it wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from poseconvert.errors import ModelError, quoted
from poseconvert.network.family import Family, StateDict, shape_of
from poseconvert.network.limits import multiple_of
from poseconvert.network.separable import (
    BLOCKS,
    STEM_CHANNELS,
    STRIDE,
    ConvNormClip,
    scaled,
    separable_blocks,
)

Heads = Literal["both", "2d", "3d"]


@dataclass(frozen=True, slots=True)
class DualHeadConfig:
    """What varies between dual-head networks.

    Attributes
    ----------
    width : MobileNetV1 width multiplier, 0.25 to 2.
    extra_layers : separable blocks appended to MobileNetV1's 13.
    input_size : side of the square input in pixels, a multiple of 16.
    joints : J, the number of joints.
    depth : D, the number of depth bins of the 3D head.
    heads : ``both``, ``2d`` (the article's 100 fps case) or ``3d``.

    Raises
    ------
    ModelError : a value is out of range.
    """

    width: float = 1.0
    extra_layers: int = 0
    input_size: int = 224
    joints: int = 24
    depth: int = 14
    heads: Heads = "both"

    def __post_init__(self) -> None:
        limits = {
            "width": (0.25, 2.0),
            "extra_layers": (0, 32),
            "input_size": (STRIDE, 2048),
            "joints": (1, 512),
            "depth": (1, 256),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                raise ModelError(
                    f"dual-head config: {name} is {quoted(value)}. Give a number from {low} to"
                    f" {high}."
                )
        for name in ("extra_layers", "input_size", "joints", "depth"):
            if not isinstance(getattr(self, name), int):
                raise ModelError(f"dual-head config: {name} must be a whole number.")
        multiple_of("dual-head", "input_size", self.input_size, step=STRIDE)
        if self.heads not in ("both", "2d", "3d"):
            raise ModelError(
                f"dual-head config: heads is {quoted(self.heads)}. Use both, 2d or 3d."
            )

    @property
    def grid(self) -> int:
        """Side of the heatmap grid in cells."""
        return self.input_size // STRIDE

    @property
    def output_channels(self) -> dict[str, int]:
        """Channels of each output, in output order.

        At J=24 and D=14: heatmap2d 24, offset2d 48, heatmap3d 336, offset3d 1008.
        """
        flat = {"heatmap2d": self.joints, "offset2d": 2 * self.joints}
        deep = {
            "heatmap3d": self.joints * self.depth,
            "offset3d": 3 * self.joints * self.depth,
        }
        chosen = {"2d": flat, "3d": deep, "both": flat | deep}
        return chosen[self.heads]


class DualHeads(nn.Module):
    """MobileNetV1 at stride 16 with 1x1 convolution heads, of one picture or several.

    Shapes, with C channels and G = input_size / 16:

    - input: (N, C, input_size, input_size), RGB, 0-255
    - heatmap2d: (N, J, G, G), linear, unit peak
    - offset2d: (N, 2J, G, G), channel j is x and j+J is y
    - heatmap3d: (N, J*D, G, G), channel j*D + z, linear
    - offset3d: (N, 3J*D, G, G), channel (a*J + j)*D + z with a = 0 x, 1 y, 2 z
    """

    def __init__(self, config: DualHeadConfig, *, channels: int):
        super().__init__()
        self.config = config
        last = scaled(BLOCKS[-1][0], config.width)
        stem = scaled(STEM_CHANNELS, config.width)
        self.stem = ConvNormClip(channels, stem, kernel=3, stride=2)
        self.blocks = separable_blocks(config.width, config.extra_layers)
        self.heads = nn.ModuleDict(
            {name: nn.Conv2d(last, out, 1) for name, out in config.output_channels.items()}
        )

    @property
    def output_names(self) -> tuple[str, ...]:
        """Output names in the order they are returned."""
        return tuple(self.config.output_channels)

    def features(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in 0-255 to features (N, 1024*width, H/16, W/16)."""
        out: Tensor = self.blocks(self.stem(x * (2 / 255) - 1))
        return out

    def answers(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (N, C, H, W) in 0-255 to the heads, in ``output_names`` order."""
        features = self.features(x)
        return tuple(head(features) for head in self.heads.values())


class DualHeadNet(DualHeads):
    """:class:`DualHeads` of one picture; offsets are fractions of the picture.

    Source: the shapes of the article, input 224 with J=24 and D=14. The article states 7.16 M
    parameters and "a few layers added", not which: ``DualHeadConfig(width=33 / 32,
    extra_layers=2)`` is the nearest of that description, with 7,162,812.
    """

    def __init__(self, config: DualHeadConfig):
        super().__init__(config, channels=3)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (N, 3, H, W) in 0-255 to the heads, in ``output_names`` order."""
        return self.answers(x)


def recognise(state: StateDict) -> DualHeadConfig | None:
    """Read the config off the tensors; three pictures in the stem are another family's."""
    three = shape_of(state, "stem.conv.weight", rank=4)[1:2] == (9,)
    return None if three else config_of(state, DualHeadConfig)


def config_of(state: StateDict, kind: type[DualHeadConfig]) -> DualHeadConfig | None:
    """Read width, extra layers, joints, depth and heads off the tensors."""
    stem = shape_of(state, "stem.conv.weight", rank=4)
    flat = "heads.heatmap2d.weight" in state
    deep = "heads.heatmap3d.weight" in state
    if not stem or not (flat or deep):
        return None
    blocks = {m[1] for m in (re.match(r"blocks\.(\d+)\.", key) for key in state) if m}
    planes = shape_of(state, "heads.heatmap2d.weight", rank=4)
    volume = shape_of(state, "heads.heatmap3d.weight", rank=4)
    offsets = shape_of(state, "heads.offset2d.weight", rank=4)
    # A 3D-only checkpoint does not say J and D apart; the article's 24 is tried.
    joints = planes[0] if planes else max(1, offsets[0] // 2) if offsets else 24
    return kind(
        width=stem[0] / STEM_CHANNELS,
        extra_layers=max(0, len(blocks) - len(BLOCKS)),
        joints=joints,
        depth=volume[0] // joints if volume else kind().depth,
        heads="both" if flat and deep else "2d" if flat else "3d",
    )


FAMILY = Family("dual_head_mobilenet_v1", DualHeadConfig, DualHeadNet, recognise, "dual_head_224")
