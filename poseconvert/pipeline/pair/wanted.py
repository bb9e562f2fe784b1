"""One input as an artifact wants it, made of what every artifact is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COLOURS = 3
_FLOAT: np.dtype[Any] = np.dtype(np.float32)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One input of one artifact.

    Attributes
    ----------
    name : as the artifact calls it.
    shape : of one run, a picture as (N, C, H, W) whatever its layout.
    channels_last : a picture that is fed as (N, H, W, C).
    image : taken as an image, whose pixels are 0-255 whatever the program does with them.
    dtype : of the tensor that is fed.
    """

    name: str
    shape: tuple[int, ...]
    channels_last: bool = False
    image: bool = False
    dtype: np.dtype[Any] = _FLOAT

    @property
    def picture(self) -> bool:
        """Whether an RGB picture fills it."""
        return len(self.shape) == 4 and self.shape[1] == _COLOURS

    def fed(self, values: NDArray[Any]) -> NDArray[Any]:
        """Turn (N, C, H, W) float32, or another tensor, into what is fed."""
        if self.image:
            values = values.clip(0, 255)  # noise of one ulp may lie above
        if self.channels_last:
            values = np.ascontiguousarray(values.transpose(0, 2, 3, 1))
        if self.dtype == np.float32:
            return values
        if self.dtype.kind in "iu":
            limits = np.iinfo(self.dtype)
            values = np.clip(np.rint(values), limits.min, limits.max)
        return values.astype(self.dtype)

    def __str__(self) -> str:
        """Say what it is, for the notes."""
        kind = "image" if self.image else f"{self.dtype} {'NHWC' if self.channels_last else ''}"
        return f"{self.name} {'x'.join(map(str, self.shape))} {kind}".strip()


def wanted_tensor(name: str, shape: Sequence[int], dtype: Any = np.float32) -> Wanted:
    """Read a tensor input: a picture where one axis beside the batch holds three colours."""
    shape = tuple(shape)
    if len(shape) == 4 and shape[3] == _COLOURS and shape[1] != _COLOURS:
        n, height, width, colours = shape
        return Wanted(name, (n, colours, height, width), channels_last=True, dtype=np.dtype(dtype))
    return Wanted(name, shape, dtype=np.dtype(dtype))
