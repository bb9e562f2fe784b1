"""Input ranges in torchvision's units are scale and bias; what contradicts itself is refused."""

import numpy as np
import pytest
import torch

from poseconvert.errors import UsageError
from poseconvert.face.input_range import scaling_of

PICTURE = np.random.default_rng(0).integers(0, 256, (1, 3, 4, 5)).astype(np.float32)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def said(*, scale=None, bias=None, mean=None, std=None, normalize=None):
    return scaling_of({"scale": scale, "bias": bias}, {"mean": mean, "std": std}, normalize)


def as_torchvision(mean, std):
    """``ToTensor``, then ``Normalize``, in its own words."""
    picture = torch.from_numpy(PICTURE).div(255)
    mean, std = (torch.as_tensor(one).reshape(1, -1, 1, 1) for one in (mean, std))
    return picture.sub(mean).div(std).numpy()


@pytest.mark.parametrize(
    ("given", "mean", "std"),
    [
        ({"normalize": "imagenet"}, *IMAGENET),
        ({"normalize": "0-1"}, [0.0], [1.0]),
        ({"normalize": "-1-1"}, [0.5], [0.5]),
        ({"mean": IMAGENET[0], "std": IMAGENET[1]}, *IMAGENET),
        ({"mean": 0.5, "std": 0.25}, [0.5], [0.25]),
        ({"mean": 0.5}, [0.5], [1.0]),
        ({"std": (0.5, 0.25, 1)}, [0.0], [0.5, 0.25, 1.0]),
    ],
)
def test_it_is_what_torchvision_does(given, mean, std):
    scale, bias = (np.reshape(one, (1, 3, 1, 1)) for one in said(**given))
    np.testing.assert_allclose(PICTURE * scale + bias, as_torchvision(mean, std), atol=1e-5)


def test_nothing_said_is_not_the_same_as_none():
    assert said() == (None, None)
    assert said(normalize="none") == ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    assert said(scale=1 / 255) == ((1 / 255,) * 3, None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"normalize": "vgg"}, "use one of imagenet, 0-1, -1-1, none"),
        ({"normalize": "imagenet", "scale": 1}, "scale with normalize: say the input range in one"),
        ({"mean": 0.5, "bias": 1}, "bias with mean: say"),
        ({"normalize": "0-1", "mean": 0.5, "std": 1}, "mean and std with normalize: say"),
        ({"mean": (0.5, 0.5)}, "mean (0.5, 0.5): give one number, or three"),
        ({"std": 0}, "std 0: give numbers above 0"),
        ({"std": (1, -1, 1)}, "std -1: give numbers above 0"),
        ({"mean": float("nan")}, "give one number, or three"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, words):
    with pytest.raises(UsageError) as refused:
        said(**given)
    assert words in str(refused.value)
