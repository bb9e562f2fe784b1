"""Parity of a conversion as tests of your own; the pytest plugin is ``plugin`` in here."""

from poseconvert.testing.checks import Checks

__all__ = ["Checks"]
