"""Pictures small enough for a page, as data URIs."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poseconvert.pipeline.chain.measurement import Measurement

LIMIT = 48
_SIDE = 112
_LARGEST = 640  # pixels of a picture's longer side in the page
_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One input: its name, its size in words, and a data URI; empty where it is not a picture."""

    name: str
    size: str
    picture: str


def thumbnails(measurement: Measurement) -> tuple[Thumbnail, ...]:
    """Return the first ``LIMIT`` inputs, small."""
    names, values = measurement.inputs.names, measurement.inputs.shown
    if not are_pictures(values):
        size = f"{'x'.join(map(str, values.shape[1:]))} {values.dtype}"
        return tuple(Thumbnail(name, size, "") for name in names[:LIMIT])
    height, width = values.shape[1:3]
    return tuple(
        Thumbnail(name, f"{width}x{height}", jpeg(picture, side=_SIDE))
        for name, picture in zip(names[:LIMIT], values[:LIMIT], strict=True)
    )


def are_pictures(values: NDArray[Any]) -> bool:
    """Whether inputs are (N, H, W, 3) uint8."""
    return values.dtype == np.uint8 and values.ndim == 4


def jpeg(picture: NDArray[np.uint8], *, side: int = _LARGEST) -> str:
    """Return (H, W, 3) RGB as the URI of a JPEG whose longer side has at most ``side`` pixels."""
    image = Image.fromarray(picture)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _uri(image, "JPEG", quality=_QUALITY, optimize=True)


def png(pixels: NDArray[np.uint8]) -> str:
    """Return (H, W, 3) RGB or (H, W, 4) RGBA as the URI of a PNG, every pixel as it is."""
    return _uri(Image.fromarray(pixels), "PNG", optimize=True)


def _uri(image: Image.Image, kind: str, **options: Any) -> str:
    with BytesIO() as file:
        image.save(file, kind, **options)
        return f"data:image/{kind.lower()};base64,{b64encode(file.getvalue()).decode('ascii')}"
