"""MIL op ``matmul``, of family ``linear``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from poseconvert.mil.ops.linear.products import matmul_in_fp16, promoted
from poseconvert.mil.ops.shared import Array, Facts, TensorType, bounded, op, tensor
from poseconvert.mil.ops.shared.macs import times


def _matmul_macs(
    inputs: Mapping[str, TensorType], stored: Mapping[str, Array], output: TensorType
) -> int | None:
    flag = stored.get("transpose_x")
    axis = -2 if flag is not None and flag.dtype == bool and flag.all() else -1
    return times(output.shape, inputs["x"].shape[axis : axis + 1 or None])


@op(
    "matmul",
    since="CoreML5",
    facts=Facts(fresh=True, sums=True, in_fp16=matmul_in_fp16, count_macs=_matmul_macs),
)
def matmul(*, x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False) -> Array:
    """``z = x @ y``, either one with its last two dimensions swapped first.

    Shapes
    ------
    ``x``: [..., M, K] or [K]; ``y``: [..., K, N] or [K]; leading dimensions broadcast; result:
    [..., M, N], without the dimension that a vector lacks.

    Raises
    ------
    IndexError, ValueError, RuntimeError
        The shapes do not fit each other, a vector is to be transposed, or the result would be too
        large.

    Dtypes
    ------
    float or int32; where they differ, as iOS 17 allows, the product is float.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/linear.py and mil/ops/defs/iOS17/linear.py, ``matmul``.
    """
    left, right = promoted(tensor(x), tensor(y))
    left = left.transpose(-1, -2) if transpose_x else left
    right = right.transpose(-1, -2) if transpose_y else right
    if left.ndim > 1 and right.ndim > 1:
        leading = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        bounded([*leading, left.shape[-2], right.shape[-1]])
    return torch.matmul(left, right).numpy()
