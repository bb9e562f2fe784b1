"""What a family of networks is: how its checkpoints are recognised, built and decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

from poseconvert.budgets import PARAMETERS
from poseconvert.errors import ModelError
from poseconvert.network.limits import config_values
from poseconvert.network.source import DEFAULT_INPUT

StateDict = Mapping[str, Tensor]
Size = int | tuple[int, int]


class PoseNetwork(Protocol):
    """A module whose ``forward`` maps pictures (N, 3, H, W) in 0-255 to one tensor per name."""

    @property
    def output_names(self) -> tuple[str, ...]:
        """Output names in the order they are returned."""
        ...


def keys_say(state: StateDict) -> bool:
    """Whether the keys alone decide: true for layouts that only pose networks have."""
    return True


@dataclass(frozen=True, slots=True)
class Family:
    """One architecture: how to recognise it, build it and decode it.

    Attributes
    ----------
    name : what ``--arch`` takes and our checkpoints store.
    config_type : frozen dataclass of everything that varies, defaults included: ``input_size``
        for a square input or ``input_height`` and ``input_width``.
    network : builds the module from a config.
    recognise : state dict to config, or None when the keys are another family's.
    preset : decode preset that reads its outputs.
    certain : whether the keys that :attr:`recognise` takes leave no doubt; where they do,
        the user must name the family.
    inputs : a name for each picture ``forward`` takes, all of one size.
    """

    name: str
    config_type: Callable[..., Any]
    network: Callable[[Any], PoseNetwork]
    recognise: Callable[[StateDict], Any | None]
    preset: str
    certain: Callable[[StateDict], bool] = keys_say
    inputs: tuple[str, ...] = (DEFAULT_INPUT,)

    def config(self, values: Mapping[str, Any]) -> Any:
        """Build the config from stored values.

        Raises
        ------
        ModelError : a name is unknown, a value is of another type or out of range, or the network
            would have more weights than ``PARAMETERS``; they are counted, not made.
        """
        config_values(self.name, values, defaults=asdict(self.config_type()))
        config = self.config_type(**values)
        with torch.device("meta"):
            outline, _ = self.build(config)
        count = sum(parameter.numel() for parameter in outline.parameters())
        if count > PARAMETERS.value:
            raise ModelError(
                f"{self.name} config: {count:,} weights, more than {PARAMETERS.value:,}. Give fewer"
                " joints, bins or channels."
            )
        return config

    def build(self, config: Any) -> tuple[nn.Module, tuple[str, ...]]:
        """Build the network, its weights not yet loaded, and return its output names with it."""
        network = self.network(config)
        return cast("nn.Module", network), network.output_names

    def resized(self, config: Any, size: Size | None) -> Any:
        """Return the config at another input size, a side or (H, W); None keeps it.

        Raises
        ------
        ModelError : a rectangle for a family of square inputs, or a size it cannot take.
        """
        if size is None:
            return config
        height, width = sides(size)
        if not hasattr(config, "input_size"):
            return replace(config, input_height=height, input_width=width)
        if height != width:
            raise ModelError(
                f"{self.name}: input {height}x{width} is not square. Give one side, such as"
                f" --size {config.input_size}."
            )
        return replace(config, input_size=height)


def sides(size: Size) -> tuple[int, int]:
    """Height and width of a size, which may be the side of a square."""
    return (size, size) if isinstance(size, int) else size


def input_sides(config: Any) -> tuple[int, int]:
    """Height and width of the input a config describes, in pixels."""
    if hasattr(config, "input_size"):
        return config.input_size, config.input_size
    return config.input_height, config.input_width


def shape_of(state: StateDict, key: str, *, rank: int) -> tuple[int, ...]:
    """Shape of a tensor; empty where no such tensor has that rank and elements."""
    tensor = state.get(key)
    if tensor is None or tensor.dim() != rank or 0 in tensor.shape:
        return ()
    return tuple(tensor.shape)
