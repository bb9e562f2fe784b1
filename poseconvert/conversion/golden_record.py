"""``golden.json``: the one declaration of its fields."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from poseconvert.conversion.yardstick_record import YardstickRecord
from poseconvert.fields import Name, Sha256, Shape, Size

#: Where an input comes from: the user, our pictures of people, patterns, or random numbers.
Origin = Literal["given", "people", "pattern", "random"]
#: In the same folder, and not hidden.
FileName = Annotated[str, Meta(pattern="^[^./][^/]*$", max_length=255)]
_BYTES = {"uint8": 1, "float32": 4}
# They are held in memory twice while they are read.
_MAX_VALUES = 512 << 20


@dataclass(frozen=True, slots=True)
class StoredArray:
    """A file beside ``golden.json``.

    Attributes
    ----------
    file : In the same folder.
    shape : Outermost axis first.
    dtype : Little-endian, in C order.
    sha256 : Of the file's bytes.
    """

    file: FileName
    shape: Shape
    dtype: Literal["uint8", "float32"]
    sha256: Sha256

    def __post_init__(self) -> None:
        if not self.nbytes:
            raise ValueError(f"an array of no values {self.shape}")

    @property
    def nbytes(self) -> int:
        """Size of the file."""
        return math.prod(self.shape) * _BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Case:
    """One stored input.

    Attributes
    ----------
    name : Of the input.
    outputs : By name.
    input : The one input of the network: a picture as (H, W, 3) uint8 RGB, else float32.
    inputs : Instead of input: several, in the network's order.
    joints : By head, 2d or 3d: what an app decoded: x, y or x, y, z in pixels of the input; null
        where absent.
    origin : Where the input comes from.
    """

    name: Name
    outputs: Annotated[Mapping[Name, StoredArray], Meta(min_length=1)]
    input: StoredArray | UnsetType = UNSET
    inputs: tuple[StoredArray, ...] = ()
    joints: Mapping[Name, tuple[tuple[float | None, ...], ...]] = field(default_factory=dict)
    origin: Origin = "given"

    def __post_init__(self) -> None:
        if (self.input is UNSET) is not bool(self.inputs):
            raise ValueError("a case has either input or inputs")

    @property
    def arrays(self) -> tuple[StoredArray, ...]:
        """The inputs, however they are written."""
        return self.inputs if isinstance(self.input, UnsetType) else (self.input,)


@dataclass(frozen=True, slots=True)
class GoldenRecord:
    """Stored inputs, the outputs of the reference, and their hashes.

    What a phone or another program recorded has the same form.

    Attributes
    ----------
    runner : What computed the outputs.
    floor : Noise floor by output, as a part of its range; empty where none was measured.
    cases : One per input.
    floor_source : What changed each output most, such as 1 ulp or float64. Without it: 1 ulp.
    yardsticks : What the drift of each output is a share of; empty where it was not measured.
    """

    runner: Name
    floor: Mapping[Name, Size]
    cases: Annotated[tuple[Case, ...], Meta(min_length=1)]
    floor_source: Mapping[Name, Name] | UnsetType = UNSET
    yardsticks: Mapping[Name, YardstickRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if sum(one.nbytes for one in self.files) > _MAX_VALUES:
            raise ValueError(f"more than {_MAX_VALUES} bytes of values")

    @property
    def files(self) -> tuple[StoredArray, ...]:
        """Every file that is named."""
        return tuple(one for c in self.cases for one in (*c.arrays, *c.outputs.values()))
