"""Front surfaces and normals against the definition of each solid."""

import numpy as np
import pytest

from poseconvert.figures.solids import Capsule, Ellipsoid, Paint, surface

GREY = Paint((0.5, 0.5, 0.5))
SIZE = 64


def distance_to_capsule(solid, points):
    """Signed distance (n,) to the union of the spheres along the bone, by sampling it finely."""
    start, end = np.array(solid.start), np.array(solid.end)
    share = np.linspace(0, 1, 2001)[:, None]
    middles = start + share * (end - start)
    radii = solid.start_radius + share[:, 0] * (solid.end_radius - solid.start_radius)
    away = np.linalg.norm(points[:, None] - middles, axis=2) - radii
    return away.min(axis=1)


def capsules():
    made = []
    random = np.random.Generator(np.random.PCG64(4))
    for _ in range(12):
        start, end = random.uniform(12, 50, (2, 3))
        radii = random.uniform(3, 11, 2)
        made.append(Capsule(tuple(start), tuple(end), *radii, paint=GREY, part=1))
    return made


def points_of(seen):
    rows, columns = np.mgrid[seen.rows, seen.columns]
    return np.stack([columns, rows, seen.depth], axis=2)[seen.coverage > 0.9].astype(float)


@pytest.mark.parametrize("solid", capsules())
def test_the_front_of_a_capsule_lies_on_it(solid):
    seen = surface(solid, SIZE)
    points = points_of(seen)
    assert len(points) > 20
    assert np.abs(distance_to_capsule(solid, points)).max() < 0.02
    nearer = points - [0, 0, 0.5]
    assert (distance_to_capsule(solid, nearer) > 0).all()


@pytest.mark.parametrize("solid", capsules())
def test_a_capsule_covers_the_pixels_its_spheres_cover(solid):
    seen = surface(solid, SIZE)
    share = np.linspace(0, 1, 2001)
    flat = np.array(solid.start[:2]) + share[:, None] * np.subtract(solid.end, solid.start)[:2]
    radii = solid.start_radius + share * (solid.end_radius - solid.start_radius)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    pixels = np.stack([columns, rows], axis=2).reshape(-1, 1, 2)
    edge = (np.linalg.norm(pixels - flat, axis=2) - radii).min(axis=1).reshape(SIZE, SIZE)
    drawn = np.zeros((SIZE, SIZE))
    drawn[seen.rows, seen.columns] = seen.coverage
    assert ((drawn >= 0.5) == (edge <= 0)).all()
    assert (drawn[edge > 0.6] == 0).all()
    # Soft inside only along the rim, and where a limb points at the camera.
    assert drawn[edge < -0.6].mean() > 0.9


def test_the_front_of_an_ellipsoid_lies_on_it_and_normals_stand_on_it():
    random = np.random.Generator(np.random.PCG64(5))
    for _ in range(12):
        turned, _ = np.linalg.qr(random.normal(size=(3, 3)))
        axes = turned * random.uniform(4, 20, (3, 1))
        solid = Ellipsoid(tuple(random.uniform(20, 44, 3)), axes, paint=GREY, part=1)
        seen = surface(solid, SIZE)
        points = points_of(seen)
        inverse = np.linalg.inv(axes.T)
        local = (points - np.array(solid.centre)) @ inverse.T
        assert np.abs((local**2).sum(axis=1) - 1).max() < 1e-3
        gradient = local @ inverse
        gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
        drawn = np.stack(seen.normal, axis=2)[seen.coverage > 0.9]
        assert np.abs(drawn - gradient).max() < 0.02


def test_a_capsule_seen_end_on_is_its_nearer_sphere():
    solid = Capsule((30, 30, 40), (30, 30, 10), 8, 8, paint=GREY, part=1)
    seen = surface(solid, SIZE)
    middle = seen.depth[30 - seen.rows.start, 30 - seen.columns.start]
    assert middle == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("x", [-40, 110])
def test_what_is_out_of_the_picture_is_not_drawn(x):
    solid = Capsule((x, 30, 0), (x, 40, 0), 5, 5, paint=GREY, part=1)
    assert surface(solid, SIZE) is None
    axes = np.diag([5.0, 6.0, 7.0])
    assert surface(Ellipsoid((x, 30, 0), axes, paint=GREY, part=1), SIZE) is None
