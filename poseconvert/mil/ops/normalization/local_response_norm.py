"""MIL op ``local_response_norm``, of family ``normalization``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, bounded, op, tensor


@op("local_response_norm", since="CoreML5")
def local_response_norm(
    *, x: Array, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """``y = x / (k + alpha / size * sum of x[c'] ** 2) ** beta`` over ``size`` channels around c.

    An even ``size`` takes one channel more before c than after; channels outside count as 0.

    Shapes
    ------
    ``x``: [N, C, 2 or more spatial], or [C, 2 spatial]; the result has the same shape.

    Raises
    ------
    ValueError
        ``x`` has fewer dimensions, or ``size`` is not positive or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``local_response_norm``. It documents
    three dimensions as [N, C, 1 spatial]; its test ``iOS14/test_normalization.py`` holds only when
    the first of them is the channel, as in the older NeuralNetwork format.
    """
    if x.ndim < 3 or size < 1:
        raise ValueError(f"size {size} does not fit x {x.shape}")
    images = tensor(x[None] if x.ndim == 3 else x)
    bounded((images.shape[0], images.shape[1] + size, *images.shape[2:]))
    out = F.local_response_norm(images, size, float(alpha), float(beta), float(k))
    return out.numpy().reshape(x.shape)
