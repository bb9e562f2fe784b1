"""``manifest.json``: what a conversion holds, what made it, and what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from poseconvert.conversion.digest import digest
from poseconvert.conversion.folder import MANIFEST
from poseconvert.conversion.size_record import SizeRecord, shapes_of, size_record
from poseconvert.errors import ConversionError

SCHEMA = "poseconvert.conversion.v2"
_MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or package a stage made.

    Attributes
    ----------
    name : path inside the conversion folder.
    format : ``onnx`` or ``mlpackage``.
    stage : the stage that made it; ``source`` for an ONNX file the user gave.
    sha256 : of the bytes when it was made.
    """

    name: str
    format: str
    stage: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Where the conversion came from.

    Attributes
    ----------
    path : MODEL relative to the conversion folder.
    sha256 : of MODEL's bytes.
    architecture, config, options : what is needed to load it again.
    """

    path: str
    sha256: str
    architecture: str
    config: Mapping[str, Any]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """What became of one way to Core ML.

    Attributes
    ----------
    route : ``onnx2coreml``, ``onnxsim`` or ``torch``; ``onnxsim, functions expanded``
        where the ops of the ONNX standard were first replaced by simpler ones.
    shipped : whether the package was made by it.
    parity : verdict on its float32 package; ``not run`` where there is none.
    reason : why it is not held; empty when it is.
    output, drift, allowed : the output furthest outside its tolerance, its drift as a
        part of the range and what was allowed; null where it was not measured.
    """

    route: str
    shipped: bool
    parity: str
    reason: str
    output: str
    drift: float | None
    allowed: float | None


@dataclass(frozen=True, slots=True)
class CompressRecord:
    """What the compressed package is, beside the one it was made from.

    Attributes
    ----------
    compression : ``int8``, ``palette8``, ``palette6`` or ``palette4``.
    weights : how many were compressed.
    disk_before, disk_after : bytes of both packages.
    moved_before, moved_after : bytes that the convolutions and products of one run read and
        write; None where a shape is not fixed.
    """

    compression: str
    weights: int
    disk_before: int
    disk_after: int
    moved_before: int | None
    moved_after: int | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a reader of a conversion folder needs.

    Attributes
    ----------
    created_utc : ISO 8601.
    versions : tool and library versions.
    model : where it came from.
    notes : what was done to the model and the package, in sentences.
    inputs : shape of each input by name, in the network's order.
    images : those of them that the package takes as images; the others are tensors.
    outputs : shape of each output by name, float32.
    preprocessing : :meth:`Preprocessing.to_dict` by name of those inputs that are pictures.
    decode : one :meth:`DecodeSpec.to_dict` per head; empty when the network is unknown.
    precision, keep_fp32, target : of the Core ML package.
    artifacts : in the order of the chain.
    parity : verdict per comparison, by stage and candidate.
    tolerances : what was allowed, by stage.
    verdict : ``held``, ``broken`` or ``not run``.
    routes : ways to Core ML that were tried, in order; empty in older conversions.
    compress : of ``model.compressed.mlpackage``; None where there is none.
    sizes : those that the package takes beside that of ``inputs``; empty for one size.
    """

    created_utc: str
    versions: Mapping[str, str]
    model: ModelRecord
    notes: tuple[str, ...]
    inputs: Mapping[str, tuple[int, ...]]
    images: tuple[str, ...]
    outputs: Mapping[str, tuple[int, ...]]
    preprocessing: Mapping[str, Mapping[str, Any]]
    decode: tuple[Mapping[str, Any], ...]
    precision: str
    keep_fp32: tuple[str, ...]
    target: str
    artifacts: tuple[Artifact, ...]
    parity: tuple[Mapping[str, Any], ...]
    tolerances: Mapping[str, Any]
    verdict: str
    routes: tuple[RouteRecord, ...] = ()
    compress: CompressRecord | None = None
    sizes: tuple[SizeRecord, ...] = ()

    @property
    def package(self) -> str:
        """Name of the package an app ships: the compressed one where there is one."""
        packages = [one.name for one in self.artifacts if one.format == "mlpackage"]
        return packages[-1] if packages else ""

    def write(self, folder: Path) -> None:
        """Write ``manifest.json`` into ``folder``."""
        values = {"schema": SCHEMA, **asdict(self)}
        (folder / MANIFEST).write_text(json.dumps(values, indent=2) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` of a conversion folder.

    Raises
    ------
    ConversionError : missing, not JSON, of another schema, or with names that
        leave the folder.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConversionError(f"{path}: larger than {_MAX_BYTES} bytes. Convert again.")
        values = json.loads(path.read_bytes())
    except OSError as error:
        raise ConversionError(
            f"{folder}: not a conversion folder (no readable {MANIFEST})."
            " Make one with: poseconvert convert MODEL"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path}: not JSON ({error}). Convert again.") from error
    found = values.pop("schema", None) if isinstance(values, dict) else None
    if found != SCHEMA:
        raise ConversionError(
            f"{path}: schema {found!r}, this version reads {SCHEMA!r}. Convert again."
        )
    try:
        manifest = _from_values(values)
    except (TypeError, LookupError, ValueError, AttributeError, OverflowError) as error:
        raise ConversionError(f"{path}: malformed ({error}). Convert again.") from error
    for artifact in manifest.artifacts:
        name = PurePosixPath(str(artifact.name))
        if name.is_absolute() or ".." in name.parts or len(name.parts) != 1:
            raise ConversionError(f"{path}: artifact {artifact.name!r} leaves the folder. Refused.")
    return manifest


def _from_values(values: dict[str, Any]) -> Manifest:
    return Manifest(
        **{
            **values,
            "model": ModelRecord(**values["model"]),
            "notes": tuple(values["notes"]),
            "keep_fp32": tuple(values["keep_fp32"]),
            "inputs": shapes_of(values["inputs"]),
            "images": tuple(values["images"]),
            "outputs": shapes_of(values["outputs"]),
            "decode": tuple(values["decode"]),
            "artifacts": tuple(Artifact(**artifact) for artifact in values["artifacts"]),
            "parity": tuple(values["parity"]),
            "routes": tuple(RouteRecord(**route) for route in values.get("routes", ())),
            "compress": _compress(values.get("compress")),
            "sizes": tuple(size_record(size) for size in values.get("sizes", ())),
        }
    )


def _compress(values: Mapping[str, Any] | None) -> CompressRecord | None:
    if values is None:
        return None
    record = CompressRecord(**values)
    counts = record.weights, record.disk_before, record.disk_after
    moved = [one for one in (record.moved_before, record.moved_after) if one is not None]
    if any(type(one) is not int or one <= 0 for one in (*counts, *moved)):
        raise ValueError(f"compress has counts that are none: {values}")
    return record


def edited_artifacts(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Say, by artifact name, which are missing or not the bytes the manifest knows."""
    found = {}
    for artifact in manifest.artifacts:
        path = folder / artifact.name
        if not path.exists():
            found[artifact.name] = f"{artifact.name} is missing from {folder}"
        elif digest(path) != artifact.sha256:
            found[artifact.name] = (
                f"{artifact.name} was edited after the conversion (its SHA-256 differs)"
            )
    return found
