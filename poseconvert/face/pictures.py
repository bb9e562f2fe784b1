"""Pictures as users hold them: paths, Pillow's, or arrays; every stage below reads files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poseconvert.errors import PictureError
from poseconvert.imaging.picture import rgb_picture
from poseconvert.imaging.stock import with_stock

Picture = str | os.PathLike[str] | Image.Image | NDArray[np.uint8]
Pictures = Picture | Iterable[Picture]
_ONE = (str, os.PathLike, Image.Image, np.ndarray)


@contextmanager
def picture_files(pictures: Pictures) -> Iterator[list[Path]]:
    """Yield a file of every picture; one in memory is written to a temporary file, without loss.

    Parameters
    ----------
    pictures : one or several: paths, Pillow's images, or (H, W, 3) uint8, RGB; ``figure`` and
        ``photo`` are pictures of people that come with poseconvert.

    Raises
    ------
    PictureError : something else.
    """
    several: list[Picture] = []
    for one in listed(pictures):
        several += with_stock(Path(one)) if isinstance(one, str | os.PathLike) else (one,)
    if len(named_files(several)) == len(several):
        yield named_files(several)
        return
    # Not scratch_folder, which takes a folder of this process for one of a run that is over:
    # threads of one program may measure side by side.
    with TemporaryDirectory(prefix="poseconvert-") as place:
        yield [_file(one, Path(place), number) for number, one in enumerate(several, 1)]


def listed(pictures: Pictures) -> list[Picture]:
    """Return one picture, or several, as a list."""
    return [pictures] if isinstance(pictures, _ONE) else list(pictures)


def named_files(pictures: Iterable[Picture]) -> list[Path]:
    """Return those pictures that are files, which a command line can name."""
    return [Path(one) for one in pictures if isinstance(one, str | os.PathLike)]


def _file(picture: Any, scratch: Path, number: int) -> Path:
    if isinstance(picture, str | os.PathLike):
        return Path(picture)
    name = f"picture-{number}"
    if isinstance(picture, np.ndarray):
        picture = _image(picture, name)
    if not isinstance(picture, Image.Image):
        raise PictureError(
            f"{name}: {type(picture).__name__} is not a picture. Give a path, a Pillow image, or an"
            " array (H, W, 3) of uint8."
        )
    path = scratch / f"{name}.ppm"
    rgb_picture(picture, name=name).save(path)
    return path


def _image(pixels: NDArray[Any], name: str) -> Image.Image:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise PictureError(
            f"{name}: array {pixels.shape} of {pixels.dtype}. Give (H, W, 3) of uint8, RGB."
        )
    return Image.fromarray(np.ascontiguousarray(pixels))
