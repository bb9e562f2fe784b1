"""What an evaluation stands on: two are compared only where all of it is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from PIL import Image

from poseconvert.datasets.dataset import Dataset, Person
from poseconvert.decoding import DecodeSpec, skeleton_named
from poseconvert.decoding.matching import shared_joints
from poseconvert.fields import Name, Sha256
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.metrics.ratio import RESAMPLES
from poseconvert.pipeline.evaluate.ground_truth import HEAD, TORSO

# Changes when a metric is computed otherwise.
_VERSION = 1
# Characters of a digest and of a value in a message.
_SHOWN, _WORD = 12, 50


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things an evaluation stands on.

    Attributes
    ----------
    digest : SHA-256 of all of it.
    of : what of it can be said in a word, so that a difference can be named.
    """

    digest: Sha256
    of: Mapping[Name, Name | int | float]


@dataclass(frozen=True, slots=True)
class Basis:
    """What an evaluation stands on.

    Attributes
    ----------
    dataset : the pictures as they were opened, boxes, joints and sizes, in their order.
    protocol : who is shown to the network, which joints are judged, and how.
    preprocessing : how a picture becomes the input.
    """

    dataset: Part
    protocol: Part
    preprocessing: Part

    def differs(self, other: Basis) -> str:
        """Name what is not the same, this one first; empty where all of it is."""
        for name in ("dataset", "protocol", "preprocessing"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine.digest != theirs.digest:
                return f"another {name}: {_difference(mine, theirs)}"
        return ""


def _difference(mine: Part, theirs: Part) -> str:
    names = dict.fromkeys((*mine.of, *theirs.of))
    for name in names:
        here, there = mine.of.get(name), theirs.of.get(name)
        if here != there:
            return f"{name} {_word(here)} here, {_word(there)} there"
    digests = mine.digest[:_SHOWN], theirs.digest[:_SHOWN]
    return f"other pictures or annotations (SHA-256 {digests[0]} here, {digests[1]} there)"


def _word(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _WORD else f"{text[: _WORD // 2]} ... {text[-_WORD // 2 :]}"


@dataclass(slots=True)
class Shown:
    """The people that were shown, as they are shown: their pictures are never in memory together.

    Attributes
    ----------
    people : how many.
    """

    people: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, person: Person, picture: Image.Image) -> None:
        """Take a person with the picture that was opened."""
        numbers = (person.box, person.joints, person.head, person.height, person.area)
        self._hash.update(repr((picture.mode, picture.size)).encode())
        self._hash.update(picture.tobytes())
        for one in (*numbers, person.visible):
            values = np.asarray(one, np.float64)
            self._hash.update(repr(values.shape).encode() + values.astype("<f8").tobytes())
        self.people += 1

    def basis(
        self,
        dataset: Dataset,
        specs: Sequence[DecodeSpec],
        preprocessing: Preprocessing,
        *,
        pictures: Literal["people by their boxes", "whole pictures"],
    ) -> Basis:
        """Say what an evaluation of all that was shown stands on."""
        self._hash.update(repr(dataset.skeleton.joints).encode())
        judged = {
            f"joints of the {spec.dims}D head": ", ".join(
                dataset.skeleton.joints[theirs]
                for _, theirs in shared_joints(skeleton_named(spec.skeleton), dataset.skeleton)
            )
            for spec in specs
        }
        measures = {
            "PCK": " ".join(f"{share}" for share in TORSO[2]),
            "PCK of 3D": " ".join(f"{share}" for share in TORSO[3]),
            "PCKh": HEAD,
            "bootstraps": RESAMPLES,
            "version": _VERSION,
        }
        known: dict[str, str | int | float] = {
            "name": dataset.name,
            "people": self.people,
            "joints": dataset.skeleton.name,
        }
        return Basis(
            Part(self._hash.hexdigest(), known),
            _said({"pictures": pictures, **judged, **measures}),
            _said(asdict(preprocessing)),
        )


def _said(values: Mapping[str, Any]) -> Part:
    text = json.dumps(values, sort_keys=True)
    return Part(hashlib.sha256(text.encode()).hexdigest(), values)
