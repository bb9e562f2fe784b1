"""Tensors of people, as each kind of network would give them: drawn, and encoded from poses."""

import numpy as np

from poseconvert.decoding.crowds import _CHAIN, _FIELDS

PEOPLE = 3


def random(seed):
    # The legacy generator: its numbers are promised to stay what they are.
    return np.random.RandomState(seed)


def figures(seed, count=PEOPLE, *, joints=17, size=(256, 256)):
    """Poses (count, joints, 2) in pixels, each in a strip of its own, off the edges."""
    rng = random(seed)
    height, width = size
    strip = (width - 48) / count
    x = rng.uniform(0.1, 0.9, (count, joints)) * strip + 24 + strip * np.arange(count)[:, None]
    y = rng.uniform(24, height - 24, (count, joints))
    return np.stack([x, y], axis=-1)


def bumps(places, grid, stride, *, sigma=1.5, height=1.0):
    """Gaussians (C, H, W), the highest of those at places (C, any, 2) in pixels."""
    y, x = np.indices(grid)
    index = np.asarray(places)[..., None, None, :] / stride
    square = (x - index[..., 0]) ** 2 + (y - index[..., 1]) ** 2
    return (np.asarray(height) * np.exp(-square / (2 * sigma**2))).max(axis=1)


def heatmaps(seed, *, joints=17, size=(256, 192), stride=4, frames=2, noise=0.02):
    rng = random(seed)
    grid = tuple(side // stride for side in size)
    poses = figures(seed, frames, joints=joints, size=size)
    maps = np.stack([bumps(pose[:, None], grid, stride) for pose in poses])
    return (maps * 0.9 + noise * rng.rand(*maps.shape)).astype(np.float32)


def simcc(seed, *, joints=17, size=(256, 192), frames=2):
    rng = random(seed)
    height, width = (2 * side for side in size)
    poses = 2 * figures(seed, frames, joints=joints, size=size)
    vectors = []
    for axis, bins in enumerate((width, height)):
        away = np.arange(bins) - poses[..., axis, None]
        made = np.exp(-(away**2) / (2 * 6.0**2)) * rng.uniform(0.3, 1, (frames, joints, 1))
        vectors.append((made + 0.02 * rng.rand(*made.shape)).astype(np.float32))
    return dict(zip(("simcc_x", "simcc_y"), vectors, strict=True))


def yolo(seed, *, people=PEOPLE, anchors=2100, size=(320, 320)):
    """Rows (1, 56, anchors): about 20 of each person, the others low."""
    rng = random(seed)
    rows = np.zeros((anchors, 56))
    rows[:, :4] = rng.uniform(10, 300, (anchors, 4))
    rows[:, 4] = rng.uniform(0, 0.2, anchors)
    rows[:, 5:] = rng.uniform(0, 320, (anchors, 51))
    for pose in figures(seed, people, size=size) if people else ():
        near = rng.choice(anchors, 20, replace=False)
        low, high = pose.min(axis=0) - 5, pose.max(axis=0) + 5
        box = np.concatenate([(low + high) / 2, high - low])
        rows[near, :4] = box + rng.normal(0, 2, (20, 4))
        rows[near, 4] = rng.uniform(0.2, 0.95, 20)
        joints = np.concatenate([pose + rng.normal(0, 1, (20, 17, 2)), rng.rand(20, 17, 1)], axis=2)
        rows[near, 5:] = joints.reshape(20, -1)
    return {"output0": rows.T[None].astype(np.float32)}


def end_to_end(seed):
    """Rows (1, 300, 57): corners, score, class, joints."""
    rng = random(seed)
    rows = rng.uniform(0, 320, (1, 300, 57))
    rows[..., 4] = np.sort(rng.uniform(0, 1, (1, 300)) ** 4)[:, ::-1]
    rows[..., 5] = 0
    return {"output0": rows.astype(np.float32)}


def posenet(poses, *, seed=0, size=257, stride=16, noise=0.0):
    """Heatmap (as logits), offset and displacements of poses (M, 17, 2), for one picture."""
    rng = random(seed)
    side = (size - 1) // stride + 1
    y, x = np.indices((side, side))
    cells = np.stack([y, x]) * stride  # (2, H, W)
    places = np.asarray(poses)[..., ::-1].transpose(1, 0, 2)  # (17, M, 2), y first
    square = ((cells[None, None] - places[..., None, None]) ** 2).sum(axis=2)  # (17, M, H, W)
    nearest = square.argmin(axis=1)  # (17, H, W)
    score = np.exp(-square.min(axis=1) / (2 * (stride * 0.8) ** 2)).clip(1e-4, 0.995)
    mine = np.take_along_axis(places[..., None], nearest.reshape(17, 1, 1, -1), axis=1)[:, 0]
    mine = mine.reshape(17, 2, side, side)
    offset = (mine - cells).transpose(1, 0, 2, 3)
    fields = {}
    for name, order in (("displacement_fwd", 1), ("displacement_bwd", -1)):
        moved = np.zeros((2, len(_CHAIN), side, side))
        for edge, pair in enumerate(_CHAIN):
            source, target = pair[::order]
            way = places[target] - places[source]  # (M, 2)
            moved[:, edge] = way[nearest[source]].transpose(2, 0, 1)
        fields[name] = moved
    logits = np.log(score) - np.log1p(-score)
    tensors = {"heatmap": logits, "offset": offset, **fields}
    return {
        name: (
            values.reshape(1, -1, side, side) + noise * rng.normal(size=(1, 1, side, side))
        ).astype(np.float32)
        for name, values in tensors.items()
    }


def openpose(poses, *, seed=0, grid=(32, 32), stride=8, noise=0.0):
    """Heatmaps of 18 joints and a background, and fields, of poses (M, 18, 2) in pixels."""
    rng = random(seed)
    places = np.asarray(poses).transpose(1, 0, 2)
    maps = bumps(places, grid, stride, sigma=1.0)
    maps = np.concatenate([maps, 1 - maps.max(axis=0, keepdims=True)])
    fields = np.zeros((38, *grid))
    y, x = np.indices(grid)
    for a, b, across, down in _FIELDS:
        for one, other in zip(places[a] / stride, places[b] / stride, strict=True):
            way = other - one
            length = np.linalg.norm(way)
            if length == 0:
                continue
            unit = way / length
            along = (x - one[0]) * unit[0] + (y - one[1]) * unit[1]
            beside = np.abs((x - one[0]) * unit[1] - (y - one[1]) * unit[0])
            on = (along >= -1) & (along <= length + 1) & (beside <= 1.2)
            fields[across][on], fields[down][on] = unit
    tensors = {"heatmaps": maps, "pafs": fields}
    return {
        name: (values + noise * rng.normal(size=values.shape))[None].astype(np.float32)
        for name, values in tensors.items()
    }


def movenet(pose, *, seed=0, side=48, stride=4, noise=0.0):
    """Heatmap, centre, regression and offset of one pose (17, 2) in pixels."""
    rng = random(seed)
    cells = np.asarray(pose) / stride
    middle = np.round(cells.mean(axis=0))
    floor = np.floor(cells)
    y, x = np.indices((side, side))
    heat = bumps(floor[:, None], (side, side), 1, sigma=2.0)
    centre = bumps(middle[None, None], (side, side), 1, sigma=2.0)
    regression = np.stack([floor[:, 0, None, None] - x, floor[:, 1, None, None] - y], axis=1)
    offset = np.broadcast_to((cells - floor)[..., None, None], regression.shape)
    tensors = {
        "heatmap": heat,
        "center": centre,
        "regression": regression.reshape(-1, side, side),
        "offset": offset.reshape(-1, side, side),
    }
    return {
        name: (values + noise * rng.rand(*values.shape))[None].astype(np.float32)
        for name, values in tensors.items()
    }


def centernet(poses, *, seed=0, side=64, stride=4, noise=0.0):
    """The six outputs of poses (M, 17, 2) in pixels; heatmaps as logits."""
    rng = random(seed)
    cells = np.asarray(poses) / stride
    low, high = cells.min(axis=1), cells.max(axis=1)
    middle = (low + high) / 2
    at = np.floor(middle).astype(int)
    grid = (side, side)
    hm = bumps(at[None], grid, 1, sigma=2.0)
    maps = bumps(np.floor(cells).transpose(1, 0, 2), grid, 1, sigma=1.0)
    size, reg = np.zeros((2, *grid)), np.zeros((2, *grid))
    hps = np.zeros((34, *grid))
    for pose, (x, y), box, place in zip(cells, at, high - low, middle, strict=True):
        size[:, y, x], reg[:, y, x] = box + 1, place - (x, y)
        hps[:, y, x] = (pose - (x, y)).ravel()
    offset = np.full((2, *grid), 0.5)
    for x, y in cells.reshape(-1, 2):
        offset[:, int(y), int(x)] = x % 1, y % 1

    def logits(values):
        values = (values * 0.95 + noise * rng.rand(*values.shape)).clip(1e-4, 0.999)
        return np.log(values) - np.log1p(-values)

    tensors = {
        "hm": logits(hm), "wh": size, "hps": hps, "reg": reg,
        "hm_hp": logits(maps), "hp_offset": offset,
    }  # fmt: skip
    return {name: values[None].astype(np.float32) for name, values in tensors.items()}


def anchored(seed, *, points=4, people=2):
    """Raw boxes (1, 896, 4 + 2 points) and logits (1, 896, 1) of input 128."""
    rng = random(seed)
    boxes = rng.uniform(-20, 20, (1, 896, 4 + 2 * points))
    boxes[..., 2:4] = np.abs(boxes[..., 2:4]) + 20
    scores = rng.uniform(-9, -3, (1, 896, 1))
    for _ in range(people):
        first = rng.randint(0, 880)
        scores[0, first : first + 8] = rng.uniform(0.5, 4, (8, 1))
    return {"regressors": boxes.astype(np.float32), "scores": scores.astype(np.float32)}


def locref(seed, *, joints=5, grid=(20, 24)):
    """Score maps and locref, as DeepLabCut's, channels first."""
    rng = random(seed)
    return {
        "heatmap": rng.rand(2, joints, *grid).astype(np.float32),
        "locref": rng.normal(size=(2, 2 * joints, *grid)).astype(np.float32),
    }
