"""A posed and dressed body as solids in picture space."""

from __future__ import annotations

import numpy as np

from poseconvert.figures.body import Body
from poseconvert.figures.camera import Camera
from poseconvert.figures.fit_solids import Tailor
from poseconvert.figures.head import head_solids
from poseconvert.figures.kinematics import SIDES, Posture
from poseconvert.figures.limbs import arm_solids, leg_solids
from poseconvert.figures.outfit import Outfit
from poseconvert.figures.rng import Array
from poseconvert.figures.solids import Paint, Solid


def solids_of(posture: Posture, camera: Camera, body: Body, outfit: Outfit) -> list[Solid]:
    """Return every solid of the figure."""
    tailor = Tailor(posture, camera, body.build)
    solids = [*_torso(tailor, body, outfit), *head_solids(tailor, body, outfit)]
    for side, _ in SIDES:
        solids += arm_solids(tailor, side, outfit)
        solids += leg_solids(tailor, side, body, outfit)
    return solids


def _torso(tailor: Tailor, body: Body, outfit: Outfit) -> list[Solid]:
    build, top = body.build, outfit.top
    wide = 0.72 + 0.28 * build
    chest = tailor.between("abdomenUpper", 0.52, "withers")
    belly = tailor.point("abdomenUpper")
    hips = tailor.between("pelvis", 0.12, "abdomenUpper")
    right, left = (tailor.between("withers", 0.88, f"{side}ShldrBend") for side, _ in SIDES)
    neck = (tailor.point("withers"), tailor.between("neck", 0.55, "skull"))
    chest_half = (0.104, body.shoulder * 0.92 * wide, 0.062 * build)
    belly_half = (0.105, 0.080 * wide, 0.060 * build * body.belly)
    hips_half = (0.070, (body.hip + 0.036) * wide, 0.064 * build)
    solids: list[Solid] = [
        tailor.ellipsoid(chest, "chest", chest_half, top, "torso"),
        tailor.ellipsoid(belly, "waist", belly_half, top, "torso"),
        tailor.ellipsoid(hips, "pelvis", hips_half, outfit.bottom, "torso"),
        tailor.capsule((right, left), (0.027, 0.027), top, "torso"),
        tailor.capsule(neck, (0.033, 0.027), outfit.skin, "torso"),
    ]
    if body.bust:
        solids += _bust(tailor, chest, body, outfit)
    if outfit.legwear == "skirt":
        solids += _skirt(tailor, hips, outfit)
    return solids


def _bust(tailor: Tailor, chest: Array, body: Body, outfit: Outfit) -> list[Solid]:
    frame, half = tailor.posture.frames["chest"], (0.032 + 0.6 * body.bust,) * 3
    places = [np.array([sign * 0.040, 0.006, -0.040 * body.build]) for _, sign in SIDES]
    plain = Paint(outfit.top.colour)
    return [
        tailor.ellipsoid(chest + frame @ place, "chest", half, plain, "torso") for place in places
    ]


def _skirt(tailor: Tailor, hips: Array, outfit: Outfit) -> list[Solid]:
    """Drape cloth over both thighs and, between them, from the hips to the hem."""
    hems = [tailor.between(f"{side}ThighBend", 0.74, f"{side}Shin") for side, _ in SIDES]
    tops = [tailor.point(f"{side}ThighBend") for side, _ in SIDES]
    cloth = outfit.bottom
    solids: list[Solid] = [
        tailor.capsule((top, hem), (0.060, 0.058), cloth, "torso")
        for top, hem in zip(tops, hems, strict=True)
    ]
    middle = (hems[0] + hems[1]) / 2
    solids.append(tailor.capsule((hips, middle), (0.070, 0.052), cloth, "torso"))
    return solids
