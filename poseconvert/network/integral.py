"""Integral 3D pose: a ResNet, three deconvolutions and a volume of heatmaps per joint.

Layout: mks0601/3DMPPE_POSENET_RELEASE `main/model.py` and `common/nets/resnet.py`; its
snapshots hold the tensors under ``network``, each name with ``module.``. The soft-argmax that
the original has in its graph is the decoder's here: an expectation over 64^3 cells moves joints
by up to 14 px where float16 adds it up (`docs/families/integral_3d.md`), and margins are read
off the heatmap.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from poseconvert.errors import ModelError
from poseconvert.network.deconvolution import deconv_layers, deconv_of
from poseconvert.network.family import Family, StateDict, shape_of
from poseconvert.network.imagenet import FromPixels
from poseconvert.network.limits import multiple_of, one_of, whole_number
from poseconvert.network.resnet import PLANS, STRIDE, ResNet, channels_of, depth_of

_CELL = 4


@dataclass(frozen=True, slots=True)
class IntegralConfig:
    """What varies between integral 3D checkpoints.

    Attributes
    ----------
    depth : of the ResNet: 18, 34, 50, 101 or 152.
    joints : J: 18 of Human3.6M, 21 of MuCo, or yours.
    bins : D, depth bins; the volume is a cube, so the input has 4 D pixels a side.
    input_size : side of the square input in pixels.

    Raises
    ------
    ModelError : a value is out of range, or the volume would be no cube.
    """

    depth: int = 50
    joints: int = 18
    bins: int = 64
    input_size: int = 256

    def __post_init__(self) -> None:
        one_of("integral", "depth", self.depth, PLANS)
        whole_number("integral", "joints", self.joints, low=1, high=512)
        whole_number("integral", "bins", self.bins, low=STRIDE // _CELL, high=256)
        multiple_of("integral", "input_size", self.input_size, step=STRIDE)
        if self.input_size != _CELL * self.bins:
            raise ModelError(
                f"integral config: input_size {self.input_size} makes {self.input_size // _CELL}"
                f" cells a side, the depth has {self.bins}. Use {_CELL * self.bins}."
            )


class _Head(nn.Module):
    def __init__(self, config: IntegralConfig):
        super().__init__()
        self.deconv_layers = deconv_layers(channels_of(config.depth), 256, count=3, kernel=4)
        self.final_layer = nn.Conv2d(256, config.joints * config.bins, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.final_layer(self.deconv_layers(x))
        return out


class IntegralNet(nn.Module):
    """ResNet with a volumetric head, at stride 4.

    Shapes, with D = input_size / 4:

    - input: (N, 3, input_size, input_size), RGB, 0-255; ImageNet's normalisation is inside
    - heatmap: (N, J*D, D, D), channel j*D + z, logit of a softmax over the D^3 cells
    """

    def __init__(self, config: IntegralConfig):
        super().__init__()
        self.config = config
        self.pixels = FromPixels()
        self.backbone = ResNet(config.depth)
        self.head = _Head(config)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Output names in the order :meth:`forward` returns them."""
        return ("heatmap",)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) in 0-255 to the heatmaps (N, J*D, D, D)."""
        out: Tensor = self.head(self.backbone(self.pixels(x)))
        return out


def recognise(state: StateDict) -> IntegralConfig | None:
    """Read depth and joints off the tensors; the layout has 64 depth bins."""
    depth, deconv = depth_of(state, "backbone."), deconv_of(state, "head.")
    final = shape_of(state, "head.final_layer.weight", rank=4)
    bins = IntegralConfig().bins
    if depth is None or deconv is None or not final or final[0] % bins:
        return None
    return IntegralConfig(depth=depth, joints=final[0] // bins)


FAMILY = Family("integral_3d", IntegralConfig, IntegralNet, recognise, "integral_3d")
