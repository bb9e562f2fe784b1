"""Simple Baselines: a ResNet, three deconvolutions, one heatmap per joint.

Layout: microsoft/human-pose-estimation.pytorch `lib/models/pose_resnet.py`. Its own
checkpoints are bare (``final_state``), under ``module.`` (``model_best``) or inside
``state_dict`` beside the name of the model (``checkpoint``). The caffe style of the same file
has its strides elsewhere under the same keys; it is not one of its published models, and not
supported here.

Its data set reads pictures with OpenCV and never turns them to RGB
(`lib/dataset/JointsDataset.py`), yet normalises them by ImageNet's statistics in RGB order. Its
weights expect just that, so the network takes RGB as all do here and exchanges red and blue
before it normalises.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from poseconvert.network.deconvolution import PADDINGS, deconv_layers, deconv_of
from poseconvert.network.family import Family, StateDict, shape_of
from poseconvert.network.imagenet import FromPixels
from poseconvert.network.limits import multiple_of, one_of, whole_number
from poseconvert.network.resnet import PLANS, STRIDE, ResNet, channels_of, depth_of


@dataclass(frozen=True, slots=True)
class PoseResNetConfig:
    """What varies between Simple Baselines checkpoints.

    Attributes
    ----------
    depth : 18, 34, 50, 101 or 152.
    joints : J: 17 of COCO, 16 of MPII, or yours.
    input_height, input_width : of the input in pixels, multiples of 32.
    deconv_count, deconv_channels, deconv_kernel : of the transposed convolutions.
    final_kernel : side of the last convolution, 1 or 3.

    Raises
    ------
    ModelError : a value is out of range.
    """

    depth: int = 50
    joints: int = 17
    input_height: int = 256
    input_width: int = 192
    deconv_count: int = 3
    deconv_channels: int = 256
    deconv_kernel: int = 4
    final_kernel: int = 1

    def __post_init__(self) -> None:
        one_of("pose_resnet", "depth", self.depth, PLANS)
        one_of("pose_resnet", "deconv_kernel", self.deconv_kernel, PADDINGS)
        one_of("pose_resnet", "final_kernel", self.final_kernel, (1, 3))
        for name, high in (("joints", 512), ("deconv_count", 5), ("deconv_channels", 2048)):
            whole_number("pose_resnet", name, getattr(self, name), low=1, high=high)
        for name in ("input_height", "input_width"):
            multiple_of("pose_resnet", name, getattr(self, name), step=STRIDE)


class PoseResNet(ResNet):
    """ResNet with a deconvolution head, at stride 4.

    Shapes:

    - input: (N, 3, H, W), RGB, 0-255; the order BGR and ImageNet's normalisation are in the graph
    - heatmap: (N, J, H/4, W/4), linear, unit peak
    """

    def __init__(self, config: PoseResNetConfig):
        super().__init__(config.depth)
        self.config = config
        self.pixels = FromPixels()
        self.deconv_layers = deconv_layers(
            channels_of(config.depth),
            config.deconv_channels,
            count=config.deconv_count,
            kernel=config.deconv_kernel,
        )
        kernel = config.final_kernel
        self.final_layer = nn.Conv2d(
            config.deconv_channels, config.joints, kernel, padding=kernel // 2
        )

    @property
    def output_names(self) -> tuple[str, ...]:
        """Output names in the order :meth:`forward` returns them."""
        return ("heatmap",)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) in 0-255 to the heatmaps (N, J, H/4, W/4)."""
        out: Tensor = self.final_layer(self.deconv_layers(self.trunk(self.pixels(x.flip(1)))))
        return out


def recognise(state: StateDict) -> PoseResNetConfig | None:
    """Read depth, joints and kernels off the tensors' names and shapes."""
    depth, deconv = depth_of(state), deconv_of(state)
    final = shape_of(state, "final_layer.weight", rank=4)
    if depth is None or deconv is None or not final:
        return None
    count, channels, kernel = deconv
    return PoseResNetConfig(
        depth=depth,
        joints=final[0],
        deconv_count=count,
        deconv_channels=channels,
        deconv_kernel=kernel,
        final_kernel=final[2],
    )


FAMILY = Family("pose_resnet", PoseResNetConfig, PoseResNet, recognise, "simple_baselines")
