"""Coordinates as elements of a picture, for ``affine`` and ``resample``."""

from __future__ import annotations

import torch


def as_element(
    points: torch.Tensor, size: int, coordinates_mode: str, align_corners: bool
) -> torch.Tensor:
    """Turn coordinates into elements, 0 being the centre of the first one."""
    if coordinates_mode == "unnormalized":
        return points
    if coordinates_mode == "normalized_minus_one_to_one":
        points = (points + 1) / 2
    return points * (size - 1) if align_corners else points * size - 0.5
