"""What a conversion's package takes, for whoever writes the app."""

from __future__ import annotations

from poseconvert.face.conversion import Conversion
from poseconvert.reports import takes as line


def takes(conversion: Conversion) -> str:
    """Say what the package takes, and what it does with a picture, in one line."""
    return line.takes(conversion.manifest, conversion.record.model_options)
