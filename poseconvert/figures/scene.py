"""What surrounds a figure: walls, floors, clutter behind it, things in front of it."""

from __future__ import annotations

import numpy as np

from poseconvert.figures.canvas import Light
from poseconvert.figures.outfit import cloth, random_colour
from poseconvert.figures.rng import Array, Dice, settled, turn
from poseconvert.figures.solids import Capsule, Colour, Ellipsoid, Plane, Solid

BEHIND, BEFORE = 600.0, -600.0


def random_light(dice: Dice) -> Light:
    """Draw a lamp somewhere above and before the figure, warm or cold, and a sky."""
    x, y, z = dice.uniform(-1, 1), dice.uniform(-1.2, 0.3), dice.uniform(-1.2, -0.25)
    length = (x * x + y * y + z * z) ** 0.5
    bright, warm = dice.uniform(0.45, 1.05), dice.about(0, 0.10)
    fill = dice.uniform(0.18, 0.50)
    direction = (round(x / length, 9), round(y / length, 9), round(z / length, 9))
    return Light(
        direction=direction,
        lamp=(bright * (1 + warm), bright, bright * (1 - warm)),
        sky=(fill * (1 - warm), fill, fill * (1 + warm)),
    )


def background(dice: Dice, size: int) -> Plane:
    """Draw what lies behind everything: (3, size, size) float32, 0-1."""
    planes = _blurred(dice, size, dice.count(1, 3))
    planes *= np.float32(dice.uniform(0.1, 0.9))
    for channel, level in enumerate(random_colour(dice)):
        planes[channel] = planes[channel] * 0.5 + np.float32(level * 0.7)
    if dice.chance(0.5):
        _floor(planes, dice)
    for _ in range(dice.count(0, 7)):
        _panel(planes, dice)
    if dice.chance(0.5):
        grain = _blurred(dice, size, dice.count(12, 40))
        grain -= np.float32(0.5)
        grain *= np.float32(dice.uniform(0.05, 0.45))
        planes += grain
    return planes


def clutter(dice: Dice, size: int) -> list[Solid]:
    """Draw things behind the figure: balls and bars, shaded as limbs are."""
    return [_thing(dice, size, BEHIND, part=15) for _ in range(dice.pick((0, 1, 2, 3, 5, 8)))]


def occluders(dice: Dice, size: int) -> list[Solid]:
    """Draw things in front of the figure, in a third of the pictures."""
    many = dice.pick((0, 0, 0, 0, 1, 1, 2))
    return [_thing(dice, size, BEFORE, part=16) for _ in range(many)]


def _thing(dice: Dice, size: int, depth: float, *, part: int) -> Solid:
    x, y = dice.uniform(0, size), dice.uniform(0, size)
    reach = size * dice.uniform(0.04, 0.30)
    angle = dice.uniform(-180, 180)
    start = (x, y, depth)
    if dice.chance(0.6):
        axis = turn(2, angle) @ turn(0, dice.uniform(-50, 50)) @ np.array([0.0, 1.0, 0.0])
        radius = size * dice.uniform(0.01, 0.07)
        ex, ey, ez = settled(np.array(start) + axis * reach * 2.2).tolist()
        taper = dice.uniform(0.6, 1.4)
        return Capsule(start, (ex, ey, ez), radius, radius * taper, paint=cloth(dice), part=part)
    frame = turn(2, angle) @ turn(0, dice.uniform(-60, 60))
    halves = np.array([[reach * dice.uniform(0.2, 0.8)] for _ in range(3)])
    axes: Array = settled(frame.T * halves)
    return Ellipsoid(start, axes, paint=cloth(dice), part=part)


def _floor(planes: Plane, dice: Dice) -> None:
    size = planes.shape[1]
    horizon = dice.count(int(size * 0.35), int(size * 0.95))
    colour = random_colour(dice)
    for channel in range(3):
        planes[channel, horizon:] *= np.float32(0.4)
        planes[channel, horizon:] += np.float32(colour[channel] * 0.55)


def _panel(planes: Plane, dice: Dice) -> None:
    """Paint a rectangle or a slanted band, plain or striped."""
    size = planes.shape[1]
    left, top = dice.count(-size // 4, size - 8), dice.count(-size // 4, size - 8)
    right, bottom = left + dice.count(6, size // 2), top + dice.count(6, size // 2)
    rows, columns = slice(max(0, top), max(0, bottom)), slice(max(0, left), max(0, right))
    box = planes[:, rows, columns]
    if not box.size:
        return
    first, second = random_colour(dice), random_colour(dice)
    opaque = np.float32(dice.uniform(0.5, 1.0))
    mask: Plane | np.float32 = opaque
    if dice.chance(0.6):
        slope_x, slope_y = dice.about(0, 0.3), dice.about(0, 0.3)
        y, x = np.ogrid[: box.shape[1], : box.shape[2]]
        phase = (x * slope_x + y * slope_y).astype(np.float32)
        mask = ((phase - np.floor(phase)) < dice.uniform(0.3, 0.7)).astype(np.float32) * opaque
    _blend(box, first, opaque)
    _blend(box, second, mask)


def _blend(box: Plane, colour: Colour, mask: Plane | np.float32) -> None:
    for channel in range(3):
        box[channel] += mask * (np.float32(colour[channel]) - box[channel])


def _blurred(dice: Dice, size: int, cells: int) -> Plane:
    """Soft random colours (3, size, size), 0-1: a coarse grid, blended linearly."""
    coarse = (dice.field(3, cells + 1, cells + 1) + 2 * dice.field(cells + 1, cells + 1)) / 3
    place = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(cells / size)
    node = np.floor(place)
    part = place - node
    index = node.astype(np.intp)
    left = coarse.take(index, axis=2)
    across = left + part * (coarse.take(index + 1, axis=2) - left)
    upper = across.take(index, axis=1)
    planes: Plane = across.take(index + 1, axis=1)
    planes -= upper
    planes *= part[:, None]
    planes += upper
    return planes
