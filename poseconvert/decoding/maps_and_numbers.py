"""How the output shapes of plain heatmaps, SimCC and coordinates become decode specs."""

from __future__ import annotations

import math
from dataclasses import replace

from poseconvert.decoding.skeleton import COCO_17, MPII_16, OPENPOSE_18, Skeleton
from poseconvert.decoding.spec import DecodeSpec, OffsetUnit, Refinement
from poseconvert.decoding.systems import Network, skeleton_of, stride_of

# A flag or a box beside the coordinates has no more numbers.
_FEW = 4
# DeepLabCut's locref_stdev.
_LOCREF = 7.2801


def heatmap(
    net: Network, *, refinement: Refinement = "none", blur: int = 0, background: int = 0
) -> tuple[DecodeSpec, ...]:
    """Any heatmaps, one per joint. Source of the position: cell times stride, as in mmpose."""
    name = _of_rank(net, 4, "heatmap")
    channels, *grid = net.shape(name)
    joints = channels - background
    if joints < 1:
        raise net.refused(f'"{name}" has {channels} channels, {background} of them background.')
    return (
        DecodeSpec(
            skeleton=skeleton_of(joints, COCO_17, MPII_16, *((OPENPOSE_18,) * background)),
            joints=joints,
            grid=tuple(grid),
            stride=stride_of(net.size, grid),
            size=net.size,
            heatmap=name,
            refinement=refinement,
            blur=blur,
            background=background,
        ),
    )


def simcc(net: Network) -> tuple[DecodeSpec, ...]:
    """Vectors (N, J, bins) along x and y. Source: mmpose's SimCC, as RTMPose exports it."""
    pairs = [name for name, shape in net.shapes.items() if len(shape) == 3]
    named = [name for axis in "xy" for name in pairs if name.endswith(f"_{axis}")]
    x, y = named if len(named) == 2 else pairs if len(pairs) == 2 else (None, None)
    if x is None or y is None:
        raise net.refused("needs two outputs of rank 3, simcc_x and simcc_y. Write a spec file.")
    (joints, width), (others, height) = net.shape(x, rank=3), net.shape(y, rank=3)
    stride = net.size[0] / height, net.size[1] / width
    if len(named) != 2 and stride[0] != stride[1]:
        x, y, width, height = y, x, height, width
        stride = net.size[0] / height, net.size[1] / width
    if joints != others or not math.isclose(*stride):
        raise net.refused(
            f"{width} bins along x and {height} along y do not span the input alike. Correct the"
            " input size, or write a spec file."
        )
    return (
        DecodeSpec(
            skeleton=skeleton_of(joints, COCO_17, MPII_16),
            joints=joints,
            grid=(height, width),
            stride=stride,
            size=net.size,
            heatmap=x,
            offset=y,
            refinement="simcc",
        ),
    )


def coordinates(
    net: Network,
    *,
    unit: OffsetUnit = "pixel",
    numbers: str = "",
    interleaved: bool | None = None,
    skeleton: Skeleton | None = None,
) -> tuple[DecodeSpec, ...]:
    """Coordinates as an output, (N, J, 2 to 4) or flat: x, y(, z)(, score).

    Flat ones are pairs where their count is even, else triples, unless `numbers` says it.
    """
    several = {
        name: shape
        for name, shape in net.shapes.items()
        if len(shape) >= 2 and math.prod(shape[1:]) > _FEW
    }
    name = next(iter(several)) if len(several) == 1 else _named(net, several)
    shape = [side for side in several[name][1:] if side != 1]
    count = math.prod(shape)
    each = {2: "xy", 3: "xyz", 4: "xyzs"}
    if not numbers:
        numbers = each.get(shape[-1], "") if len(shape) == 2 else "xy" if count % 2 == 0 else "xyz"
    if not numbers or count % len(numbers):
        raise net.refused(f'{count} numbers in "{name}" are no joints. Write a spec file.')
    joints = count // len(numbers)
    grid = (1,) * (3 if "z" in numbers else 2)
    return (
        DecodeSpec(
            skeleton=skeleton_of(joints, skeleton or COCO_17),
            joints=joints,
            grid=grid,
            stride=stride_of(net.size, grid),
            size=net.size,
            heatmap=None,
            offset=name,
            offset_order="xyz"[: len(grid)],
            offset_unit=unit,
            refinement="coordinates",
            numbers=numbers,
            interleaved=interleaved,
        ),
    )


def lifter(net: Network) -> tuple[DecodeSpec, ...]:
    """Joints in space, in metres (VideoPose3D, MotionBERT): read in millimetres.

    The last output axes are joints and x, y, z; of several frames each joint of each is one.
    """
    (spec,) = coordinates(net, numbers="xyz")
    return (replace(spec, skeleton=f"numbered_{spec.joints}", offset_scale=1000.0),)


def deeplabcut(net: Network) -> tuple[DecodeSpec, ...]:
    """Score maps and locref, x and y of a joint side by side, times 7.2801 pixels.

    Source: ``DeepLabCut/DeepLabCut:deeplabcut/pose_estimation_tensorflow/core/predict.py``
    ``argmax_pose_predict``.
    """
    fitting = [
        (a, b)
        for a, first in net.shapes.items()
        for b, second in net.shapes.items()
        if len(first) == 4 and tuple(second) == (first[0], 2 * first[1], *first[2:])
    ]
    if len(fitting) != 1:
        raise net.refused("needs one heatmap, and one output of twice its channels.")
    scores, locref = fitting[0]
    joints, *grid = net.shape(scores)
    stride = max(1, round(max(side / cells for side, cells in zip(net.size, grid, strict=True))))
    return (
        DecodeSpec(
            skeleton=skeleton_of(joints),
            joints=joints,
            grid=tuple(grid),
            stride=(float(stride),) * 2,
            size=net.size,
            heatmap=scores,
            offset=locref,
            centre=0.5,
            interleaved=True,
            offset_scale=_LOCREF,
        ),
    )


def _of_rank(net: Network, rank: int, role: str) -> str:
    fitting = [name for name, shape in net.shapes.items() if len(shape) == rank]
    if len(fitting) == 1:
        return fitting[0]
    if role in fitting:
        return role
    listed = ", ".join(fitting) or "none"
    raise net.refused(f"which output holds the {role}s is not clear ({listed}). Name it in a file.")


def _named(net: Network, several: dict[str, tuple[int, ...]]) -> str:
    for role in ("coordinates", "keypoints", "landmarks", "joints"):
        if role in several:
            return role
    listed = ", ".join(several) or "none"
    raise net.refused(f"which output holds the joints is not clear ({listed}). Name it in a file.")
