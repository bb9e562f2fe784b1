"""MODEL as a network ready for export: named pictures and tensors in, named tensors out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from poseconvert.network.normalized import PerChannel

DEFAULT_INPUT = "image"
#: What makes a file of a network that says all of itself and runs nothing when it is read.
EXPORT = (
    "torch.export.save(torch.export.export(model.eval(), (torch.zeros(1, 3, H, W),)), 'model.pt2')"
)


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What the user says of MODEL where the file does not say it.

    Attributes
    ----------
    arch : family name, or None to recognise it by its keys.
    size : side of a square input in pixels, or (H, W); None for the family's.
    inputs : shape of each input by name, of a network unknown to us; empty where the file
        says them.
    output_names : names for the outputs of a network unknown to us.
    scale, bias : ``x * scale + bias`` put in front of a network unknown to us,
        per RGB channel; None where it takes 0-255 as it is.
    trust_pickle : allow files that run code when loaded.
    """

    arch: str | None = None
    size: int | tuple[int, int] | None = None
    inputs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    output_names: tuple[str, ...] = ()
    scale: PerChannel | None = None
    bias: PerChannel | None = None
    trust_pickle: bool = False

    @property
    def scaling(self) -> tuple[PerChannel, PerChannel] | None:
        """Scale and bias that something is to be done with; None where a picture stays itself."""
        scale, bias = self.scale or (1.0,) * 3, self.bias or (0.0,) * 3
        return None if (scale, bias) == ((1.0,) * 3, (0.0,) * 3) else (scale, bias)

    @property
    def range_known(self) -> bool:
        """Whether the user said what the network wants of a picture, be it 0-255 as it is."""
        return self.scale is not None or self.bias is not None


@dataclass(frozen=True, slots=True)
class Source:
    """A network in eval mode, float32 on CPU.

    Attributes
    ----------
    module : maps float32 tensors, in the order of ``inputs``, to a tensor or several.
    architecture : family name, ``torchscript``, ``exported`` or ``module``.
    inputs : shape of each input by name; pictures are (B, 3, H, W), RGB in 0-255.
    output_names : one name per tensor the module returns.
    preset : decode preset of the family, None for unknown networks.
    config : what the family was built with.
    notes : what was done to the model, in sentences the user reads.
    """

    module: nn.Module
    architecture: str
    inputs: Mapping[str, tuple[int, ...]]
    output_names: tuple[str, ...]
    preset: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
