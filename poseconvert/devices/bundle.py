"""A folder for the phone: packages, goldens, and the plan of what is measured."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poseconvert.conversion.digest import digest
from poseconvert.conversion.folder import written_at_once
from poseconvert.conversion.golden import FOLDER, read_goldens
from poseconvert.conversion.manifest import Manifest, edited_artifacts, read_manifest
from poseconvert.decoding import skeleton_named
from poseconvert.drift.tolerances import FLOOR_FACTOR, FLOOR_LIMIT, TOLERANCES
from poseconvert.errors import ConversionError, PackageError
from poseconvert.mil import read_package

SCHEMA = "poseconvert.ios-plan.v1"
PLAN = "plan.json"
PACKAGE = "model.mlpackage"
UNITS = ("all", "cpuAndGPU", "cpuOnly")
A11_SPEC_VERSION = 7


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how often the phone measures; the reasons are in ``ios_harness/README.md``.

    Attributes
    ----------
    runs : of every model on every unit.
    rest_s : before every run, so that each begins on a cool phone.
    sustained_s : whole seconds of a long run.
    """

    runs: int = 3
    rest_s: float = 300.0
    sustained_s: int = 600

    def to_dict(self) -> dict[str, float]:
        """Return the plan's settings, with those that nobody changes."""
        return {
            "runs": self.runs,
            "warmup_count": 30,
            "warmup_s": 2.0,
            "burst_count": 1024,
            "burst_s": 60.0,
            "burst_limit_s": 600.0,
            "sustained_s": self.sustained_s,
            "rest_s": self.rest_s,
            "cooling_limit_s": 900.0,
        }


def write_bundle(
    conversions: Sequence[Path],
    target: Path,
    *,
    settings: Settings,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Write packages, goldens and ``plan.json`` into ``target``; return the plan.

    Raises
    ------
    ConversionError : a conversion is edited, malformed, takes no picture, or shares its name.
    PackageError : a package that an A11 phone, whose last system is iOS 16, cannot load.
    OutputError : the target cannot be written, or holds something else.
    """
    folders = _named(conversions)
    with written_at_once(target, marker=PLAN, kind="bundle") as partial:
        models = []
        for name, folder in folders.items():
            progress(f"checking {name}")
            models.append(_model(name, folder))
            progress(f"copying {name}")
            shipped = folder / read_manifest(folder).package
            shutil.copytree(shipped, partial / name / PACKAGE)
            shutil.copytree(folder / FOLDER, partial / name / FOLDER)
            _require_copy(models[-1], partial / name)
        plan = {
            "schema": SCHEMA,
            "commit": _commit(),
            "settings": settings.to_dict(),
            "compute_units": list(UNITS),
            "models": models,
            "skeletons": _skeletons(models),
        }
        (partial / PLAN).write_text(json.dumps(plan, indent=1) + "\n")
    return plan


def _named(conversions: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in conversions:
        stem = folder.resolve().name.removesuffix(".poseconvert")
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", stem)
        if name in found:
            raise ConversionError(
                f"{folder}: {found[name]} is called {name} too. Rename one of the folders."
            )
        found[name] = folder
    return found


def _kind(name: str, manifest: Manifest) -> str:
    return "image" if name in manifest.images else "tensor"


def _model(name: str, folder: Path) -> dict[str, Any]:
    """Check one conversion and describe it."""
    manifest = read_manifest(folder)
    _check_package(folder, manifest)
    goldens = read_goldens(folder)
    if len(manifest.inputs) != 1 or manifest.images != tuple(manifest.inputs):
        kinds = ", ".join(f"{n} ({_kind(n, manifest)})" for n in manifest.inputs)
        raise ConversionError(
            f"{folder}: its package takes {kinds}, the harness feeds one picture."
            " Convert with --input-kind image."
        )
    pictures = goldens.inputs[0]
    for output, floor in goldens.floor.items():
        if not math.isfinite(floor.relative):
            raise ConversionError(
                f"{folder}: the noise floor of {output} is {floor.relative}, which JSON on a phone"
                " does not have. Convert a network whose outputs are finite."
            )
    precision = "fp32" if manifest.precision == "fp32" else "fp16"
    tolerance = TOLERANCES[f"end_to_end/{'compressed' if manifest.compress else precision}"]
    height, width = pictures.shape[1:3]
    return {
        "name": name,
        "folder": name,
        "sha256": digest(folder / manifest.package),
        "spec_version": read_package(folder / manifest.package).spec_version,
        "precision": manifest.precision,
        "input": {"name": next(iter(manifest.inputs)), "width": width, "height": height},
        "outputs": {output: list(shape) for output, shape in manifest.outputs.items()},
        "decode": list(manifest.decode),
        "tolerance": {
            "relative": tolerance.relative,
            "psnr_db": tolerance.psnr_db,
            "joint_px": tolerance.joint_px,
            "floor_factor": FLOOR_FACTOR,
            "floor_limit": FLOOR_LIMIT,
        },
        "golden_sha256": digest(folder / FOLDER / "golden.json"),
    }


def _check_package(folder: Path, manifest: Manifest) -> None:
    package = manifest.package
    if not package:
        raise ConversionError(f"{folder}: holds no {PACKAGE}. Convert again.")
    edited = edited_artifacts(folder, manifest)
    if package in edited:
        raise ConversionError(f"{folder}: {edited[package]}. Convert again.")
    version = read_package(folder / package).spec_version
    if version > A11_SPEC_VERSION:
        raise PackageError(
            f"{folder / package}: specification version {version} needs iOS 17 or newer, and an A11"
            " phone ends at iOS 16. Convert with --target iOS16."
        )


def _require_copy(model: dict[str, Any], copy: Path) -> None:
    """Refuse files that were changed between the check and the copy."""
    if digest(copy / PACKAGE) != model["sha256"]:
        raise ConversionError(f"{copy.name}: {PACKAGE} changed while it was copied. Try again.")
    read_goldens(copy)


def _skeletons(models: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = {str(spec["skeleton"]) for model in models for spec in model["decode"]}
    found = {name: skeleton_named(name) for name in sorted(names)}
    return {
        name: {"joints": list(skeleton.joints), "bones": [list(bone) for bone in skeleton.bones]}
        for name, skeleton in found.items()
    }


def _commit() -> str:
    """Return the commit of the repository this package lies in, empty where it lies in none."""
    git = shutil.which("git")
    if git is None:
        return ""
    here = Path(__file__).parent
    done = subprocess.run(
        [git, "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
