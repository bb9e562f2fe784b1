"""MIL op ``linear``, of family ``linear``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.linear.products import matmul_in_fp16, promoted
from poseconvert.mil.ops.shared import Array, Facts, bounded, op, tensor
from poseconvert.mil.ops.shared.macs import macs_per_output


def linear_in_fp16(*, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Multiply by a weight with one running fp16 sum; the bias is added last."""
    total = matmul_in_fp16(x=x, y=weight, transpose_y=True)
    return total if bias is None else total + bias


@op(
    "linear",
    since="CoreML5",
    facts=Facts(fresh=True, sums=True, in_fp16=linear_in_fp16, count_macs=macs_per_output),
)
def linear(*, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """``y = x @ weight.T + bias``.

    Shapes
    ------
    ``x``: [..., D_in]; ``weight``: [D_out, D_in]; ``bias``: [D_out]; result: [..., D_out].

    Raises
    ------
    ValueError, RuntimeError
        The shapes do not fit each other, or the result would be too large.

    Dtypes
    ------
    float or int32; where they differ, as iOS 17 allows, the product is float.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/linear.py and mil/ops/defs/iOS17/linear.py, ``linear``.
    """
    bounded([*x.shape[:-1], weight.shape[0]])
    left, right = promoted(tensor(x), tensor(weight))
    return F.linear(left, right, None if bias is None else tensor(bias).to(left.dtype)).numpy()
