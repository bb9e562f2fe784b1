"""MIL op ``space_to_batch``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op
from poseconvert.mil.ops.tensor_transformation.blocks import checked_blocks


@op("space_to_batch", since="CoreML5")
def space_to_batch(*, x: Array, block_shape: Array, paddings: Array) -> Array:
    """``y[(i * bw + j) * N + n, c, h, w] = padded x[n, c, h * bh + i, w * bw + j]``.

    Shapes
    ------
    ``x``: [N, C, H, W]; ``block_shape``: [bh, bw]; ``paddings``: [2, 2], zeros before and after
    H and W; result: [N * bh * bw, C, padded H / bh, padded W / bw].

    Raises
    ------
    ValueError
        The shapes do not fit, blocks do not fill the padded ``x``, or it would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``space_to_batch``.
    """
    (bh, bw), margins = checked_blocks(x, block_shape, paddings)
    n, c, *sizes = x.shape
    height, width = (size + sum(margin) for size, margin in zip(sizes, margins, strict=True))
    if height % bh or width % bw:
        raise ValueError(f"blocks of {bh} x {bw} do not fill {height} x {width}")
    bounded((n, c, height, width))
    padded = np.pad(x, [(0, 0), (0, 0), *margins])
    parts = padded.reshape(n, c, height // bh, bh, width // bw, bw)
    return parts.transpose(3, 5, 0, 1, 2, 4).reshape(bh * bw * n, c, height // bh, width // bw)
