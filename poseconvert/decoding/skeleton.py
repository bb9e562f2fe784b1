"""Joint names, bones, and the joints derived from others."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poseconvert.errors import DecodeError

FloatArray = npt.NDArray[np.floating]
Bones = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Names of joints in tensor order, and the pairs of joint indices drawn as bones."""

    name: str
    joints: tuple[str, ...]
    bones: Bones = ()


DUAL_HEAD_24 = Skeleton(
    name="dual_head_24",
    joints=(
        "rShldrBend", "rForearmBend", "rHand", "rThumb2", "rMid1",
        "lShldrBend", "lForearmBend", "lHand", "lThumb2", "lMid1",
        "lEar", "lEye", "rEar", "rEye", "Nose",
        "rThighBend", "rShin", "rFoot", "rToe",
        "lThighBend", "lShin", "lFoot", "lToe",
        "abdomenUpper",
    ),
    bones=(
        (0, 1), (1, 2), (2, 3), (2, 4), (5, 6), (6, 7), (7, 8), (7, 9),
        (10, 11), (11, 14), (14, 13), (13, 12),
        (15, 16), (16, 17), (17, 18), (19, 20), (20, 21), (21, 22),
        (0, 23), (5, 23), (15, 23), (19, 23), (0, 5), (15, 19),
    ),
)  # fmt: skip

# Names and bones: tensorflow/tfjs-models:posenet/src/keypoints.ts
COCO_17 = Skeleton(
    name="coco_17",
    joints=(
        "nose", "leftEye", "rightEye", "leftEar", "rightEar",
        "leftShoulder", "rightShoulder", "leftElbow", "rightElbow", "leftWrist", "rightWrist",
        "leftHip", "rightHip", "leftKnee", "rightKnee", "leftAnkle", "rightAnkle",
    ),
    bones=(
        (11, 5), (7, 5), (7, 9), (11, 13), (13, 15),
        (12, 6), (8, 6), (8, 10), (12, 14), (14, 16),
        (5, 6), (11, 12),
    ),
)  # fmt: skip

# Order: microsoft/human-pose-estimation.pytorch:lib/dataset/mpii.py
MPII_16 = Skeleton(
    name="mpii_16",
    joints=(
        "rightAnkle", "rightKnee", "rightHip", "leftHip", "leftKnee", "leftAnkle",
        "pelvis", "thorax", "upperNeck", "headTop",
        "rightWrist", "rightElbow", "rightShoulder", "leftShoulder", "leftElbow", "leftWrist",
    ),
    bones=(
        (0, 1), (1, 2), (2, 6), (6, 3), (3, 4), (4, 5), (6, 7), (7, 8), (8, 9),
        (10, 11), (11, 12), (12, 7), (7, 13), (13, 14), (14, 15),
    ),
)  # fmt: skip

# Order: README of the dataset, as in bearpaw/pytorch-pose:miscs/gen_lsp.m; left is the person's.
LSP_14 = Skeleton(
    name="lsp_14",
    joints=(
        "rightAnkle", "rightKnee", "rightHip", "leftHip", "leftKnee", "leftAnkle",
        "rightWrist", "rightElbow", "rightShoulder", "leftShoulder", "leftElbow", "leftWrist",
        "neck", "headTop",
    ),
    bones=(
        (0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (6, 7), (7, 8), (8, 12), (12, 9), (9, 10),
        (10, 11), (12, 13), (2, 8), (3, 9),
    ),
)  # fmt: skip

# Order: Daniil-Osokin/lightweight-human-pose-estimation.pytorch:modules/pose.py
OPENPOSE_18 = Skeleton(
    name="openpose_18",
    joints=(
        "nose", "neck", "rightShoulder", "rightElbow", "rightWrist",
        "leftShoulder", "leftElbow", "leftWrist",
        "rightHip", "rightKnee", "rightAnkle", "leftHip", "leftKnee", "leftAnkle",
        "rightEye", "leftEye", "rightEar", "leftEar",
    ),
    bones=(
        (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10),
        (1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
    ),
)  # fmt: skip

SKELETONS = {known.name: known for known in (DUAL_HEAD_24, COCO_17, MPII_16, LSP_14, OPENPOSE_18)}


# No body has as many; a count of a stranger's file must not become that many names.
_COUNT = re.compile("[1-9][0-9]{0,3}")


def skeleton_named(name: str) -> Skeleton:
    """Return the skeleton called ``name``.

    Parameters
    ----------
    name
        ``dual_head_24``, ``coco_17``, ``mpii_16``, ``lsp_14``, ``openpose_18``, or
        ``numbered_<joints>`` for a skeleton whose joints are only numbered and have no bones.

    Raises
    ------
    DecodeError
        No skeleton has that name; the message lists the names.
    """
    if name in SKELETONS:
        return SKELETONS[name]
    prefix, _, count = name.rpartition("_")
    if prefix == "numbered" and _COUNT.fullmatch(count):
        return Skeleton(name, tuple(f"joint{index}" for index in range(int(count))))
    choices = ", ".join((*SKELETONS, "numbered_<joints>"))
    raise DecodeError(f'decode spec, "skeleton": no skeleton is named "{name}". Use {choices}.')


def derived_joints(positions: FloatArray) -> dict[str, FloatArray]:
    """Joints of the 24-joint system that are computed, not predicted.

    ``hip = (abdomenUpper + (rThighBend + lThighBend) / 2) / 2``, ``neck`` is the mean of the
    shoulders, ``head = neck + n * dot(n, Nose - neck)`` with ``n`` the unit vector from the
    neck to the mean of the ears, ``spine = abdomenUpper``.

    Parameters
    ----------
    positions
        Shape ``(..., 24, 2)`` or ``(..., 24, 3)``, any length unit.

    Returns
    -------
    dict
        ``hip``, ``neck``, ``head`` and ``spine``, each ``(..., 2)`` or ``(..., 3)`` in the same
        unit; NaN where a joint they need is absent, or where the ears lie on the neck.

    Raises
    ------
    DecodeError
        The shape does not end in ``(24, 2)`` or ``(24, 3)``.

    Notes
    -----
    Source: the public Unity code of the 24-joint system's author, formulae only.
    """
    if positions.shape[-2:] not in {(24, 2), (24, 3)}:
        raise DecodeError(
            f"derived_joints: positions have shape {positions.shape}, which does not end in "
            "(24, 2) or (24, 3). Give the joints of skeleton dual_head_24."
        )
    joint = {name: positions[..., index, :] for index, name in enumerate(DUAL_HEAD_24.joints)}
    spine = joint["abdomenUpper"]
    hip = (spine + (joint["rThighBend"] + joint["lThighBend"]) / 2) / 2
    neck = (joint["rShldrBend"] + joint["lShldrBend"]) / 2
    upward = (joint["rEar"] + joint["lEar"]) / 2 - neck
    with np.errstate(invalid="ignore"):  # ears on the neck give no direction: 0 / 0 is NaN
        unit = upward / np.linalg.norm(upward, axis=-1, keepdims=True)
    along = np.sum(unit * (joint["Nose"] - neck), axis=-1, keepdims=True)
    return {"hip": hip, "neck": neck, "head": neck + unit * along, "spine": spine}
