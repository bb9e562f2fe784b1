"""Sums of the mode fp16-accumulate: every partial sum of products is rounded to fp16.

One running sum a result, in the order of the weights, each product added exactly and rounded once,
as a chain of fused multiply-adds in fp16 does. It is the pessimistic bound: hardware that sums in
parts, or in float32, is nearer to the mode fp16. Kernels that use it stand beside the ops' own and
have their parameters.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch


def running_sum(start: torch.Tensor, terms: Iterable[torch.Tensor]) -> torch.Tensor:
    """Add terms one by one, rounding every sum to fp16."""
    total = start.half().float()
    for term in terms:
        total = (total + term).half().float()
    return total
