"""What a decoder of several people returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.geometry import Float64Array
from poseconvert.decoding.spec import DecodeSpec


class Found(NamedTuple):
    """People of one picture, best first: fields as in :class:`People`."""

    position: Float64Array
    score: Float64Array
    person: Float64Array
    box: Float64Array


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """M people of N pictures, ordered by picture, then as found: best first.

    Attributes
    ----------
    picture
        ``(M,)`` index of the picture.
    position
        ``(M, J, 2)`` x, y in input pixels from the top left corner; NaN where absent.
    score
        ``(M, J)`` of each joint, 0 where absent.
    person
        ``(M,)`` of each person.
    box
        ``(M, 4)`` x1, y1, x2, y2 in input pixels: the network's, else around the joints.
    """

    picture: npt.NDArray[Any]
    position: Float64Array
    score: Float64Array
    person: Float64Array
    box: Float64Array

    def __len__(self) -> int:
        return len(self.person)

    def __repr__(self) -> str:
        pictures = len(np.unique(self.picture))
        return f"people: {len(self)} in {pictures} picture{'s' * (pictures != 1)} with any"

    def of(self, picture: int) -> Found:
        """Return the people of one picture."""
        here = self.picture == picture
        return Found(self.position[here], self.score[here], self.person[here], self.box[here])


def nobody(spec: DecodeSpec) -> Found:
    """Return no people."""
    joints = spec.joints
    return Found(np.empty((0, joints, 2)), np.empty((0, joints)), np.empty(0), np.empty((0, 4)))


def boxes_around(position: Float64Array) -> Float64Array:
    """Return boxes (M, 4) around the joints that are present; NaN around none."""
    with np.errstate(invalid="ignore"):
        low = np.fmin.reduce(position, axis=1, initial=np.inf)
        high = np.fmax.reduce(position, axis=1, initial=-np.inf)
    box = np.concatenate([low, high], axis=1)
    return np.where(np.isfinite(box), box, np.nan)
