"""Rendered figures that no training saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from poseconvert.datasets.dataset import Dataset, Person
from poseconvert.decoding.skeleton import DUAL_HEAD_24
from poseconvert.figures.figure import SIZE, figure

HELD_OUT_SEED = 3
"""Figures of seeds 1 and 2 train the reference models and check them while they train."""

# Whoever takes a person opens the picture next; a list of people must not hold their pictures.
_rendered = lru_cache(maxsize=1)(figure)


@dataclass(frozen=True, slots=True)
class _Figures(Sequence[Person]):
    """Figures rendered when asked for."""

    seed: int
    length: int

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Person:  # type: ignore[override]
        if not 0 <= index < self.length:
            raise IndexError(index)
        made = _rendered(self.seed, index)
        joints = made.joints.astype(np.float64)
        joints[~made.inside] = np.nan  # nobody could find these, and nobody is asked to
        return Person(
            name=f"figure {index}",
            picture=lambda: Image.fromarray(_rendered(self.seed, index).picture),
            box=(0.0, 0.0, float(SIZE), float(SIZE)),
            joints=joints,
            visible=made.visible,
            height=made.height,
        )


def synthetic(count: int, *, seed: int = HELD_OUT_SEED) -> Dataset:
    """Return ``count`` rendered figures, one person in each 224 x 224 picture."""
    return Dataset("synthetic", DUAL_HEAD_24, _Figures(seed, count))
