"""What both convolutions of family ``conv`` refuse."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array


def check_operands(x: Array, weight: Array, groups: int) -> None:
    """Refuse a weight of another rank, and a count of groups below 1."""
    if weight.ndim != x.ndim or groups < 1:
        raise ValueError(f"x {x.shape}, weight {weight.shape}: other ranks, or {groups} groups")
