"""Angles and proportions to points of the body in space.

Axes as in the picture: x right, y down, z away from the camera. At rest the body faces the
camera, so its right side has negative x; units are body heights, the origin lies between the
hip joints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poseconvert.figures.body import JOINTS, Body
from poseconvert.figures.pose import Limb, Pose
from poseconvert.figures.rng import Array, settled, turn

Frames = dict[str, Array]
SIDES = (("r", -1.0), ("l", 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """A posed body.

    Attributes
    ----------
    points : named points (3,): the 24 joints and landmarks such as ``rHeel`` or ``skull``.
    frames : rotation (3, 3) of ``pelvis``, ``waist``, ``chest``, ``head``, ``rHand``, ...
    """

    points: dict[str, Array]
    frames: Frames

    @property
    def joints(self) -> Array:
        """(24, 3) in the order of :data:`JOINTS`."""
        return np.stack([self.points[name] for name in JOINTS])


def posture(body: Body, pose: Pose, *, facing: Array) -> Posture:
    """Pose the body; ``facing`` (3, 3) turns the pelvis."""
    frames: Frames = {"pelvis": facing}
    frames["waist"] = facing @ _bend(pose.waist)
    frames["chest"] = frames["waist"] @ _bend(pose.chest)
    frames["head"] = frames["chest"] @ _bend(pose.head)
    points = {"pelvis": np.zeros(3)}
    points["abdomenUpper"] = frames["waist"] @ np.array([0, -body.waist, 0])
    points["withers"] = points["abdomenUpper"] + frames["chest"] @ np.array([0, -body.chest, 0])
    _head(points, frames, body)
    for (side, sign), arm, leg in zip(SIDES, pose.arms, pose.legs, strict=True):
        _arm(points, frames, body, arm, side=side, sign=sign, curl=pose.curl)
        _leg(points, frames, body, leg, side=side, sign=sign)
    return Posture(
        points={name: settled(point) for name, point in points.items()},
        frames={name: settled(frame) for name, frame in frames.items()},
    )


def _bend(angles: tuple[float, float, float]) -> Array:
    forward, sideways, about = angles
    return turn(0, forward) @ turn(2, sideways) @ turn(1, about)


def _swing(limb: Limb, sign: float) -> Array:
    """Turn a limb that hangs down: up by the elevation toward the azimuth, then about itself."""
    azimuth = -sign * limb.azimuth
    return turn(1, azimuth) @ turn(0, -limb.elevation) @ turn(1, -azimuth + sign * limb.twist)


def _head(points: dict[str, Array], frames: Frames, body: Body) -> None:
    size = body.head
    neck = points["withers"] + frames["chest"] @ np.array([0, -0.022, 0])
    skull = neck + frames["head"] @ np.array([0, -0.080 * size, -0.010 * size])
    points["neck"], points["skull"] = neck, skull
    places = {
        "Nose": (0.0, 0.014, -0.063),
        "rEye": (-0.0175, -0.006, -0.049),
        "lEye": (0.0175, -0.006, -0.049),
        "rEar": (-0.044, 0.004, 0.004),
        "lEar": (0.044, 0.004, 0.004),
        "mouth": (0.0, 0.034, -0.048),
    }
    for name, place in places.items():
        points[name] = skull + frames["head"] @ (size * np.array(place))


def _arm(
    points: dict[str, Array], frames: Frames, body: Body, limb: Limb, *,
    side: str, sign: float, curl: float,
) -> None:  # fmt: skip
    # Raising an arm lifts its shoulder.
    lift = 0.028 * max(0.0, limb.elevation - 60) / 110
    upper = frames["chest"] @ _swing(limb, sign)
    fore = upper @ turn(0, -limb.bend)
    hand = fore @ turn(1, sign * limb.roll) @ turn(0, limb.tip * 0.6) @ turn(2, limb.tip * 0.4)
    shoulder = points["withers"] + frames["chest"] @ np.array([sign * body.shoulder, -lift, 0])
    elbow = shoulder + upper @ np.array([0, body.upper_arm, 0])
    wrist = elbow + fore @ np.array([0, body.forearm, 0])
    middle = wrist + hand @ np.array([0, body.hand, 0])
    points[f"{side}ShldrBend"], points[f"{side}ForearmBend"] = shoulder, elbow
    points[f"{side}Hand"], points[f"{side}Mid1"] = wrist, middle
    points[f"{side}Thumb2"] = wrist + hand @ (body.hand * np.array([-sign * 0.15, 0.72, -0.50]))
    fingers = hand @ turn(0, -curl) @ np.array([0, 0.95 * body.hand, 0])
    points[f"{side}Fingers"] = middle + fingers
    frames[f"{side}Hand"] = hand


def _leg(
    points: dict[str, Array], frames: Frames, body: Body, limb: Limb, *, side: str, sign: float
) -> None:
    thigh = frames["pelvis"] @ _swing(limb, sign)
    shin = thigh @ turn(0, limb.bend)
    foot = shin @ turn(1, -sign * limb.roll) @ turn(0, limb.tip)
    hip = frames["pelvis"] @ np.array([sign * body.hip, 0, 0])
    knee = hip + thigh @ np.array([0, body.thigh, 0])
    ankle = knee + shin @ np.array([0, body.shin, 0])
    points[f"{side}ThighBend"], points[f"{side}Shin"] = hip, knee
    points[f"{side}Foot"] = ankle
    points[f"{side}Toe"] = ankle + foot @ np.array([0, 0.030, -body.foot * 0.8])
    points[f"{side}Heel"] = ankle + foot @ np.array([0, 0.024, body.foot * 0.22])
    frames[f"{side}Foot"] = foot
