"""A certified joint never flips: random heatmaps, random drift, ties, NaN, every activation."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from poseconvert.decoding import DecodeSpec, decode
from poseconvert.drift import TOLERANCES, Run
from poseconvert.errors import DecodeError
from poseconvert.pipeline.chain.evaluate import Evaluation, Link
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain

JOINTS = 3
POOLS = {
    "levels": (0.0, 0.25, 0.5, 0.5, 0.75, 1.0),
    "signs": (-3.0, -1.0, 0.0, 0.5, 2.0),
    "tiny": (0.0, 1e-30, 1e-8, 1.0, 1.0 - 2.0**-24),
    "nan": (np.nan, 0.1, 0.4, 0.9),
    "far": (-800.0, -710.0, -20.0, 15.0, 40.0),
}
READINGS = [
    ("linear", "none"),
    ("linear", "quarter_cell"),
    ("probability", "none"),
    ("logit", "none"),
    ("logit", "expectation"),
]


def spec_of(reading, grid, threshold):
    activation, refinement = reading
    return DecodeSpec(
        skeleton=f"numbered_{JOINTS}", joints=JOINTS, grid=grid, stride=(4.0,) * len(grid),
        size=(32, 32), heatmap="h", refinement=refinement, activation=activation,
        threshold=threshold, offset_order="xyz"[: len(grid)],
    )  # fmt: skip


def evaluated(heatmap, spec, stage):
    link = Link(stage, stage, list, TOLERANCES.get(stage))
    return Evaluation(link, Run(stage, "test"), {"h": heatmap}, (decode({"h": heatmap}, spec),))


def joints_of(reference, candidate, spec):
    evaluations = [
        evaluated(reference, spec, "source"),
        evaluated(candidate, spec, "onnx_from_torch"),
    ]
    inputs = Inputs(("a", "b"), {"x": np.zeros((2, 1), np.float32)})
    (found,) = judge_chain(evaluations, inputs, specs=(spec,), precision="fp32").comparisons
    return found.joints


def drifted(heatmap, size, generator):
    """Drift of at most ``size``; at every second time exactly that, down at the peak, else up."""
    amount = generator.uniform(-size, size, heatmap.shape)
    if generator.random() < 0.5:
        amount = np.where(heatmap == np.nanmax(heatmap, axis=(2, 3), keepdims=True), -size, size)
    with np.errstate(over="ignore"):
        return (heatmap + amount).astype(heatmap.dtype)


@settings(max_examples=250, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), pool=st.sampled_from(sorted(POOLS)),
    reading=st.sampled_from(READINGS), dims=st.sampled_from([2, 3]),
    size=st.sampled_from([0.0, 1e-9, 0.05, 0.125, 0.2499, 0.25, 0.5, 3.0]),
    threshold=st.sampled_from([0.0, 0.2, 0.9]), dtype=st.sampled_from(["f2", "f4", "f8"]),
    lost=st.booleans(),
)  # fmt: skip
@example(
    seed=0, pool="levels", reading=("linear", "none"), dims=2, size=0.125, threshold=0.0,
    dtype="f4", lost=False,
)  # fmt: skip
def test_no_certified_joint_ever_flips(seed, pool, reading, dims, size, threshold, dtype, lost):
    generator = np.random.default_rng(seed)
    if dims == 3 and reading[1] == "quarter_cell":
        reading = ("linear", "none")
    grid = (3, 4) if dims == 2 else (2, 3, 4)
    spec = spec_of(reading, grid, threshold)
    shape = (2, JOINTS * (1 if dims == 2 else 2), 3, 4)
    reference = generator.choice(np.array(POOLS[pool], dtype), shape)
    candidate = drifted(reference, size, generator)
    if lost:
        candidate[0, 0, 1, 1] = np.nan
    try:
        joints = joints_of(reference, candidate, spec)
    except DecodeError:  # a probability above 1 is refused, never certified
        return
    for joint in joints:
        assert not (joint.certified and joint.standing == "flipped"), joint
        assert not (joint.certified and joint.band == "absent"), joint


def test_most_joints_with_a_clear_peak_are_certified_and_a_tie_is_not():
    spec = spec_of(("linear", "none"), (3, 4), 0.0)
    reference = np.zeros((2, JOINTS, 3, 4), np.float32)
    reference[:, :, 1, 1] = 0.9
    reference[1, 2, 2, 2] = 0.9
    found = joints_of(reference, reference + np.float32(0.01), spec)
    assert [joint.certified for joint in found] == [True] * 5 + [False]
    assert found[0].own_drift > 0.0099
    assert found[5].strict_margin == 0


def test_drift_of_another_joint_or_input_does_not_undo_a_certificate():
    spec = spec_of(("linear", "none"), (3, 4), 0.0)
    reference = np.zeros((2, JOINTS, 3, 4), np.float32)
    reference[:, :, 1, 1] = 0.9
    reference[1] *= np.float32(0.9)  # else no output answers its input, and nothing is judged
    candidate = reference.copy()
    candidate[0, 1, 0, 0] = 0.6
    found = joints_of(reference, candidate, spec)
    assert [joint.certified for joint in found] == [True, False, True, True, True, True]
    assert {joint.standing for joint in found} == {"at risk"}, "margins are against all drift"


def test_regression_has_no_peak_to_certify():
    spec = DecodeSpec(
        skeleton="numbered_1", joints=1, grid=(1, 1), stride=(1.0, 1.0), size=(8, 8),
        heatmap=None, offset="h", refinement="regression",
    )  # fmt: skip
    found = joints_of(np.array([[1.0, 2.0], [2, 3]]), np.array([[1.0, 2.0], [2, 3]]), spec)
    assert [joint.certified for joint in found] == [False, False]
