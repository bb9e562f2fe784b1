"""MIL op ``layer_norm``, of family ``normalization``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, Facts, integers, op, optional_tensor, tensor


@op("layer_norm", since="CoreML5", facts=Facts(fresh=True))
def layer_norm(
    *,
    x: Array,
    axes: Array | None = None,
    gamma: Array | None = None,
    beta: Array | None = None,
    epsilon: float = 1e-5,
) -> Array:
    """``y = gamma * (x - mean) / sqrt(var + epsilon) + beta`` over ``axes``, or over all of them.

    Shapes
    ------
    ``x``: any shape; ``gamma``, ``beta``: the sizes of ``x`` along ``axes``, in the order of
    ``x``; the result is shaped as ``x``.

    Raises
    ------
    IndexError, RuntimeError
        ``x`` has no such axis, or a parameter does not have the sizes along them.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``layer_norm``; the variance is the
    population's.
    """
    dims = sorted(_axis(d, x) for d in (range(x.ndim) if axes is None else integers(axes)))
    order = [d for d in range(x.ndim) if d not in dims] + dims
    out = torch.layer_norm(
        tensor(x).permute(order),
        [x.shape[d] for d in dims],
        optional_tensor(gamma),
        optional_tensor(beta),
        float(epsilon),
    )
    return out.permute([order.index(d) for d in range(x.ndim)]).numpy()


def _axis(axis: int, x: Array) -> int:
    if not -x.ndim <= axis < x.ndim:
        raise IndexError(f"x {x.shape} has no axis {axis}")
    return axis % x.ndim
