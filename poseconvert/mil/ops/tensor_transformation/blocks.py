"""Blocks of space and of channels, for family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array


def check_blocks(x: Array, block: int, sizes: tuple[int, ...], unit: int) -> None:
    """Refuse a picture whose sizes are not multiples of a unit, with a ValueError."""
    if x.ndim != 4 or block < 1 or any(size % unit for size in sizes):
        raise ValueError(f"blocks of {block} x {block} do not fit x {x.shape}")


def checked_blocks(
    x: Array, block_shape: Array, margins: Array
) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """Block sizes and margins of both axes; what does not fit is a ValueError."""
    block, edges = np.asarray(block_shape), np.asarray(margins)
    if x.ndim != 4 or block.shape != (2,) or edges.shape != (2, 2):
        raise ValueError(
            f"block_shape {block.shape} and edges {edges.shape} do not fit x {x.shape}"
        )
    if block.min() < 1 or edges.min() < 0:
        raise ValueError(f"blocks of {block.tolist()} with edges {edges.tolist()} are impossible")
    (bh, bw), ((top, bottom), (left, right)) = block.tolist(), edges.tolist()
    return (bh, bw), [(top, bottom), (left, right)]
