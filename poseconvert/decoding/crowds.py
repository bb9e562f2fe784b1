"""How the output shapes of networks of several people become decode specs."""

from __future__ import annotations

from dataclasses import replace

from poseconvert.decoding.people_spec import PeopleSpec, Suppression
from poseconvert.decoding.skeleton import COCO_17, OPENPOSE_18
from poseconvert.decoding.spec import Activation, DecodeSpec, OffsetUnit
from poseconvert.decoding.systems import Network, posenet, skeleton_of, stride_of

Row = tuple[str, ...]
MIDDLE: Row = ("cx", "cy", "w", "h")

# Parents and children. Source: tensorflow/tfjs-models:posenet/src/keypoints.ts poseChain.
_CHAIN = (
    (0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11),
    (11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16),
)  # fmt: skip

# Joints, and channels of the field along x and y.
# Source: Daniil-Osokin/lightweight-human-pose-estimation.pytorch:modules/keypoints.py.
_FIELDS = (
    (1, 2, 12, 13), (1, 5, 20, 21), (2, 3, 14, 15), (3, 4, 16, 17), (5, 6, 22, 23),
    (6, 7, 24, 25), (1, 8, 0, 1), (8, 9, 2, 3), (9, 10, 4, 5), (1, 11, 6, 7),
    (11, 12, 8, 9), (12, 13, 10, 11), (1, 0, 28, 29), (0, 14, 30, 31), (14, 16, 34, 35),
    (0, 15, 32, 33), (15, 17, 36, 37), (2, 16, 18, 19), (5, 17, 26, 27),
)  # fmt: skip


def rows(
    net: Network,
    *,
    row: Row,
    numbers: str = "xys",
    unit: OffsetUnit = "pixel",
    suppression: Suppression = "box",
    score: float = 0.25,
    few: bool = False,
    most: int = 1 << 16,
) -> tuple[DecodeSpec, ...]:
    """Read a person per row of one tensor, (N, numbers, rows) or (N, rows, numbers).

    Joints are as many as fit in a row: 17 of three numbers in one of 56.
    """
    name = net.only("output0")
    sides = net.shape(name, rank=3)
    fixed = len(row) - 1
    # A network has more anchors than numbers; what is suppressed already lies row by row.
    width = sides[1] if few else min(sides)
    joints = (width - fixed) // len(numbers)
    if not _holds(width, fixed, numbers) or max(sides) > most:
        raise net.refused(f'"{name}" holds no rows of {" ".join(row)}. Write a spec file.')
    people = PeopleSpec(method="rows", row=row, suppression=suppression, score=score)
    return (_packed(net, name, joints, people, numbers, unit),)


def _holds(side: int, fixed: int, numbers: str) -> bool:
    return side > fixed and (side - fixed) % len(numbers) == 0


def _packed(
    net: Network,
    name: str,
    joints: int,
    people: PeopleSpec,
    numbers: str,
    unit: OffsetUnit,
    activation: Activation = "linear",
) -> DecodeSpec:
    return DecodeSpec(
        skeleton=skeleton_of(joints, COCO_17),
        joints=joints,
        grid=(1, 1),
        stride=stride_of(net.size, (1, 1)),
        size=net.size,
        heatmap=None,
        offset=name,
        offset_unit=unit,
        refinement="people",
        numbers=numbers,
        activation=activation,
        people=people,
    )


def anchored(net: Network, *, score: float) -> tuple[DecodeSpec, ...]:
    """Boxes and points from anchors, and their scores, as BlazeFace and BlazePose's detector.

    Source: ``zmurez/MediaPipePyTorch:blazebase.py``; anchors of google/mediapipe.
    """
    scores = [name for name, shape in net.shapes.items() if len(shape) == 3 and shape[2] == 1]
    boxes = [name for name, shape in net.shapes.items() if len(shape) == 3 and shape[2] > 4]
    if len(scores) != 1 or len(boxes) != 1:
        raise net.refused("needs boxes (N, anchors, 4 + 2 points) and scores (N, anchors, 1).")
    count, numbers = net.shape(boxes[0], rank=3)
    grids = (((8, 2), (16, 6)), ((8, 2), (16, 2), (32, 6)), ((8, 2), (16, 2), (32, 2)))
    anchors = next((one for one in grids if _anchors(net, one) == count), None)
    if anchors is None or numbers % 2:
        raise net.refused(f"{count} rows of {numbers} numbers fit no anchors. Write a spec file.")
    people = PeopleSpec(
        method="rows",
        outputs=(scores[0],),
        row=(*MIDDLE, "keypoints"),
        anchors=anchors,
        suppression="blend",
        overlap=0.3,
        score=score,
    )
    return (_packed(net, boxes[0], (numbers - 4) // 2, people, "xy", "pixel", "logit"),)


def _anchors(net: Network, grids: tuple[tuple[int, int], ...]) -> int:
    height, width = net.size
    return sum(-(-height // step) * -(-width // step) * each for step, each in grids)


def movenet(net: Network) -> tuple[DecodeSpec, ...]:
    """Heatmap, centre, regression and offset, in this order if their names do not say it."""
    names = _in_order(net, ("heatmap", "center", "regression", "offset"))
    joints, *grid = net.shape(names[0])
    wanted = [joints, 1, 2 * joints, 2 * joints]
    if [net.shape(name)[0] for name in names] != wanted:
        raise net.refused(f"needs outputs of {wanted} channels, in this order.")
    people = PeopleSpec(method="movenet", outputs=(names[1], names[2]), score=0.0, limit=1)
    return (_gridded(net, names[0], names[3], joints, grid, people),)


def centernet(net: Network) -> tuple[DecodeSpec, ...]:
    """Read hm, wh, hps, reg, hm_hp and hp_offset, in this order if names do not say it."""
    names = _in_order(net, ("hm", "wh", "hps", "reg", "hm_hp", "hp_offset"))
    joints, *grid = net.shape(names[4])
    wanted = [1, 2, 2 * joints, 2, joints, 2]
    if [net.shape(name)[0] for name in names] != wanted:
        raise net.refused(f"needs outputs of {wanted} channels, in this order.")
    people = PeopleSpec(method="centernet", outputs=tuple(names[:4]), score=0.3, limit=100)
    return (_gridded(net, names[4], names[5], joints, grid, people, "logit"),)


def _in_order(net: Network, roles: tuple[str, ...]) -> tuple[str, ...]:
    if set(roles) <= set(net.shapes):
        return roles
    names = tuple(name for name, shape in net.shapes.items() if len(shape) == 4)
    if len(names) != len(roles):
        raise net.refused(f"needs outputs {', '.join(roles)}.")
    return names


def _gridded(
    net: Network,
    heatmap: str,
    offset: str,
    joints: int,
    grid: list[int],
    people: PeopleSpec,
    activation: Activation = "linear",
) -> DecodeSpec:
    return DecodeSpec(
        skeleton=skeleton_of(joints, COCO_17),
        joints=joints,
        grid=tuple(grid),
        stride=stride_of(net.size, grid),
        size=net.size,
        heatmap=heatmap,
        offset=offset,
        offset_unit="cell",
        interleaved=True,
        activation=activation,
        people=people,
    )


def posenet_multi(net: Network, *, activation: Activation) -> tuple[DecodeSpec, ...]:
    """PoseNet's heatmap and offset with displacements forward and backward."""
    displaced = [name for name, shape in net.shapes.items() if shape[1:2] == (2 * len(_CHAIN),)]
    named = ("displacement_fwd", "displacement_bwd")
    both = named if set(named) <= set(net.shapes) else tuple(displaced)
    if len(both) != 2:
        raise net.refused(f"needs two outputs of {2 * len(_CHAIN)} channels: displacements.")
    rest = {name: shape for name, shape in net.shapes.items() if name not in both}
    heatmap = next((n for n, s in rest.items() if s[1:2] == (17,)), "heatmap")
    offset = next((n for n, s in rest.items() if s[1:2] == (34,)), "offset")
    known = {"heatmap": rest.get(heatmap, ()), "offset": rest.get(offset, ())}
    (spec,) = posenet(Network(net.preset, net.size, known), activation=activation)
    people = PeopleSpec(
        method="posenet", outputs=both, limbs=_CHAIN, score=0.5, joint_score=0.5, limit=10
    )
    return (replace(spec, heatmap=heatmap, offset=offset, people=people),)


def openpose(net: Network) -> tuple[DecodeSpec, ...]:
    """18 joints and a background, and 19 fields; of several stages the last."""
    maps = [name for name, shape in net.shapes.items() if shape[1:2] == (19,)]
    fields = [name for name, shape in net.shapes.items() if shape[1:2] == (38,)]
    if not (maps and fields):
        raise net.refused("needs heatmaps of 19 channels and fields of 38.")
    channels, *grid = net.shape(maps[-1])
    people = PeopleSpec(
        method="openpose", outputs=(fields[-1],), limbs=_FIELDS, score=0.2, radius=12.0, limit=100
    )
    return (
        DecodeSpec(
            skeleton=OPENPOSE_18.name,
            joints=channels - 1,
            grid=tuple(grid),
            stride=stride_of(net.size, grid),
            size=net.size,
            heatmap=maps[-1],
            refinement="none",
            background=1,
            people=people,
        ),
    )
