"""``manifest.json``: what a conversion holds, what made it, and what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from poseconvert.conversion.atomic_write import MANIFEST
from poseconvert.conversion.codec import decoded, record_of
from poseconvert.conversion.interface import Interface
from poseconvert.conversion.promise import broken_promise
from poseconvert.conversion.row_record import RowRecord
from poseconvert.conversion.rule_record import RulesRecord
from poseconvert.conversion.sha256 import digest
from poseconvert.conversion.size_record import SizeRecord
from poseconvert.decoding import DecodeSpec
from poseconvert.drift import Tolerance
from poseconvert.errors import ConversionError
from poseconvert.fields import (
    Compression,
    Format,
    Name,
    Positive,
    Precision,
    Setting,
    Sha256,
    Shapes,
    Size,
    Stage,
    Target,
    Text,
    Tried,
    Verdict,
)
from poseconvert.files import read_regular
from poseconvert.imaging.preprocessing import Preprocessing

SCHEMA = "poseconvert.conversion.v2"
_MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or package that a stage made.

    Attributes
    ----------
    name : Path inside the conversion folder.
    format : ``onnx`` for a file, ``mlpackage`` for a folder.
    stage : The stage that made it; ``source`` for an ONNX file that was given.
    sha256 : Of the bytes when it was made.
    """

    name: Name
    format: Format
    stage: Stage
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Where the conversion came from.

    Attributes
    ----------
    path : MODEL, relative to the conversion folder.
    sha256 : Of MODEL's bytes.
    architecture : Name of the family, ``torchscript``, ``exported``, ``module`` or ``onnx``.
    config : What varies within the family.
    options : What was asked for, to load MODEL again.
    renamed : What every artifact calls those inputs and outputs whose names in MODEL Core ML
        cannot hold.
    """

    path: Name
    sha256: Sha256
    architecture: Name
    config: Mapping[Name, Setting]
    options: Mapping[Name, Setting]
    renamed: Mapping[Name, Name] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """One way to Core ML.

    Attributes
    ----------
    route : onnx2coreml, onnxsim or torch; with ``functions expanded`` where ops were first
        replaced by simpler ones.
    shipped : Whether the package was made by it.
    parity : Of its float32 package.
    reason : Why it is not held; empty if it is.
    output : The output furthest outside its tolerance.
    drift : Its drift as a part of the range; null: not measured.
    allowed : What was allowed; null: not measured.
    """

    route: Tried
    shipped: bool
    parity: Verdict
    reason: Text
    output: Name
    drift: Size | None
    allowed: Size | None


@dataclass(frozen=True, slots=True)
class CompressRecord:
    """The compressed package beside the one it was made from.

    Attributes
    ----------
    compression : Bits of a weight, and whether they index a palette.
    weights : How many were compressed.
    disk_before : Bytes of model.mlpackage.
    disk_after : Bytes of model.compressed.mlpackage.
    moved_before : Bytes one run of the first reads and writes, by declared types; null where a
        shape is not fixed.
    moved_after : The same of the second.
    """

    compression: Compression
    weights: Positive
    disk_before: Positive
    disk_after: Positive
    moved_before: Positive | None
    moved_after: Positive | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a conversion holds, what made it, and what was found.

    Attributes
    ----------
    created_utc : ISO 8601.
    versions : Tool and libraries by name.
    model : Where the conversion came from.
    notes : What was done to the model and the package, in sentences.
    inputs : Shape of each input by name, in the network's order.
    images : Inputs that the package takes as images; the others are tensors.
    outputs : Shape of each output by name, float32.
    preprocessing : By name of those inputs that are pictures.
    decode : One per head; empty when the network is unknown.
    precision : Of the package's ops, but for those in keep_fp32.
    keep_fp32 : Ops kept in float32: the name of the weight, or of the result of an op without
        weights.
    target : Oldest system that loads it.
    artifacts : In the order of the chain.
    goldens : SHA-256 of every golden.json by its path in the folder; each names the SHA-256 of
        the files beside it.
    parity : Verdict per comparison.
    tolerances : What was allowed, by stage.
    verdict : held only if every comparison held, and no rule on Core ML keeps it from it.
    routes : Ways to Core ML that were tried, in order.
    compress : The compressed package beside the other; null without one.
    sizes : Sizes that the package takes beside that of inputs; the goldens of each are in
        sizes/HEIGHTxWIDTH/golden.
    interface : How an adopted package is fed and read; null: in the network's own names.
    rules : Rules on Core ML that were asked of the package, and those that fired.
    """

    created_utc: Name
    versions: Mapping[Name, Name]
    model: ModelRecord
    notes: tuple[Text, ...]
    inputs: Shapes
    images: tuple[Name, ...]
    outputs: Shapes
    preprocessing: Mapping[Name, Preprocessing]
    decode: tuple[DecodeSpec, ...]
    precision: Precision
    keep_fp32: tuple[Name, ...]
    target: Target
    artifacts: tuple[Artifact, ...]
    goldens: Mapping[Name, Sha256]
    parity: Annotated[tuple[RowRecord, ...], Meta(min_length=1)]
    tolerances: Mapping[Name, Tolerance]
    verdict: Verdict
    routes: tuple[RouteRecord, ...] = ()
    compress: CompressRecord | None = None
    sizes: tuple[SizeRecord, ...] = ()
    interface: Interface | None = None
    rules: RulesRecord = field(default_factory=RulesRecord)

    def write(self, folder: Path) -> None:
        """Write ``manifest.json`` into ``folder``."""
        values = {"schema": SCHEMA, **asdict(self)}
        (folder / MANIFEST).write_text(json.dumps(values, indent=2) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` of a conversion folder.

    Raises
    ------
    ConversionError : missing, no regular file, not JSON, of another schema, malformed, or not
        what the chain of stages gives.
    """
    path = folder / MANIFEST
    try:
        data = read_regular(path, limit=_MAX_BYTES, inside=folder)
    except OSError as error:
        raise ConversionError(
            f"{folder}: not a conversion folder (no readable {MANIFEST}: {error.strerror})."
            " Make one with: poseconvert convert MODEL"
        ) from error
    manifest = record_of(decoded(data, path), Manifest, path=path, schema=SCHEMA, closed=True)
    if problem := broken_promise(manifest):
        raise ConversionError(f"{path}: {problem}. Convert again.")
    return manifest


def edited_artifacts(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Say, by path in the folder, which artifacts and goldens are missing or other bytes.

    Raises
    ------
    ConversionError : one of them is a link, a device or a FIFO, or holds one.
    """
    known = {artifact.name: artifact.sha256 for artifact in manifest.artifacts}
    found = {}
    for name, sha256 in {**known, **manifest.goldens}.items():
        path = folder / name
        if not path.exists() and not path.is_symlink():
            found[name] = f"{name} is missing from {folder}"
        elif digest(path, inside=folder) != sha256:
            found[name] = f"{name} was edited after the conversion (its SHA-256 differs)"
    return found
