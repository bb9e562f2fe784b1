"""A rendered figure with its joints: the same seed gives the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poseconvert.figures.body import JOINTS, Body, random_body
from poseconvert.figures.camera import Camera, random_camera
from poseconvert.figures.canvas import Canvas, Light, canvas_on, draw
from poseconvert.figures.clearance import clear_posture
from poseconvert.figures.dressed_body import solids_of
from poseconvert.figures.kinematics import Posture
from poseconvert.figures.outfit import random_outfit
from poseconvert.figures.rng import Array, Dice
from poseconvert.figures.scene import background, clutter, occluders, random_light
from poseconvert.figures.solids import Capsule, Plane, Solid

SIZE = 224
# Flesh over each joint, as a share of the height: what lies nearer than this hides it.
_FLESH = {
    "ShldrBend": 0.080, "ForearmBend": 0.050, "Hand": 0.042, "Thumb2": 0.030, "Mid1": 0.042,
    "Ear": 0.020, "Eye": 0.020, "ThighBend": 0.105, "Shin": 0.065, "Foot": 0.045, "Toe": 0.035,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One picture of one person.

    Attributes
    ----------
    picture : (224, 224, 3) uint8, RGB.
    joints : (24, 3) x, y and z in pixels. Pixel (column, row) has its middle at whole x, y; z
        is measured from the root (the derived joint hip), away from the camera, in pixels at
        the root's depth: the space of the dual-head decoder. Joints may lie out of the picture.
    visible : (24,) whether the camera sees the joint: inside the picture, and nothing lies in
        front of it but its own flesh.
    inside : (24,) whether x and y lie in the picture.
    height : of the body, upright, in pixels at the root's depth.
    part : (224, 224) uint8, index in ``tailor.PARTS`` of what each pixel shows.
    """

    picture: npt.NDArray[np.uint8]
    joints: Array
    visible: npt.NDArray[np.bool_]
    inside: npt.NDArray[np.bool_]
    height: float
    part: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What a camera will see: everything that is drawn before anything is rendered.

    Attributes
    ----------
    solids : in drawing order: clutter, the person from back to front, what stands before it.
    background : (3, 224, 224) float32; rendering draws on it.
    dice : what the grain of the picture is drawn from.
    """

    body: Body
    posture: Posture
    camera: Camera
    light: Light
    solids: tuple[Solid, ...]
    background: Plane
    dice: Dice

    @property
    def joints(self) -> Array:
        """(24, 3) x, y, z in pixels."""
        return self.camera.project(self.posture.joints)


def figures(seed: int, count: int) -> Iterator[Figure]:
    """Yield `count` figures; number i of a seed is always the same picture."""
    for index in range(count):
        yield figure(seed, index)


def figure(seed: int, index: int = 0) -> Figure:
    """Render one figure.

    Parameters
    ----------
    seed, index
        Whole numbers from 0; index below a million. Any two pairs give unrelated pictures.
    """
    return rendered(staged(seed, index))


def staged(seed: int, index: int = 0) -> Stage:
    """Draw a person, what they wear, the place, the light and the camera."""
    dice = Dice(seed * 1_000_000 + index)
    body = random_body(dice)
    posed = clear_posture(body, dice)
    camera = random_camera(dice, posed, SIZE)
    outfit = random_outfit(dice)
    light = random_light(dice)
    wall = background(dice, SIZE)
    person = _far_first(solids_of(posed, camera, body, outfit))
    solids = (*clutter(dice, SIZE), *person, *occluders(dice, SIZE))
    return Stage(body, posed, camera, light, solids=solids, background=wall, dice=dice)


def rendered(stage: Stage) -> Figure:
    """Render a stage, once: its background is drawn on."""
    canvas = canvas_on(stage.background)
    for solid in stage.solids:
        draw(canvas, solid, stage.light)
    joints = stage.joints
    inside = np.all((joints[:, :2] > -0.5) & (joints[:, :2] < SIZE - 0.5), axis=1)
    return Figure(
        picture=_developed(canvas, stage.dice),
        joints=joints,
        visible=inside & _seen(canvas, stage),
        inside=inside,
        height=stage.camera.scale,
        part=canvas.part,
    )


def flesh(body: Body) -> Array:
    """(24,) how far before each joint its own body may reach, in body heights."""
    stems = [name.lstrip("rl") if name[0] in "rl" else name for name in JOINTS]
    flat = [_FLESH.get(stem, 0.0) for stem in stems]
    flat[JOINTS.index("Nose")] = 0.020
    flat[JOINTS.index("abdomenUpper")] = 0.125
    scaled: Array = np.array(flat) * body.build * 1.1
    return scaled


def _far_first(solids: list[Solid]) -> list[Solid]:
    """Order solids so that soft edges blend with what lies behind them."""

    def depth(solid: Solid) -> float:
        if isinstance(solid, Capsule):
            return -(solid.start[2] + solid.end[2]) / 2
        return -solid.centre[2]

    return sorted(solids, key=depth)


def _seen(canvas: Canvas, stage: Stage) -> npt.NDArray[np.bool_]:
    """Whether the surface at each joint's pixel is the joint's own, or behind it."""
    joints = stage.joints
    column, row = np.clip(np.floor(joints[:, :2] + 0.5), 0, SIZE - 1).astype(np.intp).T
    nearest = canvas.depth[row, column].astype(np.float64)
    seen: npt.NDArray[np.bool_] = nearest >= joints[:, 2] - flesh(stage.body) * stage.camera.scale
    return seen


def _developed(canvas: Canvas, dice: Dice) -> npt.NDArray[np.uint8]:
    """Exposure, contrast and grain; to bytes."""
    planes = canvas.colour
    contrast, level = dice.uniform(0.75, 1.2), dice.about(0.0, 0.08)
    planes *= np.float32(contrast * 255)
    grain = dice.field(SIZE, SIZE)
    grain -= np.float32(0.5)
    grain *= np.float32(dice.uniform(0, 0.10) * 255)
    grain += np.float32((level + (1 - contrast) * 0.5) * 255 + 0.5)
    planes += grain
    np.clip(planes, 0, 255, out=planes)
    picture = np.empty((SIZE, SIZE, 3), dtype=np.uint8)
    for channel in range(3):
        picture[:, :, channel] = planes[channel]
    return picture
