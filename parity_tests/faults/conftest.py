"""Healthy conversions to plant faults into, each made once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def bases(tiny_conversion, once):
    from examine import make_base

    made = {"pose": tiny_conversion}

    def base(name):
        if name not in made:
            made[name] = once(f"base-{name}", lambda folder: make_base(name, folder))
        return made[name]

    return base
