"""Which joints of two skeletons are the same part of the body."""

from __future__ import annotations

from poseconvert.decoding.skeleton import (
    COCO_17,
    DUAL_HEAD_24,
    LSP_14,
    MPII_16,
    OPENPOSE_18,
    Skeleton,
)

# A joint that no other skeleton has is its own name. The 24-joint system calls wrists hands, ankles
# feet, hips thighs.
_PARTS: dict[str, dict[str, str]] = {
    DUAL_HEAD_24.name: {
        "rShldrBend": "right shoulder", "rForearmBend": "right elbow", "rHand": "right wrist",
        "lShldrBend": "left shoulder", "lForearmBend": "left elbow", "lHand": "left wrist",
        "lEar": "left ear", "lEye": "left eye", "rEar": "right ear", "rEye": "right eye",
        "Nose": "nose",
        "rThighBend": "right hip", "rShin": "right knee", "rFoot": "right ankle",
        "lThighBend": "left hip", "lShin": "left knee", "lFoot": "left ankle",
    },
    COCO_17.name: {
        "nose": "nose", "leftEye": "left eye", "rightEye": "right eye",
        "leftEar": "left ear", "rightEar": "right ear",
        "leftShoulder": "left shoulder", "rightShoulder": "right shoulder",
        "leftElbow": "left elbow", "rightElbow": "right elbow",
        "leftWrist": "left wrist", "rightWrist": "right wrist",
        "leftHip": "left hip", "rightHip": "right hip",
        "leftKnee": "left knee", "rightKnee": "right knee",
        "leftAnkle": "left ankle", "rightAnkle": "right ankle",
    },
}  # fmt: skip
for _skeleton in (MPII_16, LSP_14, OPENPOSE_18):  # all use COCO's names for the limbs
    _PARTS[_skeleton.name] = {
        joint: _PARTS[COCO_17.name].get(joint, joint) for joint in _skeleton.joints
    }


def shared_joints(first: Skeleton, second: Skeleton) -> list[tuple[int, int]]:
    """Return pairs of indices, one into each skeleton, of the joints both have."""
    places = {part: index for index, part in enumerate(_parts(second))}
    return [(i, places[part]) for i, part in enumerate(_parts(first)) if part in places]


def joint_of_part(skeleton: Skeleton, part: str) -> int | None:
    """Return the index of a part such as ``left shoulder``; None where the skeleton lacks it."""
    parts = _parts(skeleton)
    return parts.index(part) if part in parts else None


def _parts(skeleton: Skeleton) -> list[str]:
    names = _PARTS.get(skeleton.name, {})
    return [names.get(joint, joint) for joint in skeleton.joints]
