"""What a chain is run on: seeded patterns, the user's pictures, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.errors import PictureError
from poseconvert.imaging.patterns import patterns
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture, input_tensor
from poseconvert.runners.runner import Batch

_SEEDED = 4


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of a chain.

    Attributes
    ----------
    names : one per input, unique.
    values : (N, H, W, 3) uint8 RGB, or (N, ...) float32 for inputs that are no pictures.
    """

    names: tuple[str, ...]
    values: NDArray[Any]

    @property
    def batch(self) -> Batch:
        """The values as runners take them: (N, ...) float32, pictures as NCHW in 0-255."""
        return input_tensor(self.values) if self.values.dtype == np.uint8 else self.values

    def __add__(self, other: Inputs) -> Inputs:
        return Inputs(self.names + other.names, np.concatenate([self.values, other.values]))


def seeded_inputs(shape: tuple[int, ...], preprocessing: Preprocessing | None) -> Inputs:
    """Make inputs without files: patterns for pictures, seeded normals for tensors."""
    if preprocessing is not None:
        made = patterns(preprocessing.height, preprocessing.width)
        return Inputs(tuple(made), np.stack(list(made.values())))
    generator = np.random.Generator(np.random.PCG64(1))
    values = generator.standard_normal((_SEEDED, *shape[1:])).astype(np.float32)
    return Inputs(tuple(f"seed-{index + 1}" for index in range(_SEEDED)), values)


def picture_inputs(paths: Sequence[Path], preprocessing: Preprocessing) -> Inputs:
    """Read pictures into the network's input size.

    Raises
    ------
    PictureError : one of them cannot be read.
    """
    values = [input_picture(read_picture(path), preprocessing)[0] for path in paths]
    return Inputs(_unique([path.stem for path in paths]), np.stack(values))


def readable_inputs(
    paths: Sequence[Path], preprocessing: Preprocessing
) -> tuple[Inputs, tuple[str, ...]]:
    """Read those pictures that can be read, and say why each of the others cannot.

    Raises
    ------
    PictureError : none of them can be read.
    """
    values, stems, left_out = [], [], []
    for path in paths:
        try:
            values.append(input_picture(read_picture(path), preprocessing)[0])
            stems.append(path.stem)
        except PictureError as error:
            if len(paths) == 1:
                raise
            left_out.append(str(error))
    if not values:
        raise PictureError(f"none of {len(paths)} pictures can be read. {left_out[0]}")
    return Inputs(_unique(stems), np.stack(values)), tuple(left_out)


def _unique(stems: list[str]) -> tuple[str, ...]:
    """Make names unique by numbering repeats."""
    names: list[str] = []
    for stem in stems:
        name, count = stem, 2
        while name in names:
            name, count = f"{stem}-{count}", count + 1
        names.append(name)
    return tuple(names)
