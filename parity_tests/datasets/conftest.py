"""Damage for readers: seeded changes of a good file, each read, none survived by accident."""

import random

import pytest

from poseconvert.errors import DatasetError


@pytest.fixture
def damaged():
    """Read 200 damaged copies of a file; return the types read, every refusal one line."""

    def read_damaged(path, read, change):
        good = path.read_bytes()
        kinds, refusals = set(), []
        for seed in range(200):
            dice = random.Random(seed)
            data = bytearray(good)
            for _ in range(dice.randint(1, 3)):
                change(data, dice)
            path.write_bytes(bytes(data))
            try:
                kinds.add(type(read()))
            except DatasetError as error:
                refusals.append(str(error))
        assert refusals
        assert not any("\n" in text for text in refusals)
        return kinds

    return read_damaged


@pytest.fixture
def one_byte():
    """Change a byte behind the header of a MATLAB file."""

    def change(data, dice):
        at = dice.randrange(124, len(data))
        data[at] = dice.choice([0, 255, dice.randrange(20), data[at] ^ 1, dice.choice(data)])

    return change
