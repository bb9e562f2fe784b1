"""One input as an artifact wants it, made of what every artifact is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from poseconvert.imaging.scaling import Scaling

_COLOURS = 3
Dtype = Literal["float16", "float32", "float64", "int8", "int16", "int32", "int64",
                "uint8", "uint16", "uint32", "uint64"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One input of one artifact.

    Attributes
    ----------
    name : As the artifact calls it.
    shape : Of one run, a picture as (N, C, H, W) whatever its layout.
    channels_last : A picture that is fed as (N, H, W, C).
    image : RGB or BGR where it is taken as an image, whose pixels are 0-255 whatever the program
        does with them; empty for a tensor.
    dtype : Of the tensor that is fed.
    scaling : What the caller does to the picture; null: nothing.
    inside : What its first ops do to the picture, where they are seen to scale it.
    """

    name: str
    shape: tuple[int, ...]
    channels_last: bool = False
    image: Literal["", "RGB", "BGR"] = ""
    dtype: Dtype = "float32"
    scaling: Scaling | None = None
    inside: Scaling | None = None

    @property
    def picture(self) -> bool:
        """Whether an RGB picture fills it."""
        return len(self.shape) == 4 and self.shape[1] == _COLOURS

    def fed(self, values: NDArray[Any]) -> NDArray[Any]:
        """Turn (N, C, H, W) float32, or another tensor, into what is fed."""
        if self.image:
            values = values.clip(0, 255)  # noise of one ulp may lie above
        elif self.scaling:
            values = self.scaling.apply(values)
        if self.channels_last:
            values = np.ascontiguousarray(values.transpose(0, 2, 3, 1))
        dtype: np.dtype[Any] = np.dtype(self.dtype)
        if dtype.kind in "iu":
            limits = np.iinfo(dtype.name)
            values = np.clip(np.rint(values), limits.min, limits.max)
        return values.astype(dtype, copy=False)

    def __str__(self) -> str:
        """Say what it is: ``image 1x3x256x192, BGR image``."""
        kind = f"{self.image} image" if self.image else f"{self.dtype} {self.layout}".rstrip()
        scaled = f", fed {self.scaling}" if self.scaling else ""
        inside = f", computes {self.inside} itself" if self.inside else ""
        return f"{self.name} {'x'.join(map(str, self.shape))}, {kind}{scaled}{inside}"

    @property
    def layout(self) -> str:
        """NCHW or NHWC of a picture, else nothing."""
        if not self.picture:
            return ""
        return "NHWC" if self.channels_last else "NCHW"


def scaled(inputs: Sequence[Wanted], scaling: Scaling | None) -> list[Wanted]:
    """Have pictures that are fed as tensors scaled by the caller."""
    return [
        replace(one, scaling=scaling) if one.picture and not one.image else one for one in inputs
    ]


def wanted_tensor(name: str, shape: Sequence[int], dtype: Any = np.float32) -> Wanted:
    """Read a tensor input: a picture where one axis beside the batch holds three colours."""
    shape, kind = tuple(shape), np.dtype(dtype).name
    if len(shape) == 4 and shape[3] == _COLOURS and shape[1] != _COLOURS:
        n, height, width, colours = shape
        return Wanted(name, (n, colours, height, width), channels_last=True, dtype=kind)
    return Wanted(name, shape, dtype=kind)
