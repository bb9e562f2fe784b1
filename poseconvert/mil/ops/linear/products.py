"""Matrix products that ops of family ``linear`` share."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, tensor
from poseconvert.mil.ops.shared.fp16_accumulate import running_sum


def matmul_in_fp16(
    *, x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False
) -> Array:
    """Multiply matrices with one running fp16 sum over the inner dimension."""
    left, right = tensor(x).float(), tensor(y).float()
    left = left.transpose(-1, -2) if transpose_x else left
    right = right.transpose(-1, -2) if transpose_y else right
    shape = torch.matmul(left, right).shape
    left = left[None] if left.ndim == 1 else left
    right = right[:, None] if right.ndim == 1 else right
    terms = (
        left[..., :, index, None] * right[..., None, index, :] for index in range(left.shape[-1])
    )
    return running_sum(torch.zeros(()), terms).reshape(shape).numpy()


def promoted(left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Bring both to one dtype; neither is copied where they agree."""
    dtype = torch.promote_types(left.dtype, right.dtype)
    return left.to(dtype), right.to(dtype)
