"""Proportions of a body, as fractions of its height."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.decoding.skeleton import DUAL_HEAD_24
from poseconvert.figures.rng import Dice

#: The 24 joints in tensor order.
JOINTS = DUAL_HEAD_24.joints


@dataclass(frozen=True, slots=True)
class Body:
    """Lengths and radii of one body; its height is 1.

    Lengths run from joint to joint. ``shoulder`` and ``hip`` are half widths, ``build`` scales
    every radius, ``head`` every length of the head.
    """

    upper_arm: float
    forearm: float
    thigh: float
    shin: float
    waist: float
    chest: float
    shoulder: float
    hip: float
    hand: float
    foot: float
    head: float
    build: float
    bust: float
    belly: float


def random_body(dice: Dice) -> Body:
    """Draw proportions: those of Drillis and Contini (1966), varied, and some children."""
    child = dice.chance(0.12)
    limb = 0.92 if child else 1.0
    slender = dice.uniform(0.0, 1.0)
    return Body(
        upper_arm=0.172 * limb * dice.about(1, 0.10),
        forearm=0.146 * limb * dice.about(1, 0.10),
        thigh=0.245 * limb * dice.about(1, 0.08),
        shin=0.246 * limb * dice.about(1, 0.08),
        waist=0.105 * dice.about(1, 0.12),
        chest=0.183 * dice.about(1, 0.08),
        shoulder=dice.uniform(0.092, 0.118),
        hip=dice.uniform(0.046, 0.060),
        hand=0.052 * dice.about(1, 0.15),
        foot=0.125 * dice.about(1, 0.12),
        head=(1.3 if child else 1.0) * dice.about(1.04, 0.10),
        build=0.86 + 0.42 * slender * dice.uniform(0.6, 1.0),
        bust=dice.uniform(0.0, 0.022) if dice.chance(0.5) else 0.0,
        belly=dice.uniform(0.85, 1.25),
    )
