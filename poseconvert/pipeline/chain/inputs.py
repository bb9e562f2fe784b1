"""What a chain is run on: the user's pictures, pictures of people, seeded patterns."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poseconvert.conversion.golden import Goldens
from poseconvert.conversion.golden_record import Origin
from poseconvert.errors import ConversionError, PictureError
from poseconvert.imaging.patterns import patterns
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture, input_tensor
from poseconvert.imaging.stock import stock_files
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
    origins : where each comes from: ``given`` by the user, one of our ``people``, a
        ``pattern``, or ``random`` numbers; empty: all given.
    """

    names: tuple[str, ...]
    values: Mapping[str, NDArray[Any]]
    origins: tuple[Origin, ...] = ()

    def __post_init__(self) -> None:
        if not self.origins:
            object.__setattr__(self, "origins", _all("given", self.names))

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
        return Inputs(self.names + other.names, joined, self.origins + other.origins)


def own_inputs(origins: Sequence[Origin]) -> list[int]:
    """Return the places of our own inputs; of all where the user gave every one."""
    own = [at for at, origin in enumerate(origins) if origin != "given"]
    return own or list(range(len(origins)))


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
    values = dict(zip(names, goldens.inputs, strict=True))
    return Inputs(goldens.names, values, goldens.origins)


def chain_inputs(
    shapes: Mapping[str, tuple[int, ...]],
    pictured: Mapping[str, Preprocessing],
    *,
    pictures: Sequence[Path] = (),
) -> Inputs:
    """Make what a network is checked on: ``pictures`` first, then people, then patterns.

    Parameters
    ----------
    shapes : of every input by name; seeded normals for those that are not pictures.
    pictured : how pictures become those inputs that are pictures.
    pictures : the user's; one of ours among them is not fed twice.

    Raises
    ------
    PictureError : one of ``pictures`` cannot be read.
    """
    if not pictured:
        names = tuple(f"seed-{index + 1}" for index in range(_SEEDED))
        return Inputs(names, _normals(shapes, _SEEDED), _all("random", names))
    people = [path for path in stock_files() if path not in pictures]
    found = _patterns(pictured)
    if people:
        found = _people(people, pictured) + found
    if pictures:
        found = picture_inputs(pictures, pictured) + found
    drawn = {name: shape for name, shape in shapes.items() if name not in pictured}
    values = {**found.values, **_normals(drawn, len(found.names))}
    return Inputs(
        _unique(found.names), {name: values[name] for name in shapes}, origins=found.origins
    )


def _people(paths: Sequence[Path], pictured: Mapping[str, Preprocessing]) -> Inputs:
    shown = [read_picture(path) for path in paths]
    made = {n: [input_picture(one, made)[0] for one in shown] for n, made in pictured.items()}
    return _turned(tuple(path.stem for path in paths), made, "people")


def _patterns(pictured: Mapping[str, Preprocessing]) -> Inputs:
    made = {n: patterns(one.height, one.width) for n, one in pictured.items()}
    names = tuple(next(iter(made.values())))
    return _turned(names, {n: list(shown.values()) for n, shown in made.items()}, "pattern")


def _turned(
    names: tuple[str, ...], made: Mapping[str, Sequence[NDArray[np.uint8]]], origin: Origin
) -> Inputs:
    """Give each of several pictures another one to see: an exchange of two then shows."""
    values = {
        name: np.roll(np.stack(shown), turn, axis=0)
        for turn, (name, shown) in enumerate(made.items())
    }
    return Inputs(names, values, _all(origin, names))


def _all(origin: Origin, inputs: Sized) -> tuple[Origin, ...]:
    return (origin,) * len(inputs)


def _normals(shapes: Mapping[str, tuple[int, ...]], count: int) -> dict[str, NDArray[Any]]:
    generator = np.random.Generator(np.random.PCG64(1))
    return {
        name: generator.standard_normal((count, *shape[1:])).astype(np.float32)
        for name, shape in shapes.items()
    }


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


def _unique(stems: Sequence[str]) -> tuple[str, ...]:
    """Make names unique by numbering repeats."""
    names: list[str] = []
    for stem in stems:
        name, count = stem, 2
        while name in names:
            name, count = f"{stem}-{count}", count + 1
        names.append(name)
    return tuple(names)
