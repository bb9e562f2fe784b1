"""What an input or output is, in words."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.imaging.wanted import Wanted
from poseconvert.mil import Package
from poseconvert.mil.package.features import ArrayFeature, ClassFeature, OutputFeature
from poseconvert.pipeline.chain.wants import package_wants


def inputs_of(package: Package) -> Iterator[str]:
    """Say of each input what it is, and what of a picture."""
    for feature, wanted in zip(package.inputs, package_wants(package), strict=True):
        yield described(feature) + of_picture(wanted)


def of_picture(wanted: Wanted | None) -> str:
    """Say how a picture becomes an input."""
    if wanted is None or not wanted.picture:
        return ""
    layout = "" if wanted.image else f"; a picture, {wanted.layout}"
    return layout + (f"; computes {wanted.inside} itself" if wanted.inside else "")


def described(feature: OutputFeature) -> str:
    """Say what a feature is, and every shape it may have."""
    if isinstance(feature, ClassFeature):
        return str(feature)
    if isinstance(feature, ArrayFeature) and not feature.shape and not str(feature.flexible):
        return f"{feature.dtype}, no shape declared"
    flexible = str(feature.flexible)
    return f"{feature}; takes {flexible}" if flexible else str(feature)
