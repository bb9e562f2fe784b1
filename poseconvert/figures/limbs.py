"""Arms and legs as solids, in sleeves and trousers of any length."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.figures.body import Body
from poseconvert.figures.fit_solids import Tailor
from poseconvert.figures.outfit import Outfit
from poseconvert.figures.solids import Paint, Solid


@dataclass(frozen=True, slots=True)
class _Sleeve:
    """Cloth over skin, wider by ``loose``."""

    skin: Paint
    cloth: Paint
    loose: float


def arm_solids(tailor: Tailor, side: str, outfit: Outfit) -> list[Solid]:
    """Return upper arm, forearm and hand of a side, ``r`` or ``l``."""
    sleeve = _Sleeve(outfit.skin, outfit.top, outfit.loose)
    shoulder, elbow, wrist = f"{side}ShldrBend", f"{side}ForearmBend", f"{side}Hand"
    middle, thumb, fingers = f"{side}Mid1", f"{side}Thumb2", f"{side}Fingers"
    upper, fore, hand = f"{side}UpperArm", f"{side}Forearm", f"{side}Hand"
    solids = _dressed(
        tailor, (shoulder, elbow), (0.031, 0.0235), upper, sleeve=sleeve, cover=outfit.sleeve
    )
    solids += _dressed(
        tailor, (elbow, wrist), (0.0235, 0.0155), fore, sleeve=sleeve, cover=outfit.sleeve - 1
    )
    for ends, radii in (
        ((wrist, middle), (0.0165, 0.0205)),
        ((middle, fingers), (0.0185, 0.0105)),
        ((wrist, thumb), (0.0120, 0.0095)),
    ):
        points = (tailor.point(ends[0]), tailor.point(ends[1]))
        solids.append(tailor.capsule(points, radii, outfit.skin, hand))
    return solids


def leg_solids(tailor: Tailor, side: str, body: Body, outfit: Outfit) -> list[Solid]:
    """Return thigh, shin and foot of a side, ``r`` or ``l``."""
    sleeve = _Sleeve(outfit.skin, outfit.bottom, 0.5 + 0.5 * outfit.loose)
    hip, knee, ankle = f"{side}ThighBend", f"{side}Shin", f"{side}Foot"
    toe, heel = f"{side}Toe", f"{side}Heel"
    thigh, shin, foot = f"{side}Thigh", f"{side}Shin", f"{side}Foot"
    wide = 0.4 * body.hip + 0.029
    solids = _dressed(tailor, (hip, knee), (wide, 0.0335), thigh, sleeve=sleeve, cover=outfit.leg)
    solids += _dressed(
        tailor, (knee, ankle), (0.0340, 0.0205), shin, sleeve=sleeve, cover=outfit.leg - 1
    )
    sole = (tailor.point(heel), tailor.point(toe))
    instep = (tailor.point(ankle), tailor.between(heel, 0.45, toe))
    solids.append(tailor.capsule(sole, (0.0225, 0.0160), outfit.shoes, foot))
    solids.append(tailor.capsule(instep, (0.0200, 0.0200), outfit.shoes, foot))
    return solids


def _dressed(
    tailor: Tailor,
    names: tuple[str, str],
    radii: tuple[float, float],
    part: str,
    *,
    sleeve: _Sleeve,
    cover: float,
) -> list[Solid]:
    """Make one segment: skin, and cloth down to `cover` of its length."""
    start, end = tailor.point(names[0]), tailor.point(names[1])
    loose = sleeve.loose
    if cover >= 1:
        wide = (radii[0] * loose, radii[1] * loose)
        return [tailor.capsule((start, end), wide, sleeve.cloth, part)]
    solids: list[Solid] = [tailor.capsule((start, end), radii, sleeve.skin, part)]
    if cover > 0:
        cut = start + cover * (end - start)
        hem = radii[0] + cover * (radii[1] - radii[0])
        wide = (radii[0] * loose, hem * loose * 1.04)
        solids.append(tailor.capsule((start, cut), wide, sleeve.cloth, part))
    return solids
