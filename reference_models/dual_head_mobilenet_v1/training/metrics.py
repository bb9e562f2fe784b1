"""How well a network finds the joints of rendered figures, as ``poseconvert evaluate`` has it.

- PCK@0.1: share of the visible joints within 0.1 torsos, from lShldrBend to rThighBend in the
  picture; a joint that is called absent is wrong. The 2D head decides.
- MPJPE: mean distance in space of all joints inside the picture, hidden ones too, roots aligned,
  as a share of the body height. The 3D head decides.
- Peaks: the highest value of each joint's heatmap.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from poseconvert.decoding import DecodeSpec, Pose, decode, specs
from poseconvert.decoding.skeleton import DUAL_HEAD_24
from poseconvert.network.dual_head import DualHeadNet
from poseconvert.pipeline.evaluate.ground_truth import Truth, metrics
from training.augment import plain_batch
from training.cache import Cache

BATCH = 16


@torch.no_grad()
def find(network: DualHeadNet, cache: Cache, *, count: int) -> list[tuple[DecodeSpec, Pose]]:
    """Run the network on the first figures of a cache; decode every head, in pixels at 224."""
    device = next(network.parameters()).device
    size = network.config.input_size
    parts: list[list[Pose]] = []
    heads: tuple[DecodeSpec, ...] = ()
    for first in range(0, count, BATCH):
        pictures = plain_batch(cache, first, min(BATCH, count - first), size=size).pictures
        answers = [answer.cpu().numpy() for answer in network(pictures.to(device))]
        outputs = dict(zip(network.output_names, answers, strict=True))
        shapes = {name: value.shape for name, value in outputs.items()}
        heads = specs("dual_head_224", input_size=(size, size), shapes=shapes)
        parts.append([decode(outputs, head) for head in heads])
    joined = [
        Pose(
            np.concatenate([pose.position for pose in poses]) * (224 / size),
            np.concatenate([pose.score for pose in poses]),
            np.concatenate([pose.cell for pose in poses]),
        )
        for poses in zip(*parts, strict=True)
    ]
    return list(zip(heads, joined, strict=True))


def truth_in(cache: Cache, count: int) -> Truth:
    """Return what is known of the first figures; joints out of the picture nobody could find."""
    joints = np.array(cache.joints[:count], dtype=np.float64)
    joints[~inside_picture(joints)] = np.nan
    unknown = np.full(count, np.nan)
    return Truth(
        skeleton=DUAL_HEAD_24,
        joints=joints,
        visible=np.array(cache.visible[:count]),
        head=unknown,
        height=np.array(cache.height[:count], dtype=np.float64),
        area=unknown,
    )


def inside_picture(joints: np.ndarray) -> np.ndarray:
    """(N, J) whether x and y of joints (N, J, 3) lie in the picture."""
    inside: np.ndarray = ((joints[..., :2] > -0.5) & (joints[..., :2] < 223.5)).all(axis=2)
    return inside


def scores(network: DualHeadNet, cache: Cache, *, count: int) -> dict[str, float]:
    """Every metric in percent, and median peaks, by name and head, on the first figures."""
    cache.wait(count)
    truth = truth_in(cache, count)
    return dict(_scores(find(network, cache, count=count), truth))


def _scores(found: list[tuple[DecodeSpec, Pose]], truth: Truth) -> Iterator[tuple[str, float]]:
    for head, pose in found:
        for name, metric in metrics(pose, head, truth):
            yield f"{name} {head.dims}d", 100 * metric.value
        yield f"peak {head.dims}d visible", float(np.median(pose.score[truth.visible]))
        yield f"peak {head.dims}d hidden", float(np.median(pose.score[truth.hidden]))
