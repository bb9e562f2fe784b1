"""Shift and scale in blocks, for the dense and the sparse op of family ``compression``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array
from poseconvert.mil.ops.shared.decompression import block_sizes


def shifted_and_scaled(data: Array, scale: Array, offset: Array | None) -> Array:
    """Cut each axis in two, (block, place in it), so that scales and offsets broadcast."""
    blocks = block_sizes(data.shape, scale.shape)
    if offset is not None and offset.shape != scale.shape:
        raise ValueError(f"offset {offset.shape} and scale {scale.shape} differ in shape")
    cut = [size for pair in zip(scale.shape, blocks, strict=True) for size in pair]
    spread = [size for count in scale.shape for size in (count, 1)]
    values = data.astype(np.float32).reshape(cut)
    if offset is not None:
        values -= np.asarray(offset, np.float32).reshape(spread)
    values *= np.asarray(scale, np.float32).reshape(spread)
    return values.reshape(data.shape)
