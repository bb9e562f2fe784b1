"""DeepPose: a classifier's network whose last layer gives coordinates instead of classes.

Layout: torchvision's `alexnet` and `resnet` with the last layer exchanged for one of 2J
outputs, which is how PyTorch versions of DeepPose (Toshev and Szegedy, 2014) are made.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from poseconvert.errors import ModelError
from poseconvert.network.family import Family, StateDict, shape_of
from poseconvert.network.imagenet import FromPixels
from poseconvert.network.limits import multiple_of, one_of, whole_number
from poseconvert.network.resnet import PLANS, STRIDE, ResNet, channels_of, depth_of

BACKBONES = ("alexnet", *(f"resnet{depth}" for depth in PLANS))
_ALEXNET_SIZE = 224
_CLASSES = 1000  # ImageNet's


@dataclass(frozen=True, slots=True)
class DeepPoseConfig:
    """What varies between DeepPose checkpoints.

    Attributes
    ----------
    backbone : ``alexnet``, or ``resnet18`` to ``resnet152``.
    joints : J; the last layer has 2J outputs, x0 y0 x1 y1 ...
    input_size : side of the square input in pixels; AlexNet takes 224 only, ResNets
        multiples of 32.

    Raises
    ------
    ModelError : a value is out of range.
    """

    backbone: str = "alexnet"
    joints: int = 16
    input_size: int = 224

    def __post_init__(self) -> None:
        one_of("deeppose", "backbone", self.backbone, BACKBONES)
        whole_number("deeppose", "joints", self.joints, low=1, high=512)
        multiple_of("deeppose", "input_size", self.input_size, step=STRIDE)
        if self.backbone == "alexnet" and self.input_size != _ALEXNET_SIZE:
            raise ModelError(
                f"deeppose config: AlexNet's first full layer has 6x6 cells, input_size"
                f" {self.input_size} makes others. Use {_ALEXNET_SIZE}."
            )


class DeepPoseAlexNet(nn.Module):
    """AlexNet as a regressor.

    Source of the layers: pytorch/vision `torchvision/models/alexnet.py`. Its adaptive pooling to
    6x6 does nothing at 224 and is left out.

    Shapes: (N, 3, 224, 224) RGB in 0-255 to keypoints (N, 2J), fractions of the box, x first.
    """

    def __init__(self, config: DeepPoseConfig):
        super().__init__()
        self.config = config
        self.pixels = FromPixels()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Linear(4096, 2 * config.joints),
        )

    @property
    def output_names(self) -> tuple[str, ...]:
        """Output names in the order :meth:`forward` returns them."""
        return ("keypoints",)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, 224, 224) in 0-255 to (N, 2J)."""
        out: Tensor = self.classifier(self.features(self.pixels(x)).flatten(1))
        return out


class DeepPoseResNet(ResNet):
    """ResNet as a regressor: mean over the cells, then one full layer.

    Shapes: (N, 3, S, S) RGB in 0-255 to keypoints (N, 2J), fractions of the box, x first.
    """

    def __init__(self, config: DeepPoseConfig):
        depth = int(config.backbone.removeprefix("resnet"))
        super().__init__(depth)
        self.config = config
        self.pixels = FromPixels()
        self.fc = nn.Linear(channels_of(depth), 2 * config.joints)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Output names in the order :meth:`forward` returns them."""
        return ("keypoints",)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, S, S) in 0-255 to (N, 2J)."""
        out: Tensor = self.fc(self.trunk(self.pixels(x)).mean((2, 3)))
        return out


def network(config: DeepPoseConfig) -> DeepPoseAlexNet | DeepPoseResNet:
    """Build the network of the config's backbone."""
    return DeepPoseAlexNet(config) if config.backbone == "alexnet" else DeepPoseResNet(config)


def recognise(state: StateDict) -> DeepPoseConfig | None:
    """Read backbone and joints off the tensors; an odd number of outputs is not a pose."""
    last = _last(state)
    depth = depth_of(state)
    if not last or last[0] % 2 or (depth is not None and "fc.weight" not in state):
        return None
    backbone = "alexnet" if depth is None else f"resnet{depth}"
    return DeepPoseConfig(backbone=backbone, joints=last[0] // 2)


def is_no_classifier(state: StateDict) -> bool:
    """Whether the outputs are not as many as ImageNet has classes."""
    return _last(state)[:1] != (_CLASSES,)


def _last(state: StateDict) -> tuple[int, ...]:
    """Shape of the last full layer; empty where the layout has none."""
    if depth_of(state) is not None:
        return shape_of(state, "fc.weight", rank=2)
    if shape_of(state, "features.0.weight", rank=4) == (64, 3, 11, 11):
        return shape_of(state, "classifier.6.weight", rank=2)
    return ()


FAMILY = Family("deeppose", DeepPoseConfig, network, recognise, "deeppose", is_no_classifier)
