"""What a figure wears: colours, sleeves, trousers or skirt, hair, hat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from poseconvert.figures.rng import Dice
from poseconvert.figures.solids import Colour, Paint

Hair = Literal["short", "long", "bun", "none", "hat"]
Legwear = Literal["trousers", "shorts", "skirt"]

SKINS: tuple[Colour, ...] = (
    (0.98, 0.85, 0.76), (0.95, 0.78, 0.66), (0.90, 0.70, 0.55), (0.82, 0.61, 0.45),
    (0.73, 0.52, 0.37), (0.62, 0.42, 0.29), (0.50, 0.33, 0.23), (0.38, 0.25, 0.18),
    (0.28, 0.18, 0.13),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (0.07, 0.06, 0.06), (0.15, 0.10, 0.07), (0.30, 0.19, 0.11), (0.45, 0.30, 0.16),
    (0.75, 0.58, 0.32), (0.55, 0.25, 0.12), (0.62, 0.62, 0.62), (0.88, 0.86, 0.82),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outfit:
    """Paints and cuts. Lengths are shares of the limb: 2 reaches the wrist or ankle.

    ``loose`` widens cloth over skin.
    """

    skin: Paint
    top: Paint
    bottom: Paint
    shoes: Paint
    hair_paint: Paint
    hat: Paint
    sleeve: float
    leg: float
    legwear: Legwear
    hair: Hair
    loose: float


def random_outfit(dice: Dice) -> Outfit:
    """Draw an outfit."""
    skin = _varied(dice.pick(SKINS), dice, 0.04)
    top = cloth(dice)
    bottom = top if dice.chance(0.12) else cloth(dice)
    legwear: Legwear = dice.pick(("trousers", "trousers", "trousers", "shorts", "shorts", "skirt"))
    leg = {"trousers": 2.0, "shorts": dice.uniform(0.35, 1.0), "skirt": 0.0}[legwear]
    hair: Hair = dice.pick(("short", "short", "short", "long", "long", "bun", "none", "hat"))
    barefoot = dice.chance(0.12)
    return Outfit(
        skin=Paint(skin),
        top=top,
        bottom=bottom,
        shoes=Paint(skin) if barefoot else Paint(random_colour(dice)),
        hair_paint=Paint(_varied(dice.pick(HAIRS), dice, 0.03)),
        hat=Paint(random_colour(dice)),
        sleeve=dice.pick((0.0, 0.45, 0.6, 1.0, 2.0, 2.0, 2.0)),
        leg=leg,
        legwear=legwear,
        hair=hair,
        loose=dice.uniform(1.06, 1.30),
    )


def cloth(dice: Dice) -> Paint:
    """Draw a cloth: plain, or striped."""
    colour = random_colour(dice)
    if dice.chance(0.72):
        return Paint(colour)
    return Paint(colour, second=random_colour(dice), period=dice.uniform(5, 22))


def random_colour(dice: Dice) -> Colour:
    """Draw a colour: any hue, often greyish, as cloth and walls are."""
    value = dice.uniform(0.06, 0.98)
    vivid = dice.uniform(0.0, 1.0) * dice.uniform(0.2, 1.0)
    channels = (dice.uniform(0, 1), dice.uniform(0, 1), dice.uniform(0, 1))
    high = max(channels)
    red, green, blue = (value * (1 - vivid * (1 - channel / high)) for channel in channels)
    return red, green, blue


def _varied(colour: Colour, dice: Dice, spread: float) -> Colour:
    red, green, blue = (min(1.0, max(0.02, channel + dice.about(0, spread))) for channel in colour)
    return red, green, blue
