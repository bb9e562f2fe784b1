"""Poses in which no limb runs through the body."""

from __future__ import annotations

import numpy as np

from poseconvert.figures.body import Body
from poseconvert.figures.camera import random_facing
from poseconvert.figures.kinematics import SIDES, Posture, posture
from poseconvert.figures.pose import random_pose
from poseconvert.figures.rng import Array, Dice

TRIES = 12
_ENDS = ("ForearmBend", "Hand", "Mid1", "Fingers", "Shin", "Foot")


def clear_posture(body: Body, dice: Dice) -> Posture:
    """Draw poses until no hand, elbow, knee or foot runs through the trunk or the head."""
    facing = random_facing(dice)
    for _ in range(TRIES):
        posed = posture(body, random_pose(dice), facing=facing)
        if _clear(posed, body):
            break
    return posed


def _clear(posed: Posture, body: Body) -> bool:
    points = posed.points
    names = [f"{side}{end}" for side, _ in SIDES for end in _ENDS]
    ends = np.stack([points[name] for name in names])
    trunk = _distance(ends, points["pelvis"], points["withers"])
    skull = np.sqrt(((ends - points["skull"]) ** 2).sum(axis=1))
    hands = _distance(ends[[1, 2]], ends[7], ends[8])
    shins = _distance(ends[[4, 5]], ends[10], ends[11])
    limit = 0.088 * (0.75 + 0.25 * body.build)
    return bool(
        trunk.min() > limit and skull.min() > 0.068 * body.head
        and hands.min() > 0.03 and shins.min() > 0.052
    )  # fmt: skip


def _distance(points: Array, start: Array, end: Array) -> Array:
    """Distance of points (n, 3) from a segment."""
    bone = end - start
    share = np.clip(((points - start) * bone).sum(axis=1) / (bone**2).sum(), 0, 1)
    away: Array = np.sqrt(((points - start - share[:, None] * bone) ** 2).sum(axis=1))
    return away
