"""An app that decodes otherwise than the manifest says is told in what."""

import numpy as np
import pytest

from poseconvert.decoding import decode, specs
from poseconvert.pipeline.diagnose.decoder import decoder_causes

SIDE = 224
SHAPES = {"heatmap": (1, 17, 14, 14), "offset": (1, 34, 14, 14)}


@pytest.fixture(scope="module")
def outputs():
    generator = np.random.default_rng(0)
    return {n: generator.normal(0, 3, shape).astype(np.float32) for n, shape in SHAPES.items()}


def joints(outputs, preset):
    (spec,) = specs(preset, input_size=(SIDE, SIDE), shapes=SHAPES)
    return spec, decode(outputs, spec).position


def test_an_app_that_does_not_know_that_same_moves_the_cells_is_named(outputs):
    spec, ours = joints(outputs, "posenet_same")
    _, theirs = joints(outputs, "posenet")
    np.testing.assert_allclose(ours - theirs, 15, rtol=0, atol=1e-9)

    (found,) = decoder_causes(outputs, {"2d": theirs}, [spec])

    assert found.cause == "decoder"
    assert "up to 15 px from where they should" in found.sentence
    assert "the app decodes with cell centre 0, " in found.sentence
    assert "cell centre 0.9375" in found.sentence


def test_an_app_that_decodes_as_the_manifest_says_has_no_cause(outputs):
    spec, ours = joints(outputs, "posenet_same")
    assert list(decoder_causes(outputs, {"2d": ours}, [spec])) == []
