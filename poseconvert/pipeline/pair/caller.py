"""What a caller does to the pictures of each artifact, so that all of them see the same."""

from __future__ import annotations

from collections.abc import Sequence

from poseconvert.imaging.scaling import Scaling
from poseconvert.pipeline.pair.artifact import Artifact


def scalings(
    artifacts: Sequence[Artifact], asked: Scaling | None
) -> tuple[tuple[str, ...], list[Scaling | None]]:
    """Say what is done to the pictures of each artifact: what another does inside, or was asked."""
    own = next((one for one in artifacts if one.scaling), None)
    notes: list[str] = []
    found: list[Scaling | None] = []
    for artifact in artifacts:
        fed = any(one.picture and not one.image for one in artifact.inputs)
        if artifact.scaling or artifact.takes_pixels or not fed:
            found.append(None)
        elif asked:
            found.append(asked)
        elif own and own.scaling:
            found.append(own.scaling)
            notes.append(
                f"{artifact.name} does not say its input range: it was fed what"
                f" {own.name} makes of a picture inside, {own.scaling}"
            )
        else:
            found.append(None)
            notes.append(
                f"{artifact.name} does not say its input range: it was fed 0-255; if it wants"
                " 0-1 give --scale 1/255"
            )
    return tuple(notes), found
