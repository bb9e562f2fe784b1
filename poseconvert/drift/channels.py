"""An output cut into what has a spread of its own: all of it, its channels, its single values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["output", "channel", "value"]
Array = NDArray[np.float64]

# More values than this are no list of numbers that each mean something of their own.
_SMALL = 4096
# Coordinates of a joint or a box, beside many joints or boxes.
_FEW = 4


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to cut an output.

    Attributes
    ----------
    kind : all of an input's output, a channel of it, or one value.
    parts : how many there are.
    last : the channels lie on the last axis.
    """

    kind: Kind
    parts: int
    last: bool = False

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return (N, parts, values of a part): a view where it can be one."""
        count = len(values)
        if self.last:
            return np.moveaxis(values.reshape(count, -1, self.parts), 2, 1)
        return values.reshape(count, self.parts, -1)

    def index(self, part: int, at: int, shape: Sequence[int]) -> tuple[int, ...]:
        """Return the index, in one input's output of ``shape``, of value ``at`` of a part."""
        size = math.prod(shape)
        flat = at * self.parts + part if self.last else part * (size // self.parts) + at
        return tuple(int(i) for i in np.unravel_index(flat, tuple(shape))) if shape else ()


def cuts_of(shape: Sequence[int], *, groups: int = 0) -> tuple[Cut, ...]:
    """Say how an output of one input, of ``shape``, is cut: all of it comes first.

    A channel is what one filter answers: the first axis of a map, the last one where the other
    two are equal and it is not (a map of TensorFlow's), the shorter axis of a table. A list of
    numbers is one channel, and each number is a part too, for one may be a score and the
    next a distance.

    Parameters
    ----------
    groups : parts of the first axis that belong together, as the depth bins of a joint do; 0:
        every channel stands alone.
    """
    size = math.prod(shape)
    found = [Cut("output", 1)]
    if len(shape) >= 3:
        last = not groups and len(shape) == 3 and shape[0] == shape[1] != shape[2]
        fits = groups and shape[0] % groups == 0
        parts = groups if fits else shape[-1] if last else shape[0]
        found.append(Cut("channel", parts, last))
    elif len(shape) == 2:
        last = shape[1] < shape[0]
        found.append(Cut("channel", min(shape), last))
        if min(shape) <= _FEW and size <= _SMALL:
            found.append(Cut("value", size))
    elif size <= _SMALL:
        found.append(Cut("value", size))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How much each part of a reference varies.

    Attributes
    ----------
    deviation : standard deviation about the mean.
    span : largest value minus least.
    peak : largest magnitude.
    """

    deviation: Array
    span: Array
    peak: Array


def spread_of(parts: NDArray[Any]) -> Spread:
    """Measure (N, parts, values) input by input: arrays (N, parts)."""
    wide = parts.astype(np.float64, copy=False)
    high, low = wide.max(axis=2), wide.min(axis=2)
    return Spread(wide.std(axis=2), high - low, np.maximum(np.abs(high), np.abs(low)))


def spread_over(parts: NDArray[Any]) -> Spread:
    """Measure (N, parts, values) over all inputs together: arrays (parts,)."""
    joined = np.moveaxis(parts, 1, 0).reshape(1, parts.shape[1], -1)
    found = spread_of(joined)
    return Spread(found.deviation[0], found.span[0], found.peak[0])


def blocks(count: int, values: int) -> Iterator[slice]:
    """Yield slices of the inputs, so few at a time that their float64 copies stay small."""
    step = max(1, (1 << 20) // max(1, values))
    for start in range(0, count, step):
        yield slice(start, start + step)
