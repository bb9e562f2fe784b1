"""MIL op ``l2_norm``, of family ``normalization``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op, tensor


@op("l2_norm", since="CoreML5")
def l2_norm(*, x: Array, epsilon: float = 1e-6) -> Array:
    """``y = x / sqrt(sum of x * x + epsilon)`` over the last three dimensions.

    Shapes
    ------
    ``x``: three dimensions or more; the result has the same shape.

    Raises
    ------
    ValueError
        ``x`` has fewer dimensions.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``l2_norm``.
    """
    if x.ndim < 3:
        raise ValueError(f"x {x.shape} has fewer than 3 dimensions")
    squares = tensor(x).square().sum((-3, -2, -1), keepdim=True)
    return (tensor(x) / squares.add_(float(epsilon)).sqrt_()).numpy()
