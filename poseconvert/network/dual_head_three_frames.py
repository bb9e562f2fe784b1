"""The author's 448 network: three frames of a video in, a 2D and a 3D head out.

Known of it are its shapes: frames t, t-1 and t-2 as three pictures of 448x448, 24 joints on a
grid of 28x28x28, offsets in cells. How it joins the frames is not stated. Here they are nine
channels of one stem, in that order, and what follows is the 224 network's: MobileNetV1 and its
heads.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from poseconvert.network.dual_head import DualHeadConfig, DualHeads, config_of
from poseconvert.network.family import Family, StateDict, shape_of

FRAMES = ("now", "before", "earlier")
_CHANNELS = 3 * len(FRAMES)


@dataclass(frozen=True, slots=True)
class ThreeFramesConfig(DualHeadConfig):
    """:class:`DualHeadConfig` with the sizes of the 448 network: input 448, 28 depth bins."""

    input_size: int = 448
    depth: int = 28


class ThreeFramesNet(DualHeads):
    """:class:`DualHeads` of three pictures; offsets count cells."""

    def __init__(self, config: ThreeFramesConfig):
        super().__init__(config, channels=_CHANNELS)

    def forward(self, now: Tensor, before: Tensor, earlier: Tensor) -> tuple[Tensor, ...]:
        """Map three (N, 3, H, W) in 0-255 to the heads, in ``output_names`` order."""
        return self.answers(torch.cat((now, before, earlier), dim=1))


def recognise(state: StateDict) -> DualHeadConfig | None:
    """Read the config off the tensors of a dual-head network whose stem takes nine channels."""
    three = shape_of(state, "stem.conv.weight", rank=4)[1:2] == (_CHANNELS,)
    return config_of(state, ThreeFramesConfig) if three else None


FAMILY = Family(
    "dual_head_three_frames",
    ThreeFramesConfig,
    ThreeFramesNet,
    recognise,
    "dual_head_448",
    inputs=FRAMES,
)
