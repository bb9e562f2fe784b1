"""The pose systems that users bring, as decode specs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from poseconvert.decoding.crowds import (
    MIDDLE,
    anchored,
    centernet,
    movenet,
    openpose,
    posenet_multi,
    rows,
)
from poseconvert.decoding.maps_and_numbers import (
    coordinates,
    deeplabcut,
    heatmap,
    lifter,
    simcc,
)
from poseconvert.decoding.roles import roles_of
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.systems import (
    Network,
    deeppose,
    dual_head,
    integral_3d,
    posenet,
    simple_baselines,
)
from poseconvert.errors import DecodeError

PRESETS: dict[str, Callable[[Network], tuple[DecodeSpec, ...]]] = {
    "dual_head_224": partial(dual_head, unit="image", centre=0.0, frame="corner"),
    "dual_head_448": partial(dual_head, unit="cell", centre=0.5, frame="centred_y_up"),
    "posenet": partial(posenet, activation="logit"),
    "posenet_same": partial(posenet, activation="logit", same=True),
    "posenet_probability": partial(posenet, activation="probability"),
    "simple_baselines": simple_baselines,
    "integral_3d": integral_3d,
    "deeppose": deeppose,
    "heatmap": heatmap,
    "heatmap_background": partial(heatmap, background=1),
    "heatmap_dark": partial(heatmap, refinement="dark", blur=11),
    "simcc": simcc,
    "deeplabcut": deeplabcut,
    "coordinates": coordinates,
    "coordinates_fraction": partial(coordinates, unit="image"),
    "coordinates_scored": partial(coordinates, numbers="xys"),
    "blazepose": partial(coordinates, unit="image", numbers="xyzs"),
    "mtcnn": partial(coordinates, unit="image", numbers="xy", interleaved=False),
    "movenet_lightning": partial(coordinates, unit="image", numbers="yxs"),
    "lifter": lifter,
    "yolo": partial(rows, row=(*MIDDLE, "score", "keypoints")),
    "yolo_oks": partial(rows, row=(*MIDDLE, "score", "keypoints"), suppression="oks"),
    "yolo_end_to_end": partial(
        rows,
        row=("x1", "y1", "x2", "y2", "score", "skip", "keypoints"),
        suppression="none",
        few=True,
        most=1000,
    ),
    "movenet_multipose": partial(
        rows,
        row=("keypoints", "y1", "x1", "y2", "x2", "score"),
        numbers="yxs",
        unit="image",
        suppression="none",
        few=True,
    ),
    "movenet": movenet,
    "centernet": centernet,
    "posenet_multi": partial(posenet_multi, activation="logit"),
    "posenet_multi_probability": partial(posenet_multi, activation="probability"),
    "openpose": openpose,
    "blazeface": partial(anchored, score=0.75),
    "blazepose_detector": partial(anchored, score=0.5),
}


def specs(
    preset: str, *, input_size: tuple[int, int], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[DecodeSpec, ...]:
    """Derive the decode specs of a network of a known system.

    Parameters
    ----------
    preset
        A key of :data:`PRESETS`.
    input_size
        Network input ``(H, W)`` in pixels.
    shapes
        NCHW shape of every output by name. Dual-head networks name them ``heatmap2d offset2d
        heatmap3d offset3d`` (either pair may be absent), PoseNet ``heatmap offset``; outputs the
        preset does not read are passed over; where no name says it, channel counts do. A system
        with one output reads ``heatmap`` (``keypoints`` for DeepPose), or the only one there is.

    Returns
    -------
    tuple of DecodeSpec
        One per head, 2D before 3D.

    Raises
    ------
    DecodeError
        No preset has that name, or the shapes do not fit it.
    """
    if preset not in PRESETS:
        raise DecodeError(
            f'there is no decode preset "{preset}". Use {", ".join(PRESETS)}, or write the '
            "specs in a JSON file."
        )
    height, width = input_size
    named = roles_of(preset, shapes)
    role = {name: role for role, name in named.items()}
    known = {role.get(name, name): shape for name, shape in shapes.items()}
    made = PRESETS[preset](Network(preset, (int(height), int(width)), known))
    return tuple(
        replace(
            spec,
            heatmap=named.get(spec.heatmap or "", spec.heatmap),
            offset=named.get(spec.offset or "", spec.offset),
        )
        for spec in made
    )
