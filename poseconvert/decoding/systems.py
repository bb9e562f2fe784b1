"""How each pose system's output shapes become decode specs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from poseconvert.decoding.skeleton import COCO_17, DUAL_HEAD_24, MPII_16, Skeleton
from poseconvert.decoding.spec import Activation, DecodeSpec, Frame, OffsetUnit
from poseconvert.errors import DecodeError


class Network(NamedTuple):
    """What a preset derives its specs from."""

    preset: str
    size: tuple[int, int]
    shapes: Mapping[str, tuple[int, ...]]

    def refused(self, problem: str) -> DecodeError:
        """Return the error that tells the problem next to all shapes."""
        listed = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items()) or "none"
        return DecodeError(
            f'decode preset "{self.preset}", outputs {listed} at input {self.size}: {problem}'
        )

    def shape(self, name: str, *, rank: int = 4) -> tuple[int, ...]:
        """Shape of an output after N."""
        if name not in self.shapes:
            raise self.refused(
                f'"{name}" is missing. Rename the outputs (--outputs, of a PyTorch network), or'
                " give --decode a spec file."
            )
        shape = tuple(int(side) for side in self.shapes[name])
        if len(shape) != rank or min(shape) < 1:
            raise self.refused(f'"{name}" is not of rank {rank}. Give shapes with leading N.')
        return shape[1:]

    def only(self, name: str) -> str:
        """``name`` if there is such an output, else the only one."""
        return next(iter(self.shapes)) if len(self.shapes) == 1 else name

    def depth(self, channels: int, joints: int | None, width: int) -> int:
        """Depth of a 3D heatmap: by the joints if known, else the grid is as deep as wide."""
        divisor = joints or width
        if channels % divisor:
            what = f"{joints} joints" if joints else f"a depth of {width}, the grid's width"
            raise self.refused(f"{channels} channels do not divide by {what}. Write a spec file.")
        return channels // divisor if joints else width


def dual_head(
    net: Network, *, unit: OffsetUnit, centre: float, frame: Frame
) -> tuple[DecodeSpec, ...]:
    """Source: the author's 224 and 448 networks, formulae only."""
    heads = []
    joints = None
    for suffix, order in (("2d", "xy"), ("3d", "xyz")):
        heatmap, offset = f"heatmap{suffix}", f"offset{suffix}"
        if heatmap not in net.shapes and offset not in net.shapes:
            continue
        channels, *plane = net.shape(heatmap)
        depth = 1 if suffix == "2d" else net.depth(channels, joints, plane[1])
        joints = channels // depth
        grid = tuple(plane) if suffix == "2d" else (depth, *plane)
        if net.shape(offset) != (len(grid) * channels, *plane):
            raise net.refused(f'"{offset}" needs {len(grid)} channels per one of "{heatmap}".')
        heads.append(
            DecodeSpec(
                skeleton=skeleton_of(joints, DUAL_HEAD_24),
                joints=joints,
                grid=grid,
                stride=stride_of(net.size, grid),
                size=net.size,
                heatmap=heatmap,
                offset=offset,
                offset_order=order,
                offset_unit=unit,
                centre=centre,
                z_zero=float(depth // 2),
                frame=frame,
            )
        )
    if not heads:
        raise net.refused("no head. Name them heatmap2d offset2d heatmap3d offset3d.")
    return tuple(heads)


def posenet(net: Network, *, activation: Activation, same: bool = False) -> tuple[DecodeSpec, ...]:
    """Source: ``tensorflow/tfjs-models:posenet/src/single_pose``; strides 8, 16 and 32.

    With `same` the network pads as TensorFlow's SAME at any size, and cells lie where it has them.
    """
    joints, *grid = net.shape("heatmap")
    if net.shape("offset") != (2 * joints, *grid):
        raise net.refused('"offset" needs 2 channels per one of "heatmap". Rename the outputs.')
    # Every stride-2 convolution halves a side rounding up, at 16k + 1 and elsewhere.
    made = {s: [(side - 1) // s + 1 for side in net.size] for s in (8, 16, 32)}
    stride = next((s for s, cells in made.items() if cells == grid), None)
    if stride is None:
        listed = ", ".join(f"{s} makes {h}x{w}" for s, (h, w) in made.items())
        raise net.refused(f"no stride makes this grid ({listed}). Correct the input size.")
    height, width = (_same_centre(side, stride) if same else 0.0 for side in net.size)
    if height != width:
        raise net.refused(
            f"SAME moves its cells by {height:g} down and {width:g} right. Give sides of"
            f" {stride}k+1, where it moves none."
        )
    return (
        DecodeSpec(
            skeleton=skeleton_of(joints, COCO_17),
            joints=joints,
            grid=tuple(grid),
            stride=(float(stride),) * 2,
            size=net.size,
            heatmap="heatmap",
            offset="offset",
            offset_order="yx",
            centre=height,
            activation=activation,
        ),
    )


def simple_baselines(net: Network) -> tuple[DecodeSpec, ...]:
    """Source: ``microsoft/human-pose-estimation.pytorch:lib/core/inference.py``."""
    name = net.only("heatmap")
    joints, *grid = net.shape(name)
    return (
        DecodeSpec(
            skeleton=skeleton_of(joints, COCO_17, MPII_16),
            joints=joints,
            grid=tuple(grid),
            stride=stride_of(net.size, grid),
            size=net.size,
            heatmap=name,
            refinement="quarter_cell",
        ),
    )


def integral_3d(net: Network) -> tuple[DecodeSpec, ...]:
    """Source: ``mks0601/3DMPPE_POSENET_RELEASE:main/model.py`` ``soft_argmax``.

    Joints are numbered: data sets of this system order 17 and 18 joints in several ways.
    """
    name = net.only("heatmap")
    channels, *plane = net.shape(name)
    depth = net.depth(channels, None, plane[1])
    grid = (depth, *plane)
    return (
        DecodeSpec(
            skeleton=skeleton_of(channels // depth),
            joints=channels // depth,
            grid=grid,
            stride=stride_of(net.size, grid),
            size=net.size,
            heatmap=name,
            offset_order="xyz",
            z_zero=float(depth // 2),
            activation="logit",
            threshold=1 / math.prod(grid),  # the score of a flat map, which has no peak
            refinement="expectation",
        ),
    )


def deeppose(net: Network) -> tuple[DecodeSpec, ...]:
    """Coordinates ``(N, 2J)`` or ``(N, J, 2)``, x first, as fractions of the box.

    Source: DeepPose (Toshev and Szegedy, 2014); fractions count from the corner here, as in the
    networks that end in a sigmoid. Set `centre` 0.5 for those that count from the middle.
    """
    name = net.only("keypoints")
    rank = len(net.shapes.get(name, ()))
    count = math.prod(net.shape(name, rank=3 if rank == 3 else 2))
    if count % 2:
        raise net.refused(f'{count} numbers in "{name}" are not (x, y) pairs. Write a spec file.')
    return (
        DecodeSpec(
            skeleton=skeleton_of(count // 2, MPII_16),
            joints=count // 2,
            grid=(1, 1),
            stride=stride_of(net.size, (1, 1)),
            size=net.size,
            heatmap=None,
            offset=name,
            offset_unit="image",
            refinement="regression",
        ),
    )


def stride_of(size: tuple[int, int], grid: Sequence[int]) -> tuple[float, ...]:
    """Pixels per cell of a grid that tiles the picture, as deep as it is wide."""
    sides = size if len(grid) == 2 else (size[1], *size)
    return tuple(side / cells for side, cells in zip(sides, grid, strict=True))


def _same_centre(side: int, stride: int) -> float:
    """Where in its cell a zero offset points, of a network that halves ``side`` with SAME.

    A kernel of 3 pads an even side behind only, which moves every cell by one of the layer's
    pixels; an odd side is padded alike on both ends, and moves none.
    """
    moved, step = 0, 1
    while step < stride:
        moved += step * (side % 2 == 0)
        side, step = (side + 1) // 2, step * 2
    return moved / stride


def skeleton_of(joints: int, *known: Skeleton) -> str:
    """Name of the known skeleton with that many joints, else a numbered one."""
    names = (skeleton.name for skeleton in known if len(skeleton.joints) == joints)
    return next(names, f"numbered_{joints}")
