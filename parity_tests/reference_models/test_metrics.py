"""Figures of a cache are measured as figures of the dataset are; peaks fall into their bands."""

import json

import numpy as np
import pytest
from evaluate import EDGES, measured, show
from peaks import COLOURS, save_histograms
from PIL import Image
from rich.console import Console
from training.metrics import find, scores, truth_in

from poseconvert.datasets.synthetic import synthetic
from poseconvert.decoding import Pose, specs
from poseconvert.pipeline.evaluate.ground_truth import truth_of

SHAPES = {
    "heatmap2d": (1, 24, 14, 14), "offset2d": (1, 48, 14, 14),
    "heatmap3d": (1, 336, 14, 14), "offset3d": (1, 1008, 14, 14),
}  # fmt: skip


def heads():
    return specs("dual_head_224", input_size=(224, 224), shapes=SHAPES)


def test_what_is_known_of_cached_figures_is_what_the_dataset_knows(few_figures):
    dataset = synthetic(12, seed=1)
    expected = truth_of(dataset, list(dataset.people))
    truth = truth_in(few_figures, 12)

    assert np.array_equal(truth.visible, expected.visible)
    assert np.array_equal(np.isnan(truth.joints), np.isnan(expected.joints))
    assert np.nanmax(np.abs(truth.joints - expected.joints)) < 1e-4
    assert truth.height == pytest.approx(expected.height)
    assert np.isnan(truth.joints).any()  # some of the twelve reach out of their picture


def test_a_smaller_network_is_measured_in_the_pixels_of_the_figures(few_figures, tiny_network):
    (flat, pose), (deep, other) = find(tiny_network, few_figures, count=3)

    assert (flat.dims, deep.dims) == (2, 3)
    assert pose.position.shape == (3, 24, 2)
    assert other.position.shape == (3, 24, 3)
    assert 64 < np.nanmax(pose.position) < 300
    whole = scores(tiny_network, few_figures, count=3)
    assert {"PCK@0.1 2d", "MPJPE 3d", "peak 2d visible", "peak 3d hidden"} <= set(whole)


def test_perfect_poses_and_their_peaks_by_hand(few_figures, tmp_path):
    truth = truth_in(few_figures, 12)
    score = np.where(truth.visible, 0.55, 0.45)
    score[0, truth.hidden[0]] = 0.02
    joints = np.nan_to_num(truth.joints)
    poses = [Pose(joints[..., : spec.dims], score, np.zeros((12, 24), int)) for spec in heads()]
    record = measured(list(zip(heads(), poses, strict=True)), truth)

    assert record["PCK@0.1 2d"] == [1, 1, 1]
    assert record["MPJPE 3d"] == [0, 0, 0]
    assert record["visible peaks from 0.5 2d"] == 1
    low = truth.hidden[0].sum() / truth.hidden.sum()
    assert low > 0
    assert record["hidden peaks from 0.05 to 0.5 3d"] == pytest.approx(1 - low, abs=1e-4)
    assert np.flatnonzero(record["histogram visible 2d"]).tolist() == [11]  # 0.55 to 0.6
    assert sum(record["histogram hidden 3d"]) == truth.hidden.sum()
    assert set(record["PCK@0.1 2d per joint"].values()) == {1}
    json.dumps(record, allow_nan=False)

    show(record, Console(width=80))
    save_histograms(record, EDGES, tmp_path / "peaks.png")
    colours = {colour for _, colour in Image.open(tmp_path / "peaks.png").getcolors(1 << 20)}
    assert set(COLOURS.values()) <= colours
