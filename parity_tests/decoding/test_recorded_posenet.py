"""A real PoseNet's outputs, recorded by others, decode to bodies."""

import dataclasses

import numpy as np
import pytest

from poseconvert.decoding import decode, specs

# infocom-tpo/PoseNet-Unity, 513x513: several people, so strongest peaks come from two of them.
RECORDED = {
    "nose": (384.155, 78.104, 0.99036),
    "leftEye": (252.720, 68.331, 0.98471),
    "rightEye": (242.222, 70.325, 0.98613),
    "leftEar": (263.081, 72.849, 0.84030),
    "rightEar": (234.659, 79.838, 0.90703),
    "leftShoulder": (399.641, 98.345, 0.99559),
    "rightShoulder": (366.740, 100.595, 0.99316),
    "leftElbow": (405.478, 118.573, 0.92541),
    "rightElbow": (245.060, 150.235, 0.98053),
    "leftWrist": (385.293, 104.220, 0.88329),
    "rightWrist": (257.980, 186.479, 0.98029),
    "leftHip": (284.467, 208.527, 0.97870),
    "rightHip": (247.237, 207.129, 0.96663),
    "leftKnee": (310.070, 282.622, 0.97884),
    "rightKnee": (203.930, 289.853, 0.94939),
    "leftAnkle": (290.272, 361.507, 0.86376),
    "rightAnkle": (205.519, 348.784, 0.67344),
}


@pytest.fixture(scope="module")
def recorded(shared_assets):
    """Outputs of a real PoseNet and the spec to read them with."""
    outputs = {}
    for name, file, channels in (("heatmap", "heatmaps", 17), ("offset", "offsets", 34)):
        hwc = np.fromfile(shared_assets / "tensors" / f"{file}.bytes", "<f4").reshape(
            33, 33, channels
        )
        outputs[name] = hwc.transpose(2, 0, 1)[None]
    shapes = {name: tensor.shape for name, tensor in outputs.items()}
    (spec,) = specs("posenet_probability", input_size=(513, 513), shapes=shapes)
    return outputs, spec


def test_recorded_posenet_joints(recorded):
    pose = decode(*recorded)
    expected = np.array(list(RECORDED.values()))
    np.testing.assert_allclose(pose.position[0], expected[:, :2], rtol=0, atol=0.01)
    np.testing.assert_allclose(pose.score[0], expected[:, 2], rtol=0, atol=1e-5)
    assert pose.visible.all()


def test_the_recorded_person_on_the_left_is_built_like_one(recorded):
    outputs, spec = recorded
    left = outputs["heatmap"].copy()
    left[..., 21:] = 0  # x from 336 px: the person on the right
    x, y = decode(outputs | {"heatmap": left}, spec).position[0].T
    eyes, ears, shoulders, hips, knees, ankles = ([i, i + 1] for i in (1, 3, 5, 11, 13, 15))
    heights = [y[pair].mean() for pair in (eyes, shoulders, hips, knees, ankles)]
    assert heights == sorted(heights)
    for pair in (eyes, ears, shoulders, hips, knees, ankles):  # facing us: left is at larger x
        assert x[pair[0]] > x[pair[1]]
    assert x[2] < x[0] < x[1]  # the nose between the eyes
    assert y[0] > y[eyes].max()


def test_recorded_offsets_around_a_peak_agree_only_if_y_is_first(recorded):
    outputs, spec = recorded
    pose = decode(outputs, spec)

    def spread(order):
        """Median over joints of how far the nine cells around a peak disagree, in pixels."""
        disagreements = []
        for joint, (y, x) in enumerate(zip(*np.divmod(pose.cell[0], 33), strict=True)):
            near = np.zeros_like(outputs["heatmap"])
            points = []
            for cell in np.ndindex(3, 3):
                near[:] = 0
                near[0, joint, y + cell[0] - 1, x + cell[1] - 1] = 1
                moved = dataclasses.replace(spec, offset_order=order)
                points.append(decode(outputs | {"heatmap": near}, moved).position[0, joint])
            disagreements.append(np.std(points, axis=0).max())
        return np.median(disagreements)

    assert spread("yx") < 8
    assert spread("xy") > 16
