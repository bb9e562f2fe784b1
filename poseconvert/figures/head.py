"""Skull, face, hair and hats as solids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poseconvert.figures.body import Body
from poseconvert.figures.fit_solids import Tailor
from poseconvert.figures.outfit import Outfit
from poseconvert.figures.solids import Ellipsoid, Paint, Solid

Triple = tuple[float, float, float]
_PUPIL = Paint((0.07, 0.06, 0.06))
_WHITE = Paint((0.93, 0.93, 0.92))


@dataclass(frozen=True, slots=True, eq=False)
class _Head:
    """Puts ellipsoids at places of the head: across, down, back from the middle of the skull."""

    tailor: Tailor
    size: float

    def blob(self, place: Triple, half: Triple, paint: Paint) -> Ellipsoid:
        frame = self.tailor.posture.frames["head"]
        at = self.tailor.point("skull") + frame @ (self.size * np.array(place))
        down, across, deep = half
        size = self.size
        return self.tailor.ellipsoid(
            at, "head", (size * down, size * across, size * deep), paint, "head"
        )


def head_solids(tailor: Tailor, body: Body, outfit: Outfit) -> list[Solid]:
    """Return the solids of the head."""
    head = _Head(tailor, body.head)
    skin, hair = outfit.skin, outfit.hair_paint
    red, green, blue = skin.colour
    lips = Paint((red * 0.62 + 0.12, green * 0.45, blue * 0.45))
    solids: list[Solid] = [
        head.blob((0, 0, 0), (0.064, 0.0445, 0.053), skin),
        head.blob((0, 0.030, -0.012), (0.036, 0.034, 0.038), skin),
        head.blob((0, 0.010, -0.052), (0.016, 0.008, 0.012), skin),
        head.blob((0, 0.034, -0.045), (0.004, 0.014, 0.006), lips),
    ]
    for sign in (-1, 1):
        solids.append(head.blob((sign * 0.044, 0.004, 0.004), (0.015, 0.006, 0.010), skin))
        solids.append(head.blob((sign * 0.0175, -0.006, -0.045), (0.0055, 0.0085, 0.006), _WHITE))
        solids.append(head.blob((sign * 0.0175, -0.006, -0.048), (0.0052, 0.0048, 0.005), _PUPIL))
        solids.append(head.blob((sign * 0.0175, -0.018, -0.046), (0.0028, 0.011, 0.005), hair))
    return solids + _hair(head, outfit)


def _hair(head: _Head, outfit: Outfit) -> list[Solid]:
    if outfit.hair == "none":
        return []
    if outfit.hair == "hat":
        return [
            head.blob((0, -0.032, 0.003), (0.046, 0.0485, 0.056), outfit.hat),
            head.blob((0, -0.026, -0.045), (0.005, 0.040, 0.038), outfit.hat),
        ]
    solids: list[Solid] = [head.blob((0, -0.016, 0.013), (0.058, 0.0485, 0.054), outfit.hair_paint)]
    if outfit.hair == "bun":
        solids.append(head.blob((0, -0.058, 0.042), (0.026, 0.026, 0.026), outfit.hair_paint))
    if outfit.hair == "long":
        tailor, size = head.tailor, head.size
        frame, skull = tailor.posture.frames["head"], tailor.point("skull")
        top = skull + frame @ (size * np.array([0, -0.005, 0.024]))
        end = skull + frame @ (size * np.array([0, 0.105, 0.040]))
        # The build widens limbs, not hair.
        radii = (0.046 * size / tailor.build, 0.034 * size / tailor.build)
        solids.append(tailor.capsule((top, end), radii, outfit.hair_paint, "head"))
    return solids
