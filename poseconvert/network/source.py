"""MODEL as a network ready for export: one picture in, named tensors out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from poseconvert.network.normalized import PerChannel

DEFAULT_INPUT = "image"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What the user says of MODEL where the file does not say it.

    Attributes
    ----------
    arch : family name, or None to recognise it by its keys.
    size : side of a square input in pixels, or (H, W); None for the family's.
    input_name, input_shape : the one input of a network unknown to us.
    output_names : names for the outputs of a network unknown to us.
    scale, bias : ``x * scale + bias`` put in front of a network unknown to us,
        per RGB channel; None where it takes 0-255 as it is.
    trust_pickle : allow files that run code when loaded.
    """

    arch: str | None = None
    size: int | tuple[int, int] | None = None
    input_name: str = DEFAULT_INPUT
    input_shape: tuple[int, ...] | None = None
    output_names: tuple[str, ...] = ()
    scale: PerChannel | None = None
    bias: PerChannel | None = None
    trust_pickle: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A network in eval mode, float32 on CPU.

    Attributes
    ----------
    module : maps (N, C, H, W) float32 to a tensor or a tuple of tensors.
    architecture : family name, ``torchscript``, ``exported`` or ``module``.
    input_name, input_shape : the one input; for pictures RGB in 0-255.
    output_names : one name per tensor the module returns.
    preset : decode preset of the family, None for unknown networks.
    config : what the family was built with.
    notes : what was done to the model, in sentences the user reads.
    """

    module: nn.Module
    architecture: str
    input_name: str
    input_shape: tuple[int, ...]
    output_names: tuple[str, ...]
    preset: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
