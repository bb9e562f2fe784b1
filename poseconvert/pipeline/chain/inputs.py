"""What a chain is run on: seeded patterns, the user's pictures, or both."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poseconvert.conversion.golden import Goldens
from poseconvert.errors import ConversionError, PictureError
from poseconvert.imaging.patterns import patterns
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture, input_tensor
from poseconvert.runners.runner import Batch, Tensor

_SEEDED = 4


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of a chain.

    Attributes
    ----------
    names : one per input, unique.
    values : by name of the network's input: (N, H, W, 3) uint8 RGB for a picture, else
        (N, ...) float32.
    """

    names: tuple[str, ...]
    values: Mapping[str, NDArray[Any]]

    @property
    def batch(self) -> Batch:
        """The values as runners take them: (N, ...) float32, pictures as NCHW in 0-255."""
        return Batch({name: tensor_of(values) for name, values in self.values.items()})

    @property
    def shown(self) -> NDArray[Any]:
        """What is shown of each input: its first picture, or its first tensor if it has none."""
        pictures = [values for values in self.values.values() if values.dtype == np.uint8]
        return next(iter(pictures or self.values.values()))

    def __add__(self, other: Inputs) -> Inputs:
        joined = {n: np.concatenate([v, other.values[n]]) for n, v in self.values.items()}
        return Inputs(self.names + other.names, joined)


def tensor_of(values: NDArray[Any]) -> Tensor:
    """Return pictures (N, H, W, 3) uint8 as NCHW float32 in 0-255, other values as they are."""
    return input_tensor(values) if values.dtype == np.uint8 else values


def golden_inputs(goldens: Goldens, names: Collection[str]) -> Inputs:
    """Return stored inputs, under the network's own ``names``.

    Raises
    ------
    ConversionError : goldens of another number of inputs.
    """
    if len(goldens.inputs) != len(names):
        raise ConversionError(
            f"goldens hold {len(goldens.inputs)} inputs of a network that takes"
            f" {', '.join(names)}. Convert again."
        )
    return Inputs(goldens.names, dict(zip(names, goldens.inputs, strict=True)))


def seeded_inputs(
    shapes: Mapping[str, tuple[int, ...]], pictured: Mapping[str, Preprocessing]
) -> Inputs:
    """Make inputs without files: patterns for pictures, seeded normals for tensors.

    Where there are several pictures, each has another pattern: one that is fed in another's
    place then shows.

    Parameters
    ----------
    shapes : of every input by name.
    pictured : how pictures become those inputs that are pictures.
    """
    names = tuple(f"seed-{index + 1}" for index in range(_SEEDED))
    values: dict[str, NDArray[Any]] = {}
    if pictured:
        made = {n: patterns(one.height, one.width) for n, one in pictured.items()}
        names = tuple(next(iter(made.values())))
        for turn, (name, shown) in enumerate(made.items()):
            values[name] = np.roll(np.stack(list(shown.values())), turn, axis=0)
    generator = np.random.Generator(np.random.PCG64(1))
    for name, shape in shapes.items():
        if name not in pictured:
            drawn = generator.standard_normal((len(names), *shape[1:]))
            values[name] = drawn.astype(np.float32)
    return Inputs(names, {name: values[name] for name in shapes})


def picture_inputs(paths: Sequence[Path], pictured: Mapping[str, Preprocessing]) -> Inputs:
    """Read pictures into the network's input size.

    Raises
    ------
    PictureError : one of them cannot be read, or the network takes other tensors as well.
    """
    shown = [read_picture(path) for path in paths]
    return _frames(_unique([_name(path) for path in paths]), shown, pictured)


def readable_inputs(
    paths: Sequence[Path], pictured: Mapping[str, Preprocessing]
) -> tuple[Inputs, tuple[str, ...]]:
    """Read those pictures that can be read, and say why each of the others cannot.

    Raises
    ------
    PictureError : none of them can be read.
    """
    shown, stems, left_out = [], [], []
    for path in paths:
        try:
            shown.append(read_picture(path))
            stems.append(_name(path))
        except PictureError as error:
            if len(paths) == 1:
                raise
            left_out.append(str(error))
    if not shown:
        raise PictureError(f"none of {len(paths)} pictures can be read. {left_out[0]}")
    return _frames(_unique(stems), shown, pictured), tuple(left_out)


def _frames(
    names: tuple[str, ...], shown: Sequence[Image.Image], pictured: Mapping[str, Preprocessing]
) -> Inputs:
    """Take pictures as frames of a video: the second input sees the picture before, and so on.

    Before the first picture it stands for those that are missing.
    """
    values = {}
    for late, (name, preprocessing) in enumerate(pictured.items()):
        frames = [input_picture(one, preprocessing)[0] for one in shown]
        values[name] = np.stack([frames[max(0, at - late)] for at in range(len(frames))])
    return Inputs(names, values)


def _name(path: Path) -> str:
    """Return what a picture is called in reports, which hold only what can be printed."""
    stem = os.fsencode(path.stem).decode(errors="replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in stem)


def _unique(stems: list[str]) -> tuple[str, ...]:
    """Make names unique by numbering repeats."""
    names: list[str] = []
    for stem in stems:
        name, count = stem, 2
        while name in names:
            name, count = f"{stem}-{count}", count + 1
        names.append(name)
    return tuple(names)
