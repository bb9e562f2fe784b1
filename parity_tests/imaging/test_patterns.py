"""The seeded pictures are the same bytes on every machine."""

import hashlib

import numpy as np
import pytest

from poseconvert.imaging.patterns import patterns

PINNED = {
    (224, 224): {
        "pattern-blobs": "728366d1fa1f917f",
        "pattern-ramp": "57bbca025aafb3d7",
        "pattern-noise": "c0800dceac5d3559",
    },
    (33, 57): {
        "pattern-blobs": "f44fb848e564935b",
        "pattern-ramp": "831387b074202cd5",
        "pattern-noise": "45c0262ef83da2b1",
    },
}


@pytest.mark.parametrize("size", [(224, 224), (33, 57)])
def test_the_bytes_are_pinned(size):
    found = {n: hashlib.sha256(p.tobytes()).hexdigest()[:16] for n, p in patterns(*size).items()}
    assert found == PINNED[size]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 1), (224, 192)])
def test_any_size_gives_rgb_pictures_of_that_size(size):
    for picture in patterns(*size).values():
        assert (picture.shape, picture.dtype) == ((*size, 3), np.uint8)


def test_the_ramp_shows_which_channel_is_which():
    ramp = patterns(64, 64)["pattern-ramp"].astype(int)
    assert (np.diff(ramp[:, :, 0], axis=1) > 0).all(), "red grows to the right"
    assert (np.diff(ramp[:, :, 0], axis=0) == 0).all()
    assert (np.diff(ramp[:, :, 1], axis=0) > 0).all(), "green grows downwards"
    assert (ramp[0, 0].tolist(), ramp[-1, -1].tolist()) == ([0, 0, 0], [255, 255, 255])


def test_no_two_patterns_are_alike():
    pictures = [picture.tobytes() for picture in patterns(64, 64).values()]
    assert len(set(pictures)) == len(pictures) == 3
