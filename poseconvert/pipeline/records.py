"""What a manifest records of a conversion: versions, MODEL, artifacts."""

from __future__ import annotations

import os
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from poseconvert.conversion.digest import digest
from poseconvert.conversion.manifest import Artifact, ModelRecord
from poseconvert.pipeline.links import COMPRESSED, ONNX, PACKAGE, SIMPLIFIED
from poseconvert.pipeline.origin import Origin

_LIBRARIES = (
    "poseconvert",
    "torch",
    "onnx",
    "onnxruntime",
    "onnxsim",
    "coremltools",
    "onnx2coreml",
    "numpy",
)


def library_versions() -> dict[str, str]:
    """Return the versions that make an artifact what it is."""
    return {name: version(name) for name in _LIBRARIES}


def artifacts_of(origin: Origin, folder: Path, *, compressed: bool) -> tuple[Artifact, ...]:
    """List what stands in the folder, in the order of the chain, with its hashes."""
    made = [
        (ONNX, "onnx", "onnx_from_torch" if origin.source else "source"),
        (SIMPLIFIED, "onnx", "simplified_from_onnx"),
        (PACKAGE, "mlpackage", "coreml_from_onnx"),
    ]
    if compressed:
        made.append((COMPRESSED, "mlpackage", "compressed_from_coreml"))
    return tuple(Artifact(name, kind, stage, digest(folder / name)) for name, kind, stage in made)


def model_record(origin: Origin, target: Path) -> ModelRecord:
    """Say where MODEL is, seen from ``target``, and how it was read."""
    return ModelRecord(
        path=Path(os.path.relpath(origin.path.absolute(), target.absolute())).as_posix(),
        sha256=digest(origin.path),
        architecture=origin.architecture,
        config=dict(origin.config),
        options=asdict(origin.options),
    )
