"""``plan.json`` of a bundle: the one declaration of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from poseconvert.decoding import DecodeSpec
from poseconvert.fields import Count, Name, Positive, Precision, Sha256, Shapes, Size, Verdict
from poseconvert.imaging.preprocessing import Fit

SCHEMA = "poseconvert.ios-plan.v1"
PLAN = "plan.json"


@dataclass(frozen=True, slots=True)
class PlannedInput:
    """The model's one input, a picture.

    Attributes
    ----------
    name : Of the package's input.
    width : In pixels.
    height : In pixels.
    fit : How a picture of another size becomes the input.
    """

    name: Name
    width: Positive
    height: Positive
    fit: Fit


@dataclass(frozen=True, slots=True)
class PlannedTolerance:
    """What the phone's outputs are judged by.

    Attributes
    ----------
    relative : Most drift, as a part of the output's range; null: no such limit.
    psnr_db : Least PSNR; null: no such limit.
    joint_px : Most displacement of a joint, in pixels of the input.
    floor_factor : A relative tolerance is raised to this times the noise floor.
    floor_limit : But never beyond this.
    """

    relative: Size | None
    psnr_db: float | None
    joint_px: Size
    floor_factor: float
    floor_limit: float


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """One model of the bundle.

    Attributes
    ----------
    name : In results.
    folder : In the bundle.
    sha256 : Of the package.
    spec_version : Of the package.
    precision : Of the package's ops, but for those kept in float32.
    input : The model's one input, a picture.
    outputs : Shapes by name.
    decode : One per head.
    tolerance : What the phone's outputs are judged by.
    golden_sha256 : Of golden.json.
    parity : Of the conversion, by what it recorded and this version's tolerances; other than held
        only with --allow-broken.
    """

    name: Name
    folder: Name
    sha256: Sha256
    spec_version: Count
    precision: Precision
    input: PlannedInput
    outputs: Shapes
    decode: tuple[DecodeSpec, ...]
    tolerance: PlannedTolerance
    golden_sha256: Sha256
    parity: Verdict


@dataclass(frozen=True, slots=True)
class PlannedSkeleton:
    """Names and bones of joints.

    Attributes
    ----------
    joints : Names, in the order of a head's channels.
    bones : Pairs of joints, by index.
    """

    joints: tuple[Name, ...]
    bones: tuple[tuple[Count, ...], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the phone is to run, and what it is judged by.

    Attributes
    ----------
    commit : Of the repository; empty outside one.
    settings : Runs, rests and lengths, in seconds where they are times.
    compute_units : all, cpuAndGPU or cpuOnly.
    models : One per conversion.
    skeletons : Of the heads, by name.
    """

    commit: Name
    settings: Mapping[Name, float]
    compute_units: tuple[Name, ...]
    models: tuple[PlannedModel, ...]
    skeletons: Mapping[Name, PlannedSkeleton]
