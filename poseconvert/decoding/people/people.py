"""People found in a batch of pictures, and which decoder finds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.geometry import Float64Array
from poseconvert.decoding.people.centres import centernet, movenet
from poseconvert.decoding.people.displacements import posenet
from poseconvert.decoding.people.fields import openpose
from poseconvert.decoding.people.record import Found, People
from poseconvert.decoding.people.rows import rows
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, float_tensor
from poseconvert.errors import DecodeError

_READERS: dict[str, Callable[[Outputs, DecodeSpec, int], Found]] = {
    "rows": rows,
    "movenet": movenet,
    "centernet": centernet,
    "posenet": posenet,
    "openpose": openpose,
}


def decode_people(outputs: Outputs, spec: DecodeSpec) -> People:
    """Find all people of every picture.

    Parameters
    ----------
    outputs
        Float tensors by name, N leading.
    spec
        With `people`.

    Returns
    -------
    People
        By picture, best first. Nobody is no error.

    Raises
    ------
    DecodeError
        The spec is of one person, or an output is missing, not float or of another shape.
    """
    if spec.people is None:
        raise DecodeError("decode_people: the decode spec is of one person. Use decode.")
    found = [
        _READERS[spec.people.method](outputs, spec, n) for n in range(frames_of(outputs, spec))
    ]
    picture = np.repeat(np.arange(len(found)), [len(one.person) for one in found])
    return People(
        picture=picture,
        position=np.concatenate([one.position for one in found]),
        score=np.concatenate([one.score for one in found]),
        person=np.concatenate([one.person for one in found]),
        box=np.concatenate([one.box for one in found]),
    )


def frames_of(outputs: Outputs, spec: DecodeSpec) -> int:
    """Return N, which every output that is read must have.

    Raises
    ------
    DecodeError
        An output is missing, not float, or of another N.
    """
    counts = {name: len(float_tensor(outputs, name)) for name in spec.reads}
    if len(set(counts.values())) != 1 or not min(counts.values()):
        found = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise DecodeError(f"outputs of several N ({found}). Give all of one batch.")
    return next(iter(counts.values()))


def best_person(
    people: People, frames: int, spec: DecodeSpec
) -> tuple[Float64Array, Float64Array, npt.NDArray[Any]]:
    """Return position, score and cell (N, J) of the best person; cell is 0, or -1 if absent."""
    position = np.full((frames, spec.joints, 2), np.nan)
    score = np.zeros((frames, spec.joints))
    for n in range(frames):
        if (of_picture := np.flatnonzero(people.picture == n)).size:
            position[n], score[n] = people.position[of_picture[0]], people.score[of_picture[0]]
    cell: Cells = np.where(score > 0, 0, -1)
    return position, score, cell
