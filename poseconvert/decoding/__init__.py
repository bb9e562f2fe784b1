"""Heads to keypoints and back, in numpy."""

from poseconvert.decoding.decode import VISIBLE_SCORE, Pose, decode
from poseconvert.decoding.encode import encode
from poseconvert.decoding.margin import peak_margins, strict_margins
from poseconvert.decoding.offers import fitting, offer
from poseconvert.decoding.people.pairing import pair_people
from poseconvert.decoding.people.people import decode_people
from poseconvert.decoding.people.record import People
from poseconvert.decoding.people_spec import PeopleSpec
from poseconvert.decoding.presets import PRESETS, specs
from poseconvert.decoding.simcc import simcc_margins
from poseconvert.decoding.skeleton import SKELETONS, Skeleton, derived_joints, skeleton_named
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.spec_file import chosen_specs, load_specs, require_decoder

__all__ = [
    "PRESETS",
    "SKELETONS",
    "VISIBLE_SCORE",
    "DecodeSpec",
    "People",
    "PeopleSpec",
    "Pose",
    "Skeleton",
    "chosen_specs",
    "decode",
    "decode_people",
    "derived_joints",
    "encode",
    "fitting",
    "load_specs",
    "offer",
    "pair_people",
    "peak_margins",
    "require_decoder",
    "simcc_margins",
    "skeleton_named",
    "specs",
    "strict_margins",
]
