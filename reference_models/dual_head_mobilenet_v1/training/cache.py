"""Rendered figures on disk, so that rendering takes no time from training.

A cache is a folder with ``pictures.npy``, ``joints.npy``, ``visible.npy`` and ``done``, the
number of figures rendered so far. Figures are rendered in order by a process of their own, and
the first pass of training reads them in order too: it can start with the first ones.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from poseconvert.figures.figure import SIZE, figure

BLOCK = 64
SHAPES = {
    "pictures": ((SIZE, SIZE, 3), np.uint8),
    "joints": ((24, 3), np.float32),
    "visible": ((24,), np.bool_),
    "height": ((), np.float32),
}


@dataclass(frozen=True, slots=True, eq=False)
class Cache:
    """Figures ``0 .. count - 1`` of a seed, memory-mapped.

    Attributes
    ----------
    pictures : (count, 224, 224, 3) uint8 RGB.
    joints : (count, 24, 3) float32, x, y, z in pixels, z from the root.
    visible : (count, 24) bool.
    height : (count,) float32, of the upright body in pixels.
    """

    folder: Path
    seed: int
    pictures: npt.NDArray[np.uint8]
    joints: npt.NDArray[np.float32]
    visible: npt.NDArray[np.bool_]
    height: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.height)

    def wait(self, count: int) -> None:
        """Return when the first `count` figures are rendered."""
        while rendered(self.folder) < count:
            time.sleep(0.2)


def rendered(folder: Path) -> int:
    """How many figures the folder holds."""
    try:
        return int((folder / "done").read_text())
    except (OSError, ValueError):
        return 0


def _complete(folder: Path) -> bool:
    """Whether the folder holds every array, if only empty ones."""
    return all((folder / f"{name}.npy").exists() for name in SHAPES)


def open_cache(folder: Path, *, seed: int, count: int) -> Cache:
    """Open a cache, made anew (empty) unless it holds the same figures already."""
    folder = folder / f"seed{seed}-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for name, (shape, dtype) in SHAPES.items():
        path = folder / f"{name}.npy"
        if not path.exists():
            made = folder / f"{name}.new"
            np.lib.format.open_memmap(made, "w+", dtype, (count, *shape)).flush()
            os.replace(made, path)
        arrays[name] = np.load(path, mmap_mode="r+")
    return Cache(folder=folder, seed=seed, **arrays)


def fill(folder: Path, seed: int, count: int) -> None:
    """Render what is missing, block by block; a killed run goes on with the next block."""
    cache = open_cache(folder, seed=seed, count=count)
    for start in range(rendered(cache.folder), count, BLOCK):
        stop = min(start + BLOCK, count)
        for index in range(start, stop):
            made = figure(seed, index)
            cache.pictures[index] = made.picture
            cache.joints[index] = made.joints
            cache.visible[index] = made.visible
            cache.height[index] = made.height
        note = cache.folder / "done.new"
        note.write_text(str(stop))
        os.replace(note, cache.folder / "done")


@contextmanager
def filling(folder: Path, *, seed: int, count: int, render: bool = True) -> Iterator[Cache]:
    """Open a cache while a process of its own fills it (or another's, if not `render`)."""
    while not render and not _complete(folder / f"seed{seed}-{count}"):
        time.sleep(0.2)  # the process that renders makes the files
    cache = open_cache(folder, seed=seed, count=count)
    worker = multiprocessing.get_context("spawn").Process(
        target=fill, args=(folder, seed, count), daemon=True
    )
    if render and rendered(cache.folder) < count:
        worker.start()
    try:
        yield cache
    finally:
        if worker.pid is not None:
            worker.terminate()
            worker.join()
