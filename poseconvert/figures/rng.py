"""Random draws and rotations that come out the same on every machine.

Only ``Generator.random`` of PCG64 is drawn from: a stream numpy keeps stable. Sines, powers and
matrix products may differ in their last bit between C libraries and processors, so what they
give is rounded (:func:`settled`) before pixels depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
T = TypeVar("T")


def settled(values: Array) -> Array:
    """Round to 1e-9, far above the last-bit differences between machines."""
    rounded: Array = np.round(values, 9)
    return rounded


def turn(axis: int, degrees: float) -> Array:
    """Rotation matrix (3, 3) about axis 0 x, 1 y or 2 z, counterclockwise seen from its tip."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    after, last = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.zeros((3, 3))
    matrix[axis, axis] = 1
    matrix[after, after] = matrix[last, last] = cos
    matrix[last, after], matrix[after, last] = sin, -sin
    return matrix


class Dice:
    """Seeded draws."""

    def __init__(self, seed: int):
        self._generator = np.random.Generator(np.random.PCG64(seed))

    def uniform(self, low: float, high: float) -> float:
        """Draw evenly from ``[low, high)``."""
        return low + (high - low) * self._generator.random()

    def about(self, middle: float, spread: float) -> float:
        """Draw from a triangle around `middle`, within `spread` of it."""
        return middle + spread * (self._generator.random() - self._generator.random())

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._generator.random() < probability

    def count(self, low: int, high: int) -> int:
        """Draw a whole number from ``low..high``, both included."""
        return low + int(self._generator.random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of the choices."""
        return choices[int(self._generator.random() * len(choices))]

    def field(self, *shape: int) -> npt.NDArray[np.float32]:
        """Draw an array of float32 values, evenly from ``[0, 1)``."""
        return self._generator.random(shape, dtype=np.float32)
