"""Several people through the chain: what held was seen to fail on a shift, and nobody is lost."""

import numpy as np
import pytest

from parity_tests.decoding import scenes
from poseconvert.decoding import specs
from poseconvert.drift import TOLERANCES, Parity
from poseconvert.pipeline.chain.evaluate import Link, evaluate
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain

INPUTS = Inputs(("one", "two"), {"x": np.arange(2, dtype=np.float32)[:, None]})
STAGES = ("source", "onnx_from_torch")


def centernet(seed):
    return scenes.centernet(scenes.figures(seed, 3))


def openpose(seed):
    return scenes.openpose(scenes.figures(seed, 3, joints=18))


def posenet(seed):
    return scenes.posenet(scenes.figures(seed, 3, size=(257, 257)), seed=seed)


def movenet(seed):
    return scenes.movenet(scenes.figures(seed, 1, size=(192, 192))[0])


SCENES = {
    "posenet_multi": (posenet, 257),
    "openpose": (openpose, 256),
    "centernet": (centernet, 256),
    "movenet": (movenet, 192),
    "yolo": (scenes.yolo, 320),
}


class Recorded:
    """Answers input n with the n-th of what it was given."""

    name, precision = "test runner", ""

    def __init__(self, frames):
        self.frames = frames

    def run(self, batch):
        chosen = [self.frames[int(n)] for n in batch.tensors["x"][:, 0]]
        return {name: np.concatenate([one[name] for one in chosen]) for name in chosen[0]}


def judged(preset, reference, candidate):
    size = SCENES[preset][1]
    shapes = {name: tensor.shape for name, tensor in reference[0].items()}
    heads = specs(preset, input_size=(size, size), shapes=shapes)
    links = [
        Link(stage, stage, lambda frames=frames: Recorded(frames), TOLERANCES.get(stage), "")
        for stage, frames in zip(STAGES, (reference, candidate), strict=True)
    ]
    evaluations = evaluate(links, INPUTS, specs=heads, progress=lambda step: None)
    return judge_chain(evaluations, INPUTS, specs=heads, precision="fp32").comparisons[0]


def scene(preset):
    # A network answers with numbers, not with zeros: a channel of zeros holds no yardstick.
    rng = np.random.default_rng(0)
    return [
        {
            name: value + rng.normal(0, 1e-3, value.shape).astype(np.float32)
            for name, value in SCENES[preset][0](seed).items()
        }
        for seed in (0, 1)
    ]


@pytest.mark.parametrize("preset", SCENES)
def test_the_same_people_hold_and_a_shift_would_have_been_seen(preset):
    frames = scene(preset)
    found = judged(preset, frames, frames)
    (control,) = (one for one in found.controls if one.planted == "shifted joint")
    assert found.parity is Parity.HELD, found.reasons
    if preset == "yolo":
        assert control.reason == "no visible joint with a heatmap"
    else:
        assert control.seen, control


@pytest.mark.parametrize("preset", SCENES)
def test_somebody_lost_breaks_the_stage(preset):
    frames = scene(preset)
    without = [dict(one) for one in frames]
    for one in without:
        for name in ("output0", "center", "hm", "heatmap", "heatmaps"):
            if name in one:
                one[name] = np.minimum(one[name], one[name].min())
    found = judged(preset, frames, without)
    assert found.parity is Parity.BROKEN
    assert any("nobody is found any more" in reason for reason in found.reasons)
