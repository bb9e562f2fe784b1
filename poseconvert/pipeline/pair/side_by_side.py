"""Two networks with nothing in common but the task: where each sees the same joints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poseconvert.decoding import DecodeSpec, Pose, Skeleton, decode, skeleton_named
from poseconvert.decoding.matching import shared_joints
from poseconvert.errors import ConversionError, DecodeError
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture, input_tensor
from poseconvert.imaging.scaling import Scaling
from poseconvert.imaging.wanted import scaled
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.pair.artifact import Artifact, Shapes
from poseconvert.pipeline.pair.described import heads_of
from poseconvert.pipeline.pair.reading import read_artifacts
from poseconvert.runners.fed import channels_first, fed
from poseconvert.runners.runner import Batch, Outputs

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one network sees.

    Attributes
    ----------
    artifact, runner : what ran.
    skeleton : of its first head.
    position : (N, J, 2) x, y in pixels of each picture, NaN where absent.
    score : (N, J).
    """

    artifact: str
    runner: str
    skeleton: Skeleton
    position: Array
    score: Array


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two networks on the same pictures.

    Attributes
    ----------
    names : of the pictures.
    pictures : (H, W, 3) uint8 each.
    first, second : what each sees.
    shared : pairs of joints, an index into each skeleton.
    notes : what was assumed, in sentences.
    """

    names: tuple[str, ...]
    pictures: tuple[NDArray[np.uint8], ...]
    first: Seen
    second: Seen
    shared: tuple[tuple[int, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def distance(self) -> Array:
        """(N, S) between the two, in pixels of the picture; NaN where one is absent."""
        here, there = np.array(self.shared).T
        found: Array = np.linalg.norm(
            self.first.position[:, here] - self.second.position[:, there], axis=2
        )
        return found

    @property
    def body(self) -> Array:
        """(N,) diagonal of the box around the joints that the first sees, in picture pixels."""
        boxes = []
        for points, score in zip(self.first.position, self.first.score, strict=True):
            known = points[(score >= _VISIBLE) & np.isfinite(points).all(axis=1)]
            boxes.append(float(np.linalg.norm(np.ptp(known, axis=0))) if len(known) > 1 else np.nan)
        return np.array(boxes)

    @property
    def both(self) -> NDArray[np.bool_]:
        """(N, S) whether both are sure of the joint."""
        here, there = np.array(self.shared).T
        sure: NDArray[np.bool_] = (self.first.score[:, here] >= _VISIBLE) & (
            self.second.score[:, there] >= _VISIBLE
        )
        return sure


_VISIBLE = 0.5


@dataclass(frozen=True, slots=True)
class SideOptions:
    """What the user says where the artifacts do not.

    Attributes
    ----------
    decode : one per artifact: a preset's name or a JSON file of specs.
    match : a joint of the second by the first's, besides the parts of the body that both have.
    inputs : shapes by name.
    scaling : done to pictures fed as tensors to what does not scale them itself.
    """

    decode: Sequence[str]
    match: Mapping[str, str] = field(default_factory=dict)
    inputs: Shapes = field(default_factory=dict)
    scaling: Scaling | None = None


def side_by_side(
    paths: Sequence[Path], files: Sequence[Path], *, options: SideOptions, progress: Progress
) -> SideBySide:
    """Run two networks on the same pictures, each at its own size, and read their joints.

    Raises
    ------
    PoseconvertError : one cannot be read or run, or they have no joint in common.
    """
    progress("reading the artifacts")
    artifacts = [read_artifacts([path], inputs=_own(path, options))[0] for path in paths]
    pictures = [read_picture(file) for file in files]
    seen = []
    for artifact, spec in zip(artifacts, options.decode, strict=True):
        progress(f"running {artifact.name}")
        seen.append(_seen(artifact, spec, pictures, options.scaling))
    first, second = seen
    shared = _shared(first.skeleton, second.skeleton, options.match)
    if not shared:
        raise ConversionError(
            f"{first.skeleton.name} of {first.artifact} and {second.skeleton.name} of"
            f" {second.artifact} have no joint in common. Pair them:"
            f" --match {first.skeleton.joints[0]}={second.skeleton.joints[0]}"
        )
    unscaled = tuple(
        f"{one.name} does not say its input range: it was fed"
        f" {options.scaling or '0-255; if it wants 0-1 give --scale 1/255'}"
        for one in artifacts
        if not (one.takes_pixels or one.scaling)
    )
    return SideBySide(
        tuple(file.stem for file in files),
        tuple(np.asarray(picture) for picture in pictures),
        first,
        second,
        tuple(shared),
        unscaled,
    )


def _own(path: Path, options: SideOptions) -> Shapes:
    """Return the shapes that were said; none of them helps a package, which says its own."""
    return {} if path.suffix in (".mlpackage", ".mlmodel") else options.inputs


def _seen(
    artifact: Artifact, decode_by: str, pictures: Sequence[Image.Image], scaling: Scaling | None
) -> Seen:
    if len(artifact.inputs) != 1 or not artifact.inputs[0].picture:
        raise ConversionError(
            f"{artifact.path}: takes {', '.join(map(str, artifact.inputs))}. Side by side stand"
            " networks that take one picture."
        )
    outside = None if artifact.scaling or artifact.takes_pixels else scaling
    (wanted,) = scaled(artifact.inputs, outside)
    height, width = wanted.shape[2:]
    preprocessing = Preprocessing(width=width, height=height)
    placed = [input_picture(picture, preprocessing) for picture in pictures]
    batch = Batch({"picture": input_tensor(np.stack([pixels for pixels, _ in placed]))})
    runner = artifact.opens[0]()
    parts = [runner.run(fed(one, {"picture": wanted})) for one in batch.runs(runner.size)]
    answers = {n: np.concatenate([one[n] for one in parts])[: len(placed)] for n in parts[0]}
    outputs, spec = _decodable(artifact, answers, decode_by, last=wanted.channels_last)
    pose: Pose = decode(outputs, spec)
    points = [
        place.to_picture(position[:, :2])
        for position, (_, place) in zip(pose.position, placed, strict=True)
    ]
    skeleton = skeleton_named(spec.skeleton)
    return Seen(artifact.name, runner.name, skeleton, np.stack(points), pose.score)


def _decodable(
    artifact: Artifact, answers: Outputs, decode_by: str, *, last: bool
) -> tuple[Outputs, DecodeSpec]:
    """Return outputs that the decoder fits: what takes channels last mostly answers so."""
    count = artifact.inputs[0].shape[0]

    def fitting(outputs: Outputs) -> tuple[Outputs, DecodeSpec]:
        shapes = {name: (count, *values.shape[1:]) for name, values in outputs.items()}
        return outputs, heads_of([artifact], decode_by, shapes)[0]

    if last:
        moved = {n: channels_first(v) if v.ndim == 4 else v for n, v in answers.items()}
        with suppress(DecodeError):
            return fitting(moved)
    return fitting(answers)


def _shared(first: Skeleton, second: Skeleton, said: Mapping[str, str]) -> list[tuple[int, int]]:
    """Pair joints: those that were said, else parts of the body that both have."""
    pairs = []
    for one, other in said.items():
        for name, skeleton in ((one, first), (other, second)):
            if name not in skeleton.joints:
                raise ConversionError(
                    f"--match {one}={other}: {skeleton.name} has no joint {name}. It has"
                    f" {', '.join(skeleton.joints)}."
                )
        pairs.append((first.joints.index(one), second.joints.index(other)))
    taken = {here for here, _ in pairs}, {there for _, there in pairs}
    pairs += [
        (here, there)
        for here, there in shared_joints(first, second)
        if here not in taken[0] and there not in taken[1]
    ]
    return sorted(pairs)
