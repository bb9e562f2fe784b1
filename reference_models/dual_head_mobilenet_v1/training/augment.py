"""Batches from the cache: flipped, moved and recoloured, the same for the same step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.cache import Cache

# The other side's joint of each joint.
MIRROR = (
    5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 12, 13, 10, 11, 14, 19, 20, 21, 22, 15, 16, 17, 18, 23,
)  # fmt: skip
SHIFT = 20


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """(N, 3, S, S) pictures 0-255; (N, 24, 3) joints in pixels at 224; (N, 24) visible."""

    pictures: Tensor
    joints: Tensor
    visible: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device, its pictures laid out as convolutions like them."""
        pictures = self.pictures.to(device, memory_format=torch.channels_last)
        return Batch(pictures, self.joints.to(device), self.visible.to(device))


def order(cache: Cache, first: int, count: int) -> list[int]:
    """Which figures samples ``first .. first + count - 1`` of a training run are.

    The first pass goes through the cache in order, so that it can start while figures are still
    rendered; every later pass has its own seeded order.
    """
    chosen = []
    for sample in range(first, first + count):
        turn, place = divmod(sample, len(cache))
        chosen.append(place if turn == 0 else int(_shuffled(len(cache), turn)[place]))
    return chosen


_ORDERS: dict[tuple[int, int], np.ndarray] = {}


def _shuffled(count: int, turn: int) -> np.ndarray:
    if (count, turn) not in _ORDERS:
        _ORDERS.clear()
        _ORDERS[count, turn] = np.random.Generator(np.random.PCG64(turn)).permutation(count)
    return _ORDERS[count, turn]


def training_batch(cache: Cache, first: int, count: int, *, size: int) -> Batch:
    """Return the batch that starts at sample `first`, at `size` pixels a side."""
    chosen = order(cache, first, count)
    cache.wait(max(chosen) + 1)
    generator = np.random.Generator(np.random.PCG64([7, first]))
    pictures = np.empty((count, *cache.pictures.shape[1:]), dtype=np.uint8)
    joints = np.empty((count, 24, 3), dtype=np.float32)
    visible = np.empty((count, 24), dtype=bool)
    for place, index in enumerate(chosen):
        shift = generator.integers(-SHIFT, SHIFT + 1, 2) * (generator.random() < 0.7)
        flip = generator.random() < 0.5
        picture, joint, seen = _moved(cache, index, shift, flip=flip)
        pictures[place], joints[place], visible[place] = picture, joint, seen
    batch = _tensors(pictures, size)
    gain = generator.uniform(0.75, 1.25, (count, 3, 1, 1)).astype(np.float32)
    level = generator.uniform(-25, 25, (count, 3, 1, 1)).astype(np.float32)
    batch = (batch * torch.from_numpy(gain) + torch.from_numpy(level)).clamp_(0, 255)
    return Batch(batch, torch.from_numpy(joints), torch.from_numpy(visible))


def plain_batch(cache: Cache, first: int, count: int, *, size: int = 224) -> Batch:
    """Return figures as they were rendered."""
    rows = slice(first, first + count)
    return Batch(
        _tensors(cache.pictures[rows], size),
        torch.from_numpy(np.array(cache.joints[rows])),
        torch.from_numpy(np.array(cache.visible[rows])),
    )


def _moved(
    cache: Cache, index: int, shift: np.ndarray, *, flip: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    picture, joints, visible = cache.pictures[index], cache.joints[index], cache.visible[index]
    side = len(picture)
    if flip:
        picture = picture[:, ::-1]
        joints, visible = joints[list(MIRROR)], visible[list(MIRROR)]
        joints[:, 0] = side - 1 - joints[:, 0]
    across, down = (int(step) for step in shift)
    moved = np.full_like(picture, 127)
    moved[max(0, down) : side + min(0, down), max(0, across) : side + min(0, across)] = picture[
        max(0, -down) : side - max(0, down), max(0, -across) : side - max(0, across)
    ]
    joints = joints + np.array([across, down, 0], dtype=np.float32)
    inside = ((joints[:, :2] > -0.5) & (joints[:, :2] < side - 0.5)).all(axis=1)
    return moved, joints, visible & inside


def _tensors(pictures: np.ndarray, size: int) -> Tensor:
    """(N, S, S, 3) uint8 to (N, 3, size, size) float32, averaged where smaller."""
    values = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
    if size == values.shape[2]:
        return values
    if values.shape[2] % size == 0:
        return torch.nn.functional.avg_pool2d(values, values.shape[2] // size)
    return torch.nn.functional.interpolate(
        values, (size, size), mode="bilinear", align_corners=False, antialias=True
    )
