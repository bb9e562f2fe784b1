"""A picture with a depth buffer: solids are shaded and drawn on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poseconvert.figures.solids import Colour, Paint, Plane, Solid, Surface, surface

FAR = 1e6


@dataclass(frozen=True, slots=True)
class Light:
    """One lamp and the sky.

    Attributes
    ----------
    direction : unit vector from the scene to the lamp, z negative.
    lamp, sky : brightness per channel of what faces the lamp, and of everything.
    """

    direction: tuple[float, float, float]
    lamp: Colour
    sky: Colour


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """What was drawn so far.

    Attributes
    ----------
    colour : (3, size, size) float32 RGB, 0-1.
    depth : (size, size) float32, z of the nearest surface in pixels; FAR without one.
    part : (size, size) uint8, the part that surface belongs to; 0 without one.
    """

    colour: Plane
    depth: Plane
    part: npt.NDArray[np.uint8]

    @property
    def size(self) -> int:
        """Side of the picture in pixels."""
        return len(self.depth)


def canvas_on(background: Plane) -> Canvas:
    """Start on a background (3, size, size) with nothing on it."""
    size = background.shape[1]
    return Canvas(
        colour=background,
        depth=np.full((size, size), FAR, dtype=np.float32),
        part=np.zeros((size, size), dtype=np.uint8),
    )


def draw(canvas: Canvas, solid: Solid, light: Light) -> None:
    """Draw a solid where it is nearer than what is there; its edge blends with what it covers."""
    seen = surface(solid, canvas.size)
    if seen is None:
        return
    box = (seen.rows, seen.columns)
    depth = canvas.depth[box]
    share = seen.coverage * (seen.depth < depth)
    solidly = share >= 0.5
    np.copyto(depth, seen.depth, where=solidly)
    np.copyto(canvas.part[box], np.uint8(solid.part), where=solidly)
    shade = _shades(seen, light) * _column(light.lamp)
    shade += _column(light.sky)
    first = _column(solid.paint.colour)
    stripes = _stripes(seen, solid.paint)
    shade *= first if stripes is None else first + stripes * (_column(solid.paint.second) - first)
    plane = canvas.colour[:, seen.rows, seen.columns]
    shade -= plane
    shade *= share
    plane += shade


def _column(colour: Colour) -> Plane:
    """Channels as (3, 1, 1)."""
    return np.array(colour, dtype=np.float32).reshape(3, 1, 1)


def _shades(seen: Surface, light: Light) -> Plane:
    """Lambert's cosine, with half the light that bends around, darker where edges turn away."""
    (nx, ny, nz), (lx, ly, lz) = seen.normal, light.direction
    cosine = nx * lx + ny * ly + nz * lz
    lit: Plane = np.maximum(cosine, 0) * 0.8 + (cosine + 1) * 0.12 - nz * 0.12
    return lit


def _stripes(seen: Surface, paint: Paint) -> Plane | None:
    if seen.along is None:
        return None
    turns = seen.along * (1 / paint.period)
    odd: Plane = ((turns - np.floor(turns)) < 0.5).astype(np.float32)
    return odd
