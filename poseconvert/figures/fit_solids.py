"""Lengths of a body to solids in picture space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poseconvert.figures.camera import Camera
from poseconvert.figures.kinematics import Posture
from poseconvert.figures.rng import Array
from poseconvert.figures.solids import Capsule, Ellipsoid, Paint

PARTS = (
    "none", "torso", "head",
    "rUpperArm", "rForearm", "rHand", "lUpperArm", "lForearm", "lHand",
    "rThigh", "rShin", "rFoot", "lThigh", "lShin", "lFoot",
    "clutter", "occluder",
)  # fmt: skip
"""What the numbers in ``Canvas.part`` name."""


@dataclass(frozen=True, slots=True, eq=False)
class Tailor:
    """Fits solids to a posed body and sees them through the camera.

    ``build`` scales the radii of capsules. Lengths are in body heights.
    """

    posture: Posture
    camera: Camera
    build: float

    def point(self, name: str) -> Array:
        """Return a named point (3,) of the body."""
        return self.posture.points[name]

    def between(self, name: str, share: float, other: str) -> Array:
        """Return the point that lies this share of the way from one named point to another."""
        start = self.posture.points[name]
        return start + share * (self.posture.points[other] - start)

    def capsule(
        self, ends: tuple[Array, Array], radii: tuple[float, float], paint: Paint, part: str
    ) -> Capsule:
        """Make a limb between two points."""
        (start, near), (end, far) = (self.camera.spot(point) for point in ends)
        return Capsule(
            start=start,
            end=end,
            start_radius=radii[0] * near * self.build,
            end_radius=radii[1] * far * self.build,
            paint=paint,
            part=PARTS.index(part),
        )

    def ellipsoid(
        self, centre: Array, frame: str, half: tuple[float, float, float], paint: Paint, part: str
    ) -> Ellipsoid:
        """Make an ellipsoid whose half axes lie down, across and deep in a frame of the body."""
        spot, scale = self.camera.spot(centre)
        matrix = self.posture.frames[frame]
        down, across, deep = half
        axes = np.stack([matrix[:, 1] * down, matrix[:, 0] * across, matrix[:, 2] * deep])
        return Ellipsoid(spot, axes * scale, paint=paint, part=PARTS.index(part))
