"""The face on the tiny conversion, opened once."""

import numpy as np
import pytest

import poseconvert


@pytest.fixture(scope="session")
def conversion(tiny_conversion):
    return poseconvert.open(tiny_conversion)


@pytest.fixture(scope="session")
def pixels():
    """A picture as an array, wider than high."""
    return np.random.default_rng(0).integers(0, 256, (60, 70, 3), np.uint8)
