"""MPJPE: the mean distance of joints in space."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from poseconvert.metrics.ratio import Array, Ratio


def mpjpe(
    found: Array,
    truth: Array,
    *,
    roots: tuple[Array, Array],
    size: Array,
) -> Ratio:
    """Return the mean distance of joints, both poses moved so that their roots meet.

    Parameters
    ----------
    found, truth
        (N, J, 3) in one unit. A joint that was not found is NaN, and counts as found at the root;
        one that is not known (NaN) does not count.
    roots
        (N, 3) of the found and of the true poses: what is moved to the origin. People whose true
        root is unknown do not count; one whose root was not found is found wholly at the origin.
    size
        (N,) what distances are divided by, e.g. the body height; people without one do not count.

    Notes
    -----
    Source: Ionescu et al., "Human3.6M" (2014), protocol 1.
    """
    found, truth = (pose - root[:, None] for pose, root in zip((found, truth), roots, strict=True))
    at = np.where(np.isfinite(found).all(axis=2, keepdims=True), found, 0.0)
    return _mean(np.linalg.norm(at - truth, axis=2), size)


def p_mpjpe(found: Array, truth: Array, *, size: Array) -> Ratio:
    """Return the mean distance after the best rotation, translation and scale of each pose.

    Joints that were not found do not count: they cannot be aligned. People with fewer than four
    joints that do, or whose joints all lie on one point, do not count.

    Notes
    -----
    Parameters as for :func:`mpjpe`. Source: Ionescu et al., "Human3.6M" (2014), protocol 2; the
    alignment: Umeyama, "Least-squares estimation of transformation parameters" (1991).
    """
    judged: npt.NDArray[np.bool_] = np.all(np.isfinite(found + truth), axis=2)
    away = np.full(judged.shape, np.nan)
    for person in np.flatnonzero(judged.sum(axis=1) > truth.shape[2]):
        joints = judged[person]
        aligned = procrustes(found[person, joints], truth[person, joints])
        if aligned is not None:
            away[person, joints] = np.linalg.norm(aligned - truth[person, joints], axis=1)
    return _mean(away, size)


def procrustes(found: Array, truth: Array) -> Array | None:
    """Return ``found`` (J, 3) rotated, moved and scaled to lie nearest to ``truth`` (J, 3).

    None where one of them is a single point. No mirror image is ever taken.
    """
    middle = truth.mean(axis=0)
    a, b = found - found.mean(axis=0), truth - middle
    spread = float((a**2).sum())
    if spread == 0 or not b.any():
        return None
    left, strength, right = np.linalg.svd(a.T @ b)
    turn = np.ones(len(strength))
    turn[-1] = np.sign(np.linalg.det(left @ right))
    rotation = (left * turn) @ right
    aligned: Array = a @ rotation * float((strength * turn).sum() / spread) + middle
    return aligned


def _mean(away: Array, size: Array) -> Ratio:
    """Mean of the distances (N, J) that are numbers, each over its person's size."""
    counted = np.isfinite(away) & (size > 0)[:, None]
    relative = np.where(counted, away, 0.0) / np.where(size > 0, size, 1.0)[:, None]
    return Ratio(relative.sum(axis=1), counted.sum(axis=1).astype(np.float64))
