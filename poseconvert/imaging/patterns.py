"""Pictures no file is needed for: seeded, the same bytes on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def patterns(height: int, width: int) -> dict[str, Pixels]:
    """Return the patterns every conversion is checked on, each (height, width, 3) RGB.

    Blobs are smooth as photographs are; ramps show colour order and
    scaling; noise reaches every weight.
    """
    return {
        "pattern-blobs": blobs(height, width, seed=1),
        "pattern-ramp": ramp(height, width),
        "pattern-noise": noise(height, width, seed=3),
    }


def noise(height: int, width: int, *, seed: int) -> Pixels:
    """Uniform noise over 0-255, each channel its own."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def ramp(height: int, width: int) -> Pixels:
    """Red grows to the right, green downwards, blue along both."""
    x = np.linspace(0, 255, width)[None, :]
    y = np.linspace(0, 255, height)[:, None]
    planes = np.broadcast_arrays(x, y, (x + y) / 2)
    return np.stack(planes, axis=-1).round().astype(np.uint8)


def blobs(height: int, width: int, *, seed: int, cells: int = 7) -> Pixels:
    """Soft coloured blobs: a coarse random grid, blended smoothly."""
    generator = np.random.Generator(np.random.PCG64(seed))
    coarse = generator.integers(0, 256, (cells + 1, cells + 1, 3)).astype(np.float64)
    rows = _blend(height, cells)
    columns = _blend(width, cells)
    picture = np.einsum("hi,wj,ijc->hwc", rows, columns, coarse)
    pixels: Pixels = picture.round().clip(0, 255).astype(np.uint8)
    return pixels


def _blend(length: int, cells: int) -> NDArray[np.float64]:
    """Weights (length, cells + 1) of each grid node at each pixel; rows sum to 1."""
    position = (np.arange(length) + 0.5) / length * cells
    node = np.floor(position).astype(int)
    # A cosine differs in its last bit between C libraries; this polynomial does not.
    part = position - node
    smooth = part * part * (3 - 2 * part)
    weights = np.zeros((length, cells + 1))
    weights[np.arange(length), node] = 1 - smooth
    weights[np.arange(length), node + 1] = smooth
    return weights
