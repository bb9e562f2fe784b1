"""The depth test against a ray that walks, step by step, through every solid."""

import numpy as np
import pytest

from poseconvert.figures.figure import flesh, rendered, staged
from poseconvert.figures.solids import Capsule

STEP = 0.25


def holds(solid, points):
    """Whether points (n, 3) lie in the solid: by its definition, not by a formula for rays."""
    if isinstance(solid, Capsule):
        start, end = np.array(solid.start), np.array(solid.end)
        share = np.linspace(0, 1, 401)[:, None]
        middles = start + share * (end - start)
        radii = solid.start_radius + share[:, 0] * (solid.end_radius - solid.start_radius)
        away = np.linalg.norm(points[:, None] - middles, axis=2)
        return (away <= radii).any(axis=1)
    local = np.linalg.solve(solid.axes.T, (points - np.array(solid.centre)).T)
    return (local**2).sum(axis=0) <= 1


def first_hit(solids, x, y, stop):
    """Smallest z at which the ray through (x, y) is inside a solid, up to `stop`."""
    z = np.arange(-180, stop, STEP)
    points = np.stack([np.full_like(z, x), np.full_like(z, y), z], axis=1)
    inside = np.zeros(len(z), dtype=bool)
    for solid in solids:
        inside |= holds(solid, points)
    return z[inside.argmax()] if inside.any() else np.inf


@pytest.mark.parametrize(
    "index", [0, *(pytest.param(index, marks=pytest.mark.slow) for index in (3, 5, 8, 11, 12))]
)
def test_visibility_is_what_a_walking_ray_finds(index):
    stage = staged(21, index)
    made = rendered(stage)
    # Things before the person are put 600 pixels nearer; the ray starts between.
    person = [solid for solid in stage.solids if solid.part not in {15, 16}]
    before = [solid for solid in stage.solids if solid.part == 16]
    decided = 0
    for j in np.flatnonzero(made.inside):
        x, y = np.floor(made.joints[j, :2] + 0.5)
        limit = made.joints[j, 2] - flesh(stage.body)[j] * stage.camera.scale
        blocked = made.part[int(y), int(x)] == 16
        if blocked:
            assert any(covers(solid, x, y) for solid in before)
            assert not made.visible[j]
            continue
        hit = first_hit(person, x, y, limit + 2)
        if abs(hit - limit) <= 2 * STEP:
            continue  # too near for a walking ray to say
        decided += 1
        assert made.visible[j] == (hit >= limit), made
    assert decided >= 10


def covers(solid, x, y):
    z = np.arange(-760, -440, STEP)
    points = np.stack([np.full_like(z, x), np.full_like(z, y), z], axis=1)
    return holds(solid, points).any()
