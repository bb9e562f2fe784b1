"""PCK: the share of joints found near enough."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from poseconvert.metrics.ratio import Array, Ratio


def pck(
    found: Array, truth: Array, *, judged: npt.NDArray[np.bool_], size: Array, share: float
) -> Ratio:
    """Return the share of judged joints that lie within ``share`` of ``size``.

    Parameters
    ----------
    found, truth
        (N, J, 2) in pixels; a joint that was not found is NaN, and wrong.
    judged
        (N, J) which joints count.
    size
        (N,) what distances are measured in: the torso for PCK, the head for PCKh, in pixels.
        People whose size is NaN or 0 do not count.

    Notes
    -----
    Source: Yang and Ramanan, "Articulated Human Detection with Flexible Mixtures of Parts" (2013);
    PCKh: Andriluka et al., "2D Human Pose Estimation: New Benchmark and State of the Art Analysis"
    (2014), with a limit of 0.5.
    """
    counted = judged & (size > 0)[:, None]  # NaN is not above 0
    away = np.linalg.norm(found - truth, axis=2)
    right = (away <= (share * size)[:, None]) & counted  # NaN is never near
    return Ratio(right.sum(axis=1).astype(np.float64), counted.sum(axis=1).astype(np.float64))


def distance(truth: Array, first: int | None, second: int | None) -> Array:
    """Return the distance (N,) between two joints of ``truth`` (N, J, 2); NaN where one is None."""
    if first is None or second is None:
        return np.full(len(truth), np.nan)
    away: Array = np.linalg.norm(truth[:, first] - truth[:, second], axis=1)
    return away
