"""A Swift package for the user's own app: networks, and the way from a picture to their joints."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from poseconvert.conversion.atomic_write import written_at_once
from poseconvert.conversion.manifest import Manifest, read_manifest
from poseconvert.conversion.promise import package_of
from poseconvert.conversion.sha256 import digest
from poseconvert.decoding import DecodeSpec
from poseconvert.devices.bundle import named, planned_model, skeletons
from poseconvert.devices.plan import PlannedModel, PlannedSkeleton
from poseconvert.errors import ConversionError
from poseconvert.fields import Count, Name, Precision, Sha256, Shapes, Verdict
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.stages.stage import PACKAGE

SCHEMA = "poseconvert.pose-model.v1"
PACKAGE_SCHEMA = "poseconvert.swift-package.v1"
MARKER = "poseconvert.json"
MODULE = "PoseLoader"
MODELS = "PoseModels"  # of the bundle: an app's bundle may hold no folder named Resources
_SWIFT = Path(__file__).parent / "swift"
_TEMPLATES = "Package"
# By specification version: the oldest system that loads it.
_OLDEST = {6: "16.0", 7: "16.0", 8: "17.0", 9: "18.0"}


@dataclass(frozen=True, slots=True)
class PoseModel:
    """``pose.json`` beside a package.

    Attributes
    ----------
    name : Of the model.
    sha256 : Of the package.
    spec_version : Of the package.
    precision : Of the package's ops, but for those kept in float32.
    parity : Of the conversion; other than held only with --allow-broken.
    input : Of the package, a picture.
    preprocessing : How a picture of any size becomes the input.
    outputs : Shapes by name.
    decode : One per head.
    skeletons : Of the heads, by name.
    """

    name: Name
    sha256: Sha256
    spec_version: Count
    precision: Precision
    parity: Verdict
    input: Name
    preprocessing: Preprocessing
    outputs: Shapes
    decode: tuple[DecodeSpec, ...]
    skeletons: Mapping[Name, PlannedSkeleton]


def write_swift_package(
    conversions: Sequence[Path],
    target: Path,
    *,
    allow_broken: bool = False,
    progress: Callable[[str], None],
) -> tuple[PoseModel, ...]:
    """Write a Swift package that loads the conversions' packages; return what it holds.

    Parameters
    ----------
    allow_broken : take conversions whose parity is not held; their ``pose.json`` says so.

    Raises
    ------
    ConversionError : a conversion is not held, edited, malformed, takes no picture, or shares
        its name.
    PackageError : a package is malformed, or newer than iOS 18.
    OutputError : the target cannot be written, or holds something else.
    """
    folders = named(conversions)
    with written_at_once(target, marker=MARKER, kind="Swift package") as partial:
        models = []
        for name, folder in folders.items():
            progress(f"checking {name}")
            manifest = read_manifest(folder)
            planned = planned_model(
                name, folder, manifest, allow_broken=allow_broken, for_a11=False
            )
            model = _model(planned, manifest)
            place = partial / "Sources" / MODULE / MODELS / name
            progress(f"copying {name}")
            shutil.copytree(folder / package_of(manifest), place / PACKAGE)
            if digest(place / PACKAGE) != model.sha256:
                raise ConversionError(f"{name}: {PACKAGE} changed while it was copied. Try again.")
            _write(place / "pose.json", {"schema": SCHEMA, **asdict(model)})
            models.append(model)
        _copy_sources(partial, models)
        _write(partial / MARKER, package_json(models))
    return tuple(models)


def package_json(models: Sequence[PoseModel]) -> dict[str, Any]:
    """Return what ``--swift --json`` prints, and ``poseconvert.json`` of the package holds."""
    return {
        "schema": PACKAGE_SCHEMA,
        "module": MODULE,
        "models": [
            {"name": one.name, "sha256": one.sha256, "parity": one.parity} for one in models
        ],
    }


def _model(planned: PlannedModel, manifest: Manifest) -> PoseModel:
    return PoseModel(
        name=planned.name,
        sha256=planned.sha256,
        spec_version=planned.spec_version,
        precision=planned.precision,
        parity=planned.parity,
        input=planned.input.name,
        preprocessing=next(iter(manifest.preprocessing.values())),
        outputs=planned.outputs,
        decode=planned.decode,
        skeletons=skeletons([planned]),
    )


def _copy_sources(partial: Path, models: Sequence[PoseModel]) -> None:
    """Copy the loader, and fill in what depends on the models."""
    sources = partial / "Sources" / MODULE
    for part in sorted(_SWIFT.iterdir()):
        if part.is_dir() and part.name != _TEMPLATES:
            shutil.copytree(part, sources / part.name)
        elif part.suffix == ".swift":
            shutil.copyfile(part, sources / part.name)
    templates = _SWIFT / _TEMPLATES
    shutil.copyfile(templates / "PoseModels.swift", sources / "PoseModels.swift")
    shutil.copytree(templates / "Tests", partial / "Tests" / f"{MODULE}Tests")
    system = _OLDEST[max(one.spec_version for one in models)]
    text = (templates / "Package.swift").read_text(encoding="utf-8")
    (partial / "Package.swift").write_text(text.replace('"16.0"', f'"{system}"'), encoding="utf-8")
    text = (templates / "README.md").read_text(encoding="utf-8")
    (partial / "README.md").write_text(text.replace("MODEL", models[0].name), encoding="utf-8")


def _write(path: Path, values: Mapping[str, object]) -> None:
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
