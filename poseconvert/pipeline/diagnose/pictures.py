"""Pictures brought to the input size in another way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Fit, Preprocessing, input_picture
from poseconvert.pipeline.chain.measurement import Diagnosis

_SAME = 3.0
_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bicubic": Image.Resampling.BICUBIC,
    "Lanczos": Image.Resampling.LANCZOS,
    "area averaging": Image.Resampling.BOX,
}


def picture_causes(
    recorded: NDArray[Any], pictures: Sequence[Path], preprocessing: Preprocessing
) -> Iterator[Diagnosis]:
    """Try other fits, filters and channel orders on the pictures.

    Parameters
    ----------
    recorded : (N, H, W, 3) uint8, what was fed elsewhere, in the order of ``pictures``.
    """
    read = [read_picture(path) for path in pictures]
    ours = np.stack([input_picture(one, preprocessing)[0] for one in read])
    before = _apart(ours, recorded)
    found = [(_apart(np.stack(way), recorded), words) for words, way in _ways(read, preprocessing)]
    after, words = min(found, key=lambda one: one[0])
    if after <= min(_SAME, before / 4):
        yield Diagnosis(
            "picture preprocessing",
            f"the recorded picture looks {words}: made so, the grey levels differ by {after:.2g} on"
            f" average instead of {before:.2g}; the manifest says {preprocessing.fit}, antialiased"
            f" {preprocessing.interpolation}, {preprocessing.colour_order}",
        )


def _apart(ours: NDArray[Any], recorded: NDArray[Any]) -> float:
    return float(np.abs(ours.astype(np.float64) - recorded.astype(np.float64)).mean())


def _ways(
    pictures: Sequence[Image.Image], preprocessing: Preprocessing
) -> Iterator[tuple[str, list[NDArray[Any]]]]:
    own = [input_picture(one, preprocessing)[0] for one in pictures]
    yield "BGR", [one[..., ::-1] for one in own]
    for fit in get_args(Fit):
        if fit != preprocessing.fit:
            words = {"stretch": "stretched", "crop": "cropped", "letterbox": "letterboxed"}[fit]
            other = replace(preprocessing, fit=fit)
            made = [input_picture(one, other)[0] for one in pictures]
            yield words, made
            yield f"{words} and BGR", [one[..., ::-1] for one in made]
    for name, method in _FILTERS.items():
        yield f"resized with {name}", [_resized(one, preprocessing, method) for one in pictures]


def _resized(
    picture: Image.Image, preprocessing: Preprocessing, method: Image.Resampling
) -> NDArray[Any]:
    """Resize as the manifest's fit says, with another filter."""
    _, place = input_picture(picture, preprocessing)
    size = (preprocessing.width, preprocessing.height)
    small = tuple(max(1, round(s * k)) for s, k in zip(picture.size, place.scale, strict=True))
    canvas = Image.new("RGB", size)
    at = (round(place.shift[0]), round(place.shift[1]))
    canvas.paste(picture.resize((small[0], small[1]), method), at)
    return np.asarray(canvas)
