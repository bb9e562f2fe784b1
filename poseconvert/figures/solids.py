"""Tapered capsules and ellipsoids seen by the camera: front surface, normal and coverage.

Everything is in picture space: x and y in pixels, z in pixels away from the camera; rays run
along z. Pixels are only added, multiplied, divided, compared and rooted, which IEEE 754 rounds
alike everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poseconvert.figures.rng import Array

Plane = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
Spot = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Paint:
    """Colour 0-1, and stripes of a second one: ``period`` pixels, 0 for none."""

    colour: Colour
    second: Colour = (0.0, 0.0, 0.0)
    period: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Capsule:
    """The hull of two spheres: a limb. Ends x, y, z and radii in pixels."""

    start: Spot
    end: Spot
    start_radius: float
    end_radius: float
    paint: Paint
    part: int


@dataclass(frozen=True, slots=True, eq=False)
class Ellipsoid:
    """A centre x, y, z and three half axes, the rows of (3, 3), in pixels."""

    centre: Spot
    axes: Array
    paint: Paint
    part: int


Solid = Capsule | Ellipsoid


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What a solid shows in the box it covers, each plane (rows, columns).

    Attributes
    ----------
    rows, columns : the box in the picture.
    depth : z of the front surface.
    normal : its unit normal: x, y, z; z is negative, toward the camera.
    coverage : share of the pixel covered, 0-1; 0 outside.
    along : pixels along the axis of the solid, for stripes.
    """

    rows: slice
    columns: slice
    depth: Plane
    normal: tuple[Plane, Plane, Plane]
    coverage: Plane
    along: Plane | None


def surface(solid: Solid, size: int) -> Surface | None:
    """Cast a ray through the middle of every pixel near the solid; None if it is out of sight."""
    if isinstance(solid, Capsule):
        return _capsule(solid, size)
    return _ellipsoid(solid, size)


def _box(low: tuple[float, float], high: tuple[float, float], size: int) -> tuple[int, ...] | None:
    """First and last-plus-one row and column of the pixels within the bounds, widened by 1."""
    left, top = (max(0, math.floor(edge) - 1) for edge in low)
    right, bottom = (min(size, math.ceil(edge) + 2) for edge in high)
    return None if left >= right or top >= bottom else (top, bottom, left, right)


def _grid(box: tuple[int, ...], x: float, y: float) -> tuple[Plane, Plane]:
    """Distances of pixel columns (1, W) from x and rows (H, 1) from y."""
    top, bottom, left, right = box
    across = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(x)
    down = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
    return across, down


def _capsule(solid: Capsule, size: int) -> Surface | None:
    ax, ay, az = solid.start
    bx, by, bz = (to - at for at, to in zip(solid.start, solid.end, strict=True))
    ra, rb = solid.start_radius, solid.end_radius
    low = (min(ax - ra, ax + bx - rb), min(ay - ra, ay + by - rb))
    high = (max(ax + ra, ax + bx + rb), max(ay + ra, ay + by + rb))
    box = _box(low, high, size)
    if box is None:
        return None
    dx, dy = _grid(box, ax, ay)
    u = _tangent(dx, dy, bone=(bx, by, bz), radii=(ra, rb))
    ex, ey = dx - u * bx, dy - u * by
    radius = ra + (rb - ra) * u
    away = ex * ex + ey * ey
    coverage = np.clip(radius - np.sqrt(away) + 0.5, 0, 1)
    front = np.sqrt(np.maximum(radius * radius - away, 0))
    scale = 1 / np.sqrt(away + front * front + 1e-6)
    along = u * math.sqrt(bx * bx + by * by + bz * bz) if solid.paint.period else None
    return Surface(
        rows=slice(box[0], box[1]), columns=slice(box[2], box[3]),
        depth=az + u * bz - front, normal=(ex * scale, ey * scale, -front * scale),
        coverage=coverage, along=along,
    )  # fmt: skip


def _tangent(
    dx: Plane, dy: Plane, *, bone: tuple[float, float, float], radii: tuple[float, float]
) -> Plane:
    """Where along the bone, 0-1, lies the sphere that the ray meets first.

    Source: the rounded cone of Inigo Quilez, "ray - rounded cone intersection", for rays along z.
    """
    bx, by, bz = bone
    ra, rb = radii
    rr = ra - rb
    flat = bx * bx + by * by
    if flat - rr * rr < 1e-3:  # one disc holds the other
        bigger = 0.0 if (ra > rb if abs(rr) > 1e-3 else bz > 0) else 1.0
        return np.full((dy.shape[0], dx.shape[1]), bigger, dtype=np.float32)
    d2 = flat + bz * bz - rr * rr
    k2 = flat - rr * rr
    m1 = dx * bx + dy * by
    k1 = (rr * ra - m1) * bz
    k0 = (d2 * dx * dx - (flat + bz * bz) * ra * ra) + d2 * dy * dy - m1 * (m1 - 2 * rr * ra)
    h = np.sqrt(np.maximum(k1 * k1 - k0 * k2, 0))
    y = m1 - ra * rr - (h + k1) * (bz / k2)
    place: Plane = np.clip(y * (1 / d2), 0, 1)
    return place


def _ellipsoid(solid: Ellipsoid, size: int) -> Surface | None:
    cx, cy, cz = solid.centre
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = _spread(solid.axes)
    wide, high = math.sqrt(xx), math.sqrt(yy)
    box = _box((cx - wide, cy - high), (cx + wide, cy + high), size)
    det = xx * yy - xy * xy
    if box is None or det < 1e-6:
        return None
    dx, dy = _grid(box, cx, cy)
    # Gradient of the outline 1 - d' V^-1 d, where V holds the x and y spreads.
    gx, gy = dx * (yy / det) - dy * (xy / det), dy * (xx / det) - dx * (xy / det)
    inside = 1 - (gx * dx + gy * dy)
    coverage = np.clip(inside / (2 * np.sqrt(gx * gx + gy * gy) + 1e-6) + 0.5, 0, 1)
    thick = max(zz - (yy * xz * xz - 2 * xy * xz * yz + xx * yz * yz) / det, 1e-6)
    root = np.sqrt(np.maximum(inside, 0))
    front = root * math.sqrt(thick)
    # V^-1 (p - c): with p on the front surface its z is -root / sqrt(thick).
    nz = root * (-1 / math.sqrt(thick))
    tilt_x, tilt_y = (xz * yy - yz * xy) / det, (yz * xx - xz * xy) / det
    nx, ny = gx - nz * tilt_x, gy - nz * tilt_y
    scale = 1 / np.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    depth = cz + gx * xz + gy * yz - front
    along = None
    if solid.paint.period:
        ux, uy, uz = (solid.axes[0] / math.sqrt(float((solid.axes[0] ** 2).sum()))).tolist()
        along = dx * ux + dy * uy + (depth - cz) * uz
    return Surface(
        rows=slice(box[0], box[1]), columns=slice(box[2], box[3]), depth=depth,
        normal=(nx * scale, ny * scale, nz * scale), coverage=coverage, along=along,
    )  # fmt: skip


def _spread(axes: Array) -> list[list[float]]:
    """Sum of outer products of the half axes: (3, 3) as floats."""
    spread = axes[0][:, None] * axes[0] + axes[1][:, None] * axes[1] + axes[2][:, None] * axes[2]
    values: list[list[float]] = spread.tolist()
    return values
