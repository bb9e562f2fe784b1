"""What every dataset is read into: people, each with a picture, a box and known joints."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from poseconvert.decoding.skeleton import Skeleton

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person in one picture.

    Attributes
    ----------
    name : unique in the dataset, for messages.
    picture : opens the picture, RGB, lying as it was annotated; raises PictureError.
    box : left, top, right, bottom of what the network is shown, in picture pixels; it may reach
        out of the picture, where the network sees black.
    joints : (J, 2) or (J, 3) x, y(, z) in picture pixels, NaN where nobody annotated the joint.
        The middle of pixel (column, row) is at whole x, y; z grows away from the camera.
    visible : (J,) whether the camera sees the joint; False where it is not annotated.
    head : size of the head that PCKh divides by, in pixels; NaN where the dataset has none.
    height : of the upright body in pixels, for 3D; NaN where unknown.
    area : of the person in square pixels, for OKS; NaN where unknown.
    """

    name: str
    picture: Callable[[], Image.Image]
    box: Box
    joints: npt.NDArray[np.float64]
    visible: npt.NDArray[np.bool_]
    head: float = math.nan
    height: float = math.nan
    area: float = math.nan

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(J,) whether x and y of the joint are annotated."""
        known: npt.NDArray[np.bool_] = np.all(np.isfinite(self.joints[:, :2]), axis=1)
        return known


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """People whose joints are known.

    Attributes
    ----------
    name : as the user asked for it.
    skeleton : joints in the order of every person's arrays.
    people : in the order of the file.
    notes : what was left out, in sentences; empty when nothing was.
    """

    name: str
    skeleton: Skeleton
    people: Sequence[Person]
    notes: tuple[str, ...] = ()


def box_around(joints: npt.NDArray[np.float64], *, margin: float) -> Box:
    """Return the box of the known joints (J, 2 or 3), each side longer by ``margin`` of itself."""
    known = joints[np.isfinite(joints[:, :2]).all(axis=1), :2]
    low, high = known.min(axis=0), known.max(axis=0)
    reach = (high - low) * (0.5 + margin / 2)
    middle = (low + high) / 2
    left, top = (middle - reach).tolist()
    right, bottom = (middle + reach).tolist()
    return left, top, right, bottom
