"""Decoding agrees with scalar loops written from each system's formulae."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poseconvert.decoding import DecodeSpec, decode, specs

NAN = math.nan
# Few distinct values, so that ties abound; NaN and negatives among them.
HARD = (NAN, -1.0, -0.5, 0.0, 0.25, 0.5, 0.5, 1.0)
NEGATIVE = (NAN, -2.0, -1.0, 0.0)
ONLY_NAN = (NAN,)


def scan(cells, start):
    """The author's scan: strictly greater values replace the best. ``cells``: (index, value)."""
    best, where = start, None
    for index, value in cells:
        if value > best:
            best, where = value, index
    return best, where


def volume(heatmap, joint, depth):
    """One joint's cells in z, y, x order, channel ``j * D + z``."""
    _, height, width = heatmap.shape
    return [
        ((z, y, x), float(heatmap[joint * depth + z][y][x]))
        for z in range(depth)
        for y in range(height)
        for x in range(width)
    ]


def dual_head(heatmap, offset, joint, joints, depth, system, size):
    """(score, cell, x, y, z) of the 224 or 448 version, or None; 2D is depth 1."""
    best, where = scan(volume(heatmap, joint, depth), 0.0)
    if where is None:
        return None
    z, y, x = where
    _, high, wide = heatmap.shape
    o_x, o_y, *rest = (
        float(offset[(axis * joints + joint) * depth + z][y][x])
        for axis in range(len(offset) // len(heatmap))
    )
    o_z = rest[0] if rest else 0.0
    if system == "224":
        found = (
            (o_x + x / wide) * size,
            (o_y + y / high) * size,
            (o_z + (z - depth // 2) / depth) * size,
        )
    else:
        found = (
            (o_x + 0.5 + x) * size / wide - size / 2,
            size / 2 - (o_y + 0.5 + y) * size / high,
            (o_z + 0.5 + z - depth // 2) * size / depth,
        )
    return (best, (z * high + y) * wide + x, *found)


def posenet(heatmap, offset, joint, joints, *, logits):
    best, where = scan(volume(heatmap, joint, 1), -math.inf if logits else 0.0)
    if where is None:
        return None
    _, y, x = where
    score = 1 / (1 + math.exp(-best)) if logits else best
    o_y, o_x = float(offset[joint][y][x]), float(offset[joint + joints][y][x])
    return (score, y * heatmap.shape[2] + x, x * 16 + o_x, y * 16 + o_y)


def simple_baselines(heatmap, joint):
    best, where = scan(volume(heatmap, joint, 1), 0.0)
    if where is None:
        return None
    _, py, px = where
    _, high, wide = heatmap.shape
    x, y = float(px), float(py)
    if 1 < px < wide - 1 and 1 < py < high - 1:
        for value, sign in ((heatmap[joint][py][px + 1], 1), (heatmap[joint][py][px - 1], -1)):
            other = heatmap[joint][py][px - sign]
            x += 0.25 * sign if value > other else 0.0
        for value, sign in ((heatmap[joint][py + 1][px], 1), (heatmap[joint][py - 1][px], -1)):
            other = heatmap[joint][py - sign][px]
            y += 0.25 * sign if value > other else 0.0
    return (best, py * wide + px, x * 4, y * 4)


def integral(heatmap, joint, depth):
    cells = [(i, v) for i, v in volume(heatmap, joint, depth) if not math.isnan(v)]
    top = max((v for _, v in cells), default=None)
    if top is None:
        return None
    total = math.fsum(math.exp(v - top) for _, v in cells)
    mean = [math.fsum(i[a] * math.exp(v - top) for i, v in cells) / total for a in range(3)]
    _, (z, y, x) = scan(cells, -math.inf)
    _, high, wide = heatmap.shape
    cell = (z * high + y) * wide + x
    return (1 / total, cell, mean[2] * 4, mean[1] * 4, (mean[0] - depth // 2) * 4)


def assert_pose(pose, expected, *, frame, joint):
    got = pose.position[frame, joint]
    flags = [bool(band[frame, joint]) for band in (pose.visible, pose.occluded, pose.absent)]
    if expected is None:
        assert np.isnan(got).all()
        assert (pose.score[frame, joint], pose.cell[frame, joint]) == (0, -1)
        assert flags == [False, False, True]
        return
    score, cell, *position = expected
    assert pose.cell[frame, joint] == cell
    assert pose.score[frame, joint] == pytest.approx(score, rel=1e-12)
    assert flags == [score >= 0.5, score < 0.5, False]
    np.testing.assert_allclose(got, position[: len(got)], rtol=1e-9, atol=1e-9)


def maps(seed, shape, values):
    return np.random.default_rng(seed).choice(np.array(values, np.float32), shape)


def offsets(seed, shape):
    return np.random.default_rng(seed + 1).normal(size=shape).astype(np.float32)


side = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
pools = st.sampled_from([HARD, HARD, NEGATIVE, ONLY_NAN, (0.1, 0.2), (0.0,)])


@pytest.mark.parametrize("system", ["224", "448"])
@given(seed=seeds, pool=pools, frames=st.integers(1, 2), joints=st.integers(1, 3), d=side, h=side,
       w=side, dims=st.sampled_from([2, 3]))  # fmt: skip
def test_dual_heads(system, seed, pool, frames, joints, d, h, w, dims):
    depth, size = (1, 96) if dims == 2 else (d, 96)
    heatmap = maps(seed, (frames, joints * depth, h, w), pool)
    offset = offsets(seed, (frames, dims * joints * depth, h, w))
    base = {"unit": "image", "centre": 0.0, "frame": "corner"}
    if system == "448":
        base = {"unit": "cell", "centre": 0.5, "frame": "centred_y_up"}
    spec = DecodeSpec(
        skeleton=f"numbered_{joints}", joints=joints, grid=(h, w) if dims == 2 else (d, h, w),
        stride=tuple(size / n for n in ((h, w) if dims == 2 else (d, h, w))), size=(size, size),
        heatmap="h", offset="o", offset_order="xyz"[:dims], offset_unit=base["unit"],
        centre=base["centre"], frame=base["frame"], z_zero=0.0 if dims == 2 else d // 2,
    )  # fmt: skip
    pose = decode({"h": heatmap, "o": offset}, spec)
    for n in range(frames):
        for j in range(joints):
            expected = dual_head(heatmap[n], offset[n], j, joints, depth, system, size)
            assert_pose(pose, expected, frame=n, joint=j)


@pytest.mark.parametrize("logits", [True, False])
@given(seed=seeds, pool=pools, frames=st.integers(1, 3), h=st.integers(2, 5), w=st.integers(2, 5))
def test_posenet(logits, seed, pool, frames, h, w):
    outputs = {
        "heatmap": maps(seed, (frames, 17, h, w), pool),
        "offset": offsets(seed, (frames, 34, h, w)),
    }
    preset = "posenet" if logits else "posenet_probability"
    size = (16 * h - 15, 16 * w - 15)
    shapes = {name: tensor.shape for name, tensor in outputs.items()}
    (spec,) = specs(preset, input_size=size, shapes=shapes)
    pose = decode(outputs, spec)
    for n in range(frames):
        for j in range(17):
            heatmap, offset = outputs["heatmap"][n], outputs["offset"][n]
            expected = posenet(heatmap, offset, j, 17, logits=logits)
            assert_pose(pose, expected, frame=n, joint=j)


@given(seed=seeds, pool=pools, h=st.integers(1, 7), w=st.integers(1, 7))
def test_simple_baselines(seed, pool, h, w):
    heatmap = maps(seed, (2, 3, h, w), pool)
    (spec,) = specs("simple_baselines", input_size=(4 * h, 4 * w), shapes={"out": heatmap.shape})
    pose = decode({"out": heatmap}, spec)
    whole = decode({"out": heatmap}, dataclasses.replace(spec, refinement="none"))
    for n in range(2):
        for j in range(3):
            expected = simple_baselines(heatmap[n], j)
            assert_pose(pose, expected, frame=n, joint=j)
            if expected:
                cell = expected[1]
                unmoved = (*expected[:2], cell % w * 4, cell // w * 4)
                assert_pose(whole, unmoved, frame=n, joint=j)


@given(seed=seeds, pool=pools, side=st.integers(2, 4))
def test_integral_3d(seed, pool, side):
    heatmap = maps(seed, (2, 3 * side, side, side), pool)
    shapes = {"heatmap": heatmap.shape}
    (spec,) = specs("integral_3d", input_size=(4 * side, 4 * side), shapes=shapes)
    pose = decode({"heatmap": heatmap}, dataclasses.replace(spec, threshold=0.0))
    for n in range(2):
        for j in range(3):
            assert_pose(pose, integral(heatmap[n], j, side), frame=n, joint=j)


@given(order=st.permutations("xyz"), unit=st.sampled_from(["pixel", "cell", "image"]),
       centre=st.sampled_from([0, 0.5]), up=st.booleans(), seed=seeds)  # fmt: skip
def test_every_combination_of_order_unit_centre_and_frame(order, unit, centre, up, seed):
    d, h, w = grid = (2, 3, 4)
    spec = DecodeSpec(
        skeleton="numbered_2", joints=2, grid=grid, stride=(5.0, 7.0, 11.0), size=(21, 44),
        heatmap="h", offset="o", offset_order="".join(order), offset_unit=unit, centre=centre,
        z_zero=1, frame="centred_y_up" if up else "corner",
    )  # fmt: skip
    heatmap, offset = maps(seed, (1, 2 * d, h, w), HARD), offsets(seed, (1, 6 * d, h, w))
    pose = decode({"h": heatmap, "o": offset}, spec)
    for j in range(2):
        best, where = scan(volume(heatmap[0], j, d), 0.0)
        if where is None:
            continue
        z, y, x = where
        read = {a: float(offset[0][(b * 2 + j) * d + z][y][x]) for b, a in enumerate(order)}
        unit_of = {"pixel": (1, 1, 1), "cell": (11, 7, 5), "image": (44, 21, 44)}[unit]
        right = (x + centre) * 11 + read["x"] * unit_of[0]
        down = (y + centre) * 7 + read["y"] * unit_of[1]
        deep = (z + centre - 1) * 5 + read["z"] * unit_of[2]
        found = (right - 22, 10.5 - down, deep) if up else (right, down, deep)
        assert_pose(pose, (best, (z * h + y) * w + x, *found), frame=0, joint=j)


@settings(max_examples=20)
@given(seed=seeds)
def test_frames_of_a_batch_do_not_meet(seed):
    heatmap, offset = maps(seed, (3, 17, 3, 3), HARD), offsets(seed, (3, 34, 3, 3))
    shapes = {"heatmap": heatmap.shape, "offset": offset.shape}
    (spec,) = specs("posenet_probability", input_size=(33, 33), shapes=shapes)
    together = decode({"heatmap": heatmap, "offset": offset}, spec)
    for n in range(3):
        one = slice(n, n + 1)
        alone = decode({"heatmap": heatmap[one], "offset": offset[one]}, spec)
        np.testing.assert_array_equal(together.position[one], alone.position)
        np.testing.assert_array_equal(together.score[one], alone.score)
