"""The shipped weights see people: on held-out figures, after conversion, on a drawn skeleton."""

import json

import numpy as np
import pytest
from PIL import Image

from poseconvert.datasets.synthetic import HELD_OUT_SEED, synthetic
from poseconvert.decoding import DecodeSpec
from poseconvert.drift import Parity
from poseconvert.figures.figure import figure
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.diff.diff import measure
from poseconvert.pipeline.evaluate.evaluate import evaluate_conversion
from poseconvert.pipeline.pair.pair import PairOptions, compare_artifacts
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.testing import Checks

PEOPLE = 64
NEAR_PX, CELL_PX = 5.0, 16.0  # half the width of a limb; a cell of the heatmap


@pytest.fixture(scope="module")
def conversion(model_folder, converted):
    """The reference model in float16."""
    options = {"coreml": CoreMLOptions(precision="fp16"), "rescue": False}
    return converted(model_folder / "model.safetensors", **options).folder


def test_the_checks_that_users_get_hold_on_it(conversion):
    """The same pieces as ``pytest --poseconvert`` and ``convert --emit-tests``."""
    checks = Checks(conversion)

    assert set(checks.stages) >= {"onnx_from_torch", "simplified_from_onnx", "coreml_from_onnx"}
    assert len(checks.joints) == 48
    assert not [why for name in checks.stages for why in checks.stage(name)]
    assert not [why for name in checks.goldens for why in checks.golden(name)]
    assert not [why for name in checks.joints for why in checks.joint(name)]


@pytest.mark.parametrize("decode", [None, "dual_head_224"])
def test_its_package_is_held_as_a_stranger_s_pair_too(conversion, decode):
    """Without a decoder each plane of depth is a channel, and many of them are empty."""
    found = compare_artifacts(
        [conversion / "model.onnx", conversion / "model.mlpackage"],
        (),
        options=PairOptions(decode=decode),
        progress=lambda step: None,
    )
    assert found.parity is Parity.HELD, [one.reasons for one in found.result.comparisons]


@pytest.mark.slow  # of the weights, not of the package
def test_the_card_numbers_hold_on_a_share_of_the_figures(conversion, model_folder):
    """64 of the 2,000 figures of metrics.json, by every artifact of the conversion."""
    stored = json.loads((model_folder / "metrics.json").read_text())
    assert stored["seed"] == HELD_OUT_SEED
    result = evaluate_conversion(
        open_conversion(conversion), synthetic(PEOPLE), model=None, progress=lambda step: None
    )
    assert result.complete
    assert len(result.artifacts) == 5
    for artifact in result.artifacts:
        scores = {f"{score.metric} {score.head}": score for score in artifact.scores}
        for name in ("PCK@0.1 2d", "PCK@0.1 3d", "MPJPE 3d", "P-MPJPE 3d"):
            low, high = scores[name].interval
            spread = high - low  # of 64 people; 2,000 have a sixth of it
            assert abs(scores[name].value - stored[name][0]) < spread, (artifact.run.label, name)
            assert abs(scores[name].change) < 0.01, (artifact.run.label, name)


@pytest.mark.slow
def test_the_skeleton_sits_on_the_body_of_a_held_out_figure(conversion, tmp_path):
    """In every artifact: most visible joints lie within a limb's width of the true ones."""
    made = [figure(HELD_OUT_SEED, index) for index in range(24)]
    paths = []
    for index, one in enumerate(made):
        paths.append(tmp_path / f"figure-{index}.png")
        Image.fromarray(one.picture).save(paths[-1])
    measurement = measure(
        open_conversion(conversion), pictures=paths, model=None, progress=lambda step: None
    )
    spec = measurement.specs[0]
    assert isinstance(spec, DecodeSpec)
    assert spec.dims == 2
    for evaluation in measurement.result.evaluations:
        found = evaluation.poses[0].position
        away = np.concatenate(
            [
                np.linalg.norm(pose - one.joints[:, :2], axis=1)[one.visible]
                for pose, one in zip(found, made, strict=True)
            ]
        )
        assert (away < NEAR_PX).mean() > 0.55, evaluation.run.label
        assert (away < CELL_PX).mean() > 0.85, evaluation.run.label
