"""Picture to input tensor, described as data, with the way back for keypoints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poseconvert.errors import PictureError
from poseconvert.fields import Pixels

Fit = Literal["letterbox", "crop", "stretch"]
_ROUNDING = 1e-6  # of whole pixels in float64


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture of any size becomes the network's input.

    Every artifact takes RGB in 0-255; scaling to the network's own range is
    inside its graph, so there is no scale or bias to get wrong here.

    Attributes
    ----------
    width, height : input size in pixels.
    fit : ``letterbox`` keeps all of the picture and pads with black,
        ``crop`` fills the input and cuts the longer side, ``stretch`` ignores aspect.
    interpolation : Pillow's antialiased ``bilinear``.
    colour_order : ``RGB``.
    """

    width: Pixels
    height: Pixels
    fit: Fit = "letterbox"
    interpolation: Literal["bilinear"] = "bilinear"
    colour_order: Literal["RGB"] = "RGB"

    def __post_init__(self) -> None:
        if self.fit not in get_args(Fit):
            raise PictureError(f"preprocessing: fit {self.fit!r}. Use letterbox, crop or stretch.")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture lies in the input: input = picture * scale + shift, per axis.

    Attributes
    ----------
    scale : (x, y), input pixels per picture pixel.
    shift : (x, y), in input pixels.
    """

    scale: tuple[float, float]
    shift: tuple[float, float]

    def to_input(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Map picture points (..., 2) as x, y in pixels to input pixels."""
        return np.asarray(points, np.float64) * self.scale + self.shift

    def to_picture(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Map input points (..., 2) as x, y in pixels to picture pixels."""
        return (np.asarray(points, np.float64) - self.shift) / self.scale


def placement(size: tuple[int, int], preprocessing: Preprocessing) -> Placement:
    """Compute where a picture of ``size`` (width, height) lies in the input."""
    target = (preprocessing.width, preprocessing.height)
    x, y = target[0] / size[0], target[1] / size[1]
    if preprocessing.fit == "stretch":
        return Placement((x, y), (0.0, 0.0))
    scale = min(x, y) if preprocessing.fit == "letterbox" else max(x, y)
    shift = tuple((t - s * scale) / 2 for t, s in zip(target, size, strict=True))
    return Placement((scale, scale), (shift[0], shift[1]))


def input_picture(
    picture: Image.Image, preprocessing: Preprocessing
) -> tuple[NDArray[np.uint8], Placement]:
    """Resample an RGB picture into the input.

    Returns
    -------
    pixels : (height, width, 3) uint8, RGB; what no part of the picture covers is 0.
    placement : the map between picture and input pixels, exact to the resampling.
    """
    place = placement(picture.size, preprocessing)
    width, height = preprocessing.width, preprocessing.height
    # Only input pixels that the picture covers wholly are filled, from the very part of it that
    # lies under them: a keypoint maps back exactly where it came from.
    (x0, y0), (x1, y1) = place.to_input(np.array([(0, 0), picture.size])).tolist()
    left, right = _covered(x0, x1, limit=width)
    top, bottom = _covered(y0, y1, limit=height)
    box = place.to_picture(np.array([(left, top), (right, bottom)]))
    (x0, y0), (x1, y1) = np.clip(box, 0, picture.size).tolist()
    # Across and then along: Pillow 13 takes whichever is quicker first, and rounds in between.
    rows = picture.resize(
        (right - left, picture.height), Image.Resampling.BILINEAR, box=(x0, 0, x1, picture.height)
    )
    part = rows.resize(
        (right - left, bottom - top), Image.Resampling.BILINEAR, box=(0, y0, right - left, y1)
    )
    canvas = Image.new("RGB", (width, height))
    canvas.paste(part, (left, top))
    return np.asarray(canvas), place


def _covered(low: float, high: float, *, limit: int) -> tuple[int, int]:
    """Return the pixels of ``limit`` that lie wholly from ``low`` to ``high``; one at least."""
    first = max(0, math.ceil(low - _ROUNDING))
    last = min(limit, math.floor(high + _ROUNDING))
    if first < last:
        return first, last
    middle = min(limit - 1, math.floor((low + high) / 2))
    return middle, middle + 1


def input_tensor(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn pixels (H, W, 3) or (N, H, W, 3) uint8 into (N, 3, H, W) float32 in 0-255."""
    batch = pixels if pixels.ndim == 4 else pixels[None]
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2), dtype=np.float32)
