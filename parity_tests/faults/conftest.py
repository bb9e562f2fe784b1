"""Healthy conversions to plant faults into, each made once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def bases(tiny_conversion, tmp_path_factory):
    from examine import make_base

    made = {"pose": tiny_conversion}

    def base(name):
        if name not in made:
            made[name] = make_base(name, tmp_path_factory.mktemp(name))
        return made[name]

    return base
