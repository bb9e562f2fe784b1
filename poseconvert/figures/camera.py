"""Where the body stands and how the camera sees it: body space to picture space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poseconvert.figures.kinematics import Posture
from poseconvert.figures.rng import Array, Dice, settled, turn
from poseconvert.figures.solids import Spot


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera, in picture space.

    A point at depth z from the root is scaled by ``scale / (1 + z / distance)``, so picture
    space has one unit: pixels at the depth of the root.

    Attributes
    ----------
    scale : pixels per body height at the root.
    distance : of the root from the camera, in body heights.
    centre : x, y of the principal point in pixels.
    root : the point (3,) of the body that has z = 0, and the middle of the perspective.
    """

    scale: float
    distance: float
    centre: tuple[float, float]
    root: tuple[float, float, float]

    def project(self, points: Array) -> Array:
        """Points (..., 3) in body heights to x, y, z in pixels; z is 0 at the root."""
        moved = points - np.array(self.root)
        growth = self.growth(points)
        picture = moved * self.scale
        picture[..., 0] = picture[..., 0] * growth + self.centre[0]
        picture[..., 1] = picture[..., 1] * growth + self.centre[1]
        return settled(picture)

    def spot(self, point: Array) -> tuple[Spot, float]:
        """One point to x, y, z in pixels, and pixels per body height there."""
        x, y, z = (at - root for at, root in zip(point.tolist(), self.root, strict=True))
        growth = self.scale / (1 + z / self.distance)
        flat_x, flat_y = x * growth + self.centre[0], y * growth + self.centre[1]
        return (round(flat_x, 9), round(flat_y, 9), round(z * self.scale, 9)), round(growth, 9)

    def growth(self, points: Array) -> Array:
        """How much larger than at the root things look at these points."""
        growth: Array = 1 / (1 + (points[..., 2] - self.root[2]) / self.distance)
        return growth


def random_facing(dice: Dice) -> Array:
    """Rotation (3, 3) of the pelvis: facing the camera more often than not, seen from all sides."""
    yaw = dice.about(0, 75) if dice.chance(0.6) else dice.uniform(-180, 180)
    pitch = dice.about(8, 26)
    roll = dice.about(0, 14)
    if dice.chance(0.05):  # lying, falling, hanging
        roll = dice.uniform(-180, 180)
    return turn(2, roll) @ turn(0, pitch) @ turn(1, yaw)


def random_camera(dice: Dice, posture: Posture, size: int) -> Camera:
    """Place the figure in a picture of side `size`, wholly or (one in six) cut off."""
    root = settled(root_of(posture.joints))
    joints = posture.joints - root
    distance = dice.uniform(2.4, 8.0)
    near = joints[:, :2] / (1 + joints[:, 2:] / distance)
    low, high = near.min(axis=0) - 0.06, near.max(axis=0) + 0.06
    extent = float((high - low).max())
    fill = dice.uniform(0.60, 0.97) * size
    middle = size / 2 - 0.5
    x, y = (middle - float(m) * fill / extent for m in (low + high) / 2)
    spare = max(0.0, size - fill) / 2
    if dice.chance(1 / 6):
        fill *= dice.uniform(1.0, 1.35)
        spare = 0.22 * size
    scale = min(fill / extent, 1.3 * size)
    x, y = x + dice.about(0, spare), y + dice.about(0, spare)
    return Camera(
        scale=round(scale, 9),
        distance=distance,
        centre=(round(x, 9), round(y, 9)),
        root=(float(root[0]), float(root[1]), float(root[2])),
    )


def root_of(joints: Array) -> Array:
    """Return the derived joint ``hip`` of (..., 24, 3): between the navel and the hip joints."""
    hips = (joints[..., 15, :] + joints[..., 19, :]) / 2
    root: Array = (joints[..., 23, :] + hips) / 2
    return root
