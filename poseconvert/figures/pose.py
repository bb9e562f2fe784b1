"""Joint angles of a pose, within what joints allow.

Angles are degrees. A swing of the upper arm or thigh is an elevation from hanging straight down
and an azimuth: 0 forward, 90 to its own side, 180 backward, negative across the body.
"""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.figures.rng import Dice

LIMITS = {
    "elevation_arm": (0.0, 172.0),
    "elevation_leg": (0.0, 118.0),
    "elbow": (0.0, 145.0),
    "knee": (0.0, 140.0),
    "twist_arm": (-70.0, 85.0),
    "twist_leg": (-40.0, 30.0),
}


@dataclass(frozen=True, slots=True)
class Limb:
    """Angles of an arm or a leg.

    ``twist`` is about the bone, positive inward; ``bend`` is the elbow's or knee's; ``roll`` and
    ``tip`` turn the hand about and across the forearm, or the foot.
    """

    elevation: float
    azimuth: float
    twist: float
    bend: float
    roll: float
    tip: float


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles of the whole body; each triple is (forward, sideways, about the spine)."""

    waist: tuple[float, float, float]
    chest: tuple[float, float, float]
    head: tuple[float, float, float]
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]
    curl: float


# Each: (elevation, azimuth, twist, bend), every one as (middle, spread).
_Angles = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
_ARMS: dict[str, _Angles] = {
    "hang": ((10, 10), (90, 60), (10, 30), (15, 18)),
    "swing": ((25, 22), (90, 110), (15, 30), (50, 45)),
    "akimbo": ((38, 12), (105, 20), (62, 18), (98, 18)),
    "crossed": ((30, 12), (30, 20), (68, 15), (95, 15)),
    "sideways": ((90, 22), (90, 22), (0, 40), (25, 40)),
    "forward": ((82, 30), (15, 35), (15, 40), (30, 45)),
    "up": ((148, 24), (75, 50), (20, 50), (30, 45)),
    "wave": ((85, 25), (85, 25), (-55, 15), (95, 30)),
    "face": ((58, 25), (25, 25), (25, 30), (125, 18)),
    "any": ((80, 80), (55, 95), (8, 75), (70, 70)),
}
_LEGS: dict[str, _Angles] = {
    "stand": ((5, 6), (70, 60), (-5, 10), (5, 7)),
    "apart": ((24, 14), (85, 25), (-8, 15), (8, 12)),
    "step": ((28, 18), (8, 15), (-3, 10), (22, 25)),
    "trail": ((16, 12), (172, 10), (-3, 8), (35, 35)),
    "sit": ((84, 14), (14, 18), (-3, 14), (84, 30)),
    "crouch": ((104, 12), (22, 18), (-8, 14), (122, 18)),
    "lift": ((78, 25), (12, 30), (-5, 18), (80, 60)),
    "any": ((55, 55), (35, 60), (-5, 30), (60, 60)),
}
# What two legs do together, with weights that make standing common.
_STANCES = (
    *(("stand", "stand"),) * 5,
    *(("apart", "apart"),) * 2,
    ("apart", "stand"),
    *(("step", "trail"),) * 4,
    *(("sit", "sit"),) * 3,
    ("crouch", "crouch"),
    *(("stand", "lift"),) * 2,
    ("lift", "crouch"),
    *(("any", "any"),) * 2,
    ("stand", "any"),
)
_GESTURES = (
    *("hang",) * 4, *("swing",) * 4, *("akimbo",) * 2, "crossed", *("sideways",) * 2,
    *("forward",) * 3, *("up",) * 3, "wave", *("face",) * 2, *("any",) * 5,
)  # fmt: skip


def random_pose(dice: Dice) -> Pose:
    """Draw a pose: everyday stances and gestures, each varied, and some free ones."""
    stance = dice.pick(_STANCES)
    legs = [_limb(_LEGS[name], dice, "leg") for name in stance]
    if dice.chance(0.5):
        legs.reverse()
    first = dice.pick(_GESTURES)
    second = first if dice.chance(0.4) else dice.pick(_GESTURES)
    arms = [_limb(_ARMS[name], dice, "arm") for name in (first, second)]
    lean = dice.about(22, 30) if "crouch" in stance else dice.about(4, 12)
    if dice.chance(0.10):
        lean = dice.uniform(20, 75)
    return Pose(
        waist=(lean, dice.about(0, 12), dice.about(0, 18)),
        chest=(dice.about(4, 18), dice.about(0, 14), dice.about(0, 22)),
        head=(dice.about(0, 32), dice.about(0, 20), dice.about(0, 55)),
        arms=(arms[0], arms[1]),
        legs=(legs[0], legs[1]),
        curl=dice.uniform(0, 80),
    )


def _limb(angles: _Angles, dice: Dice, kind: str) -> Limb:
    elevation, azimuth, twist, bend = (dice.about(middle, spread) for middle, spread in angles)
    hinge = "elbow" if kind == "arm" else "knee"
    wide = kind == "arm"
    return Limb(
        elevation=_within(elevation, f"elevation_{kind}"),
        azimuth=azimuth,
        twist=_within(twist, f"twist_{kind}"),
        bend=_within(bend, hinge),
        roll=dice.about(20, 60) if wide else dice.about(8, 14),
        tip=dice.about(0, 45) if wide else dice.about(8, 30),
    )


def _within(angle: float, joint: str) -> float:
    """Reflect an angle at the joint's limits: clamping would pile poses up there."""
    low, high = LIMITS[joint]
    if angle < low:
        angle = 2 * low - angle
    elif angle > high:
        angle = 2 * high - angle
    return min(max(angle, low), high)
