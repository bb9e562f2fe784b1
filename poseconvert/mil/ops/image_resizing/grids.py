"""Where a resized axis reads its source, and how it is read; shared by the whole family."""

from __future__ import annotations

import torch

SAMPLING_MODES = (
    "DEFAULT",
    "STRICT_ALIGN_CORNERS",
    "ALIGN_CORNERS",
    "OFFSET_CORNERS",
    "UNALIGN_CORNERS",
)


def grid_points(mode: str, size: int | torch.Tensor, count: int) -> torch.Tensor:
    """Place ``count`` points on an axis of ``size`` elements, held inside ``[0, size - 1]``.

    ========================  =========================================================
    DEFAULT                   ``i * size / count``
    STRICT_ALIGN_CORNERS      ``i * (size - 1) / (count - 1)``, 0 where count is 1
    ALIGN_CORNERS             the same, but the middle where count is 1
    OFFSET_CORNERS            ``(i + 0.5) * max(1, size - 1) / count``
    UNALIGN_CORNERS           ``(i + 0.5) * size / count - 0.5``
    ========================  =========================================================

    Parameters
    ----------
    mode
        One of ``SAMPLING_MODES``.
    size
        A number, or float64 [...]: fractional sizes are those of boxes.
    count
        Number of points.

    Returns
    -------
    torch.Tensor
        float64 [..., count].

    Raises
    ------
    ValueError
        The mode is unknown.
    """
    if mode not in SAMPLING_MODES:
        raise ValueError(f'unknown sampling_mode "{mode}", expected {", ".join(SAMPLING_MODES)}')
    whole = torch.as_tensor(size, dtype=torch.float64)[..., None]
    index = torch.arange(count, dtype=torch.float64)
    if mode == "DEFAULT":
        points = index * whole / count
    elif mode == "OFFSET_CORNERS":
        points = (index + 0.5) * (whole - 1).clamp(min=1) / count
    elif mode == "UNALIGN_CORNERS":
        points = (index + 0.5) * whole / count - 0.5
    elif count > 1:
        points = index * (whole - 1) / (count - 1)
    else:
        points = (index + (0.5 if mode == "ALIGN_CORNERS" else 0)) * (whole - 1)
    return torch.minimum(points.clamp(min=0), whole - 1)


def nearest_indices(mode: str, size: int, count: int) -> torch.Tensor:
    """Find the element each of ``count`` points takes, int64 [count]; halves go up.

    ``DEFAULT`` is ``floor((i + 0.5) * size / count)``, as ``UNALIGN_CORNERS`` rounded is: Core ML
    reads the middle of each output element, unlike the documented grid of ``DEFAULT``.
    """
    if mode in ("DEFAULT", "UNALIGN_CORNERS"):  # in integers: no quotient may fall short of a tie
        return (2 * torch.arange(count) + 1) * size // (2 * count)
    return (grid_points(mode, size, count) + 0.5).floor().long().clamp(max=size - 1)


def interpolated(x: torch.Tensor, axis: int, points: torch.Tensor) -> torch.Tensor:
    """Read one axis, counted from the end, at fractional points inside it.

    Parameters
    ----------
    x
        Float, any shape.
    axis
        Negative.
    points
        float64 [n].

    Returns
    -------
    torch.Tensor
        ``x`` with ``n`` elements along ``axis``, each linear between its two neighbours.
    """
    low = points.floor().long()
    high = (low + 1).clamp(max=x.shape[axis] - 1)
    share = (points - low).to(x.dtype).reshape([-1, *[1] * (-1 - axis)])
    return torch.lerp(x.index_select(axis, low), x.index_select(axis, high), share)
