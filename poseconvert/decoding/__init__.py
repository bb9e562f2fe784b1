"""Heads to keypoints and back, in numpy."""

from poseconvert.decoding.decode import VISIBLE_SCORE, Pose, decode
from poseconvert.decoding.encode import encode
from poseconvert.decoding.margin import peak_margins, strict_margins
from poseconvert.decoding.people.people import decode_people
from poseconvert.decoding.people.record import People
from poseconvert.decoding.people_spec import PeopleSpec
from poseconvert.decoding.presets import PRESETS, load_specs, specs
from poseconvert.decoding.skeleton import SKELETONS, Skeleton, derived_joints, skeleton_named
from poseconvert.decoding.spec import DecodeSpec

__all__ = [
    "PRESETS",
    "SKELETONS",
    "VISIBLE_SCORE",
    "DecodeSpec",
    "People",
    "PeopleSpec",
    "Pose",
    "Skeleton",
    "decode",
    "decode_people",
    "derived_joints",
    "encode",
    "load_specs",
    "peak_margins",
    "skeleton_named",
    "specs",
    "strict_margins",
]
