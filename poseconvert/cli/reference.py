"""Which conversion is meant: a named one, the one here, or a temporary one."""

from __future__ import annotations

from pathlib import Path

from poseconvert.face.at_hand import at_hand


def meant(named: Path | None) -> Path:
    """Return the named conversion or MODEL, else the conversion here, else the reference model.

    Raises
    ------
    ConversionError : several conversions in the current folder, or none at all.
    """
    return named or at_hand()
