"""How well a network finds the joints of rendered figures.

- PCK@0.1: share of the visible joints whose 2D distance to the truth is at most 0.1 times the
  torso, the 2D distance from lShldrBend to rThighBend of that figure, in pixels. The 2D head
  decides; a joint it calls absent is wrong.
- MPJPE: mean distance in 3D, of every joint inside the picture, hidden ones too, after the
  derived joint hip (see ``poseconvert.decoding.skeleton``) of both is moved to the origin, in
  percent of the height of the body in pixels. The 3D head decides.
- Peaks: the highest value of each joint's heatmap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from poseconvert.decoding import decode, specs
from poseconvert.figures.camera import root_of
from poseconvert.network.dual_head import DualHeadConfig
from training.augment import plain_batch
from training.cache import Cache

TORSO = 0.1
LEFT_SHOULDER, RIGHT_HIP = 5, 15


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a network found in N figures; joints (N, 24, 2 or 3) in pixels, NaN where absent.

    A head the network lacks is None.
    """

    flat: np.ndarray | None
    deep: np.ndarray | None
    flat_peak: np.ndarray | None
    deep_peak: np.ndarray | None


@torch.no_grad()
def find(network: nn.Module, cache: Cache, *, count: int, batch: int = 16) -> Found:
    """Run the network on the first figures of a cache and decode its heads."""
    parts: dict[str, list[np.ndarray]] = {}
    device = next(network.parameters()).device
    config: DualHeadConfig = network.config
    names = tuple(config.output_channels)
    size = config.input_size
    for first in range(0, count, batch):
        pictures = plain_batch(cache, first, min(batch, count - first), size=size).pictures
        answers = network(pictures.to(device))
        outputs = {name: answer.cpu().numpy() for name, answer in zip(names, answers, strict=True)}
        shapes = {name: value.shape for name, value in outputs.items()}
        for spec in specs("dual_head_224", input_size=(size, size), shapes=shapes):
            pose = decode(outputs, spec)
            kind = "flat" if spec.dims == 2 else "deep"
            parts.setdefault(kind, []).append(pose.position * (224 / size))
            parts.setdefault(f"{kind}_peak", []).append(pose.score)
    whole = {name: np.concatenate(values) for name, values in parts.items()}
    return Found(
        whole.get("flat"), whole.get("deep"), whole.get("flat_peak"), whole.get("deep_peak")
    )


def pck(flat: np.ndarray, joints: np.ndarray, visible: np.ndarray) -> float:
    """PCK@0.1 over visible joints, NaN if there are none; see the top of this file."""
    truth = joints[..., :2]
    torso = np.linalg.norm(truth[:, LEFT_SHOULDER] - truth[:, RIGHT_HIP], axis=1)
    away = np.linalg.norm(flat - truth, axis=2)
    right = away <= TORSO * torso[:, None]  # NaN is never near
    return float(right[visible].mean()) if visible.any() else float("nan")


def inside_picture(joints: np.ndarray) -> np.ndarray:
    """(N, J) whether x and y of joints (N, J, 3) lie in the picture."""
    inside: np.ndarray = ((joints[..., :2] > -0.5) & (joints[..., :2] < 223.5)).all(axis=2)
    return inside


def mpjpe(deep: np.ndarray, joints: np.ndarray, height: np.ndarray) -> float:
    """MPJPE in percent of the body height; absent joints count as if found at the root.

    Figures whose navel or hip joints lie out of the picture have no root and are left out.
    """
    inside = inside_picture(joints)
    whole = inside[:, [15, 19, 23]].all(axis=1)
    found = deep - root_of(deep)[:, None]
    found = np.where(np.isfinite(found), found, 0)
    truth = joints - root_of(joints)[:, None]
    away = np.linalg.norm(found - truth, axis=2) / height[:, None]
    return float(100 * away[inside & whole[:, None]].mean())


def scores(network: nn.Module, cache: Cache, *, count: int) -> dict[str, float]:
    """PCK of the 2D head and MPJPE of the 3D head, and median peaks, on the first figures."""
    cache.wait(count)
    found = find(network, cache, count=count)
    joints, visible = cache.joints[:count], cache.visible[:count]
    inside = inside_picture(joints)
    result: dict[str, float] = {}
    if found.flat is not None and found.flat_peak is not None:
        result["pck"] = 100 * pck(found.flat, joints, visible)
        result["peak2d_visible"] = float(np.median(found.flat_peak[visible]))
        result["peak2d_hidden"] = float(np.median(found.flat_peak[inside & ~visible]))
    if found.deep is not None and found.deep_peak is not None:
        result["pck3d"] = 100 * pck(found.deep[..., :2], joints, visible)
        result["mpjpe"] = mpjpe(found.deep, joints, cache.height[:count])
        result["peak3d_visible"] = float(np.median(found.deep_peak[visible]))
        result["peak3d_hidden"] = float(np.median(found.deep_peak[inside & ~visible]))
    return result
