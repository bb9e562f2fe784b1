"""The weights that travel with the package, for commands that are given no MODEL."""

from __future__ import annotations

from poseconvert.face.bundled import REFERENCE_MODEL

__all__ = ["REFERENCE_MODEL"]
