"""Where the random ops draw from.

An op with a seed of its own draws from a fresh PCG64 stream of that seed: the same numbers on
every run, whatever else the program draws. An op with seed -1, Core ML's default, draws other
numbers on every run, unless the caller seeds them::

    with seeded(7):
        executor.run(inputs)  # ops with seed -1 take turns at one stream of seed 7
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

_shared: ContextVar[np.random.Generator | None] = ContextVar("shared random stream", default=None)

#: The seed by which an op asks for other numbers on every run.
UNSEEDED = -1


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let ops without a seed of their own draw from one stream, within the block.

    Parameters
    ----------
    seed
        Not negative.

    Raises
    ------
    ValueError
        The seed is negative.
    """
    token = _shared.set(np.random.Generator(np.random.PCG64(seed)))
    try:
        yield
    finally:
        _shared.reset(token)


def stream(seed: int) -> np.random.Generator:
    """Give the generator that an op of this seed draws from; int32 seeds count modulo 2 ** 32."""
    if seed != UNSEEDED:
        return np.random.Generator(np.random.PCG64(int(seed) % 2**32))
    shared = _shared.get()
    return np.random.Generator(np.random.PCG64()) if shared is None else shared
