"""A folder for the phone: packages, goldens, and the plan of what is measured."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from poseconvert.conversion.atomic_write import written_at_once
from poseconvert.conversion.golden import copy_goldens, read_goldens, write_goldens
from poseconvert.conversion.manifest import Manifest, edited_artifacts, read_manifest
from poseconvert.conversion.parity_json import read_parity, recorded_comparisons
from poseconvert.conversion.promise import GOLDEN, package_of
from poseconvert.conversion.sha256 import digest
from poseconvert.decoding import skeleton_named
from poseconvert.devices.adopted import in_its_names
from poseconvert.devices.plan import (
    PLAN,
    SCHEMA,
    Plan,
    PlannedInput,
    PlannedModel,
    PlannedSkeleton,
    PlannedTolerance,
)
from poseconvert.drift import Parity, verdict
from poseconvert.drift.tolerances import FLOOR_FACTOR, FLOOR_LIMIT, TOLERANCES
from poseconvert.errors import ConversionError, PackageError
from poseconvert.fields import Verdict
from poseconvert.mil import read_package
from poseconvert.stages.stage import END_TO_END, PACKAGE

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
    allow_broken: bool = False,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Write packages, goldens and ``plan.json`` into ``target``; return the plan.

    Parameters
    ----------
    allow_broken : take conversions whose parity is not held; the plan says so of each.

    Raises
    ------
    ConversionError : a conversion is not held, edited, malformed, takes no picture, or shares
        its name.
    PackageError : a package that an A11 phone, whose last system is iOS 16, cannot load.
    OutputError : the target cannot be written, or holds something else.
    """
    folders = named(conversions)
    with written_at_once(target, marker=PLAN, kind="bundle") as partial:
        models = []
        for name, folder in folders.items():
            progress(f"checking {name}")
            manifest = read_manifest(folder)
            models.append(planned_model(name, folder, manifest, allow_broken=allow_broken))
            progress(f"copying {name}")
            shutil.copytree(folder / package_of(manifest), partial / name / PACKAGE)
            golden_sha256 = _goldens(folder, partial / name, manifest)
            models[-1] = replace(models[-1], golden_sha256=golden_sha256)
            if digest(partial / name / PACKAGE) != models[-1].sha256:
                raise ConversionError(f"{name}: {PACKAGE} changed while it was copied. Try again.")
        plan = Plan(_commit(), settings.to_dict(), UNITS, tuple(models), skeletons(models))
        text = json.dumps({"schema": SCHEMA, **asdict(plan)}, indent=1)
        (partial / PLAN).write_text(text + "\n")
    found: dict[str, Any] = json.loads(text)
    return found


def named(conversions: Sequence[Path]) -> dict[str, Path]:
    """Name conversions after their folders.

    Raises
    ------
    ConversionError : two share a name.
    """
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


def _goldens(folder: Path, target: Path, manifest: Manifest) -> str:
    """Write the goldens in the package's names; return the SHA-256 of ``golden.json``."""
    known = manifest.goldens[GOLDEN]
    if manifest.interface:
        _, goldens = in_its_names(folder, manifest, read_goldens(folder, sha256=known))
        write_goldens(target, goldens)
    else:
        copy_goldens(folder, target, sha256=known)
    return digest(target / GOLDEN)


def _kind(name: str, manifest: Manifest) -> str:
    return "image" if name in manifest.images else "tensor"


def planned_model(
    name: str,
    folder: Path,
    manifest: Manifest,
    *,
    allow_broken: bool,
    for_a11: bool = True,
) -> PlannedModel:
    """Check one conversion and describe it.

    Parameters
    ----------
    for_a11 : refuse a package that an A11 phone cannot load.

    Raises
    ------
    ConversionError, PackageError : it is refused, see :func:`write_bundle`.
    """
    _check_package(folder, manifest, for_a11=for_a11)
    parity, why = _parity(folder, manifest)
    if parity != "held" and not allow_broken:
        raise ConversionError(
            f"{folder}: its parity is {parity}: {why}. Convert again, or pack it all the same with"
            " --allow-broken: the plan then says so."
        )
    goldens = read_goldens(folder, sha256=manifest.goldens[GOLDEN], promised=manifest.outputs)
    manifest, goldens = in_its_names(folder, manifest, goldens)
    if len(manifest.inputs) != 1 or manifest.images != tuple(manifest.inputs):
        kinds = ", ".join(f"{n} ({_kind(n, manifest)})" for n in manifest.inputs)
        raise ConversionError(
            f"{folder}: its package takes {kinds}, the harness feeds one picture."
            " Convert with --input-kind image."
        )
    for output, floor in goldens.floor.items():
        if not math.isfinite(floor.relative):
            raise ConversionError(
                f"{folder}: the noise floor of {output} is {floor.relative}, which JSON on a phone"
                " does not have. Convert a network whose outputs are finite."
            )
    kind = "compressed" if manifest.compress else manifest.precision
    tolerance = TOLERANCES[f"{END_TO_END}/{kind}"]
    height, width = goldens.inputs[0].shape[1:3]
    name_of_input = next(iter(manifest.inputs))
    package = folder / package_of(manifest)
    return PlannedModel(
        name=name,
        folder=name,
        sha256=digest(package),
        spec_version=read_package(package).spec_version,
        precision=manifest.precision,
        input=PlannedInput(name_of_input, width, height, manifest.preprocessing[name_of_input].fit),
        outputs=manifest.outputs,
        decode=manifest.decode,
        tolerance=PlannedTolerance(
            tolerance.relative, tolerance.psnr_db, tolerance.joint_px, FLOOR_FACTOR, FLOOR_LIMIT
        ),
        golden_sha256=manifest.goldens[GOLDEN],
        parity=parity,
    )


def _check_package(folder: Path, manifest: Manifest, *, for_a11: bool) -> None:
    if edited := edited_artifacts(folder, manifest):
        raise ConversionError(f"{folder}: {next(iter(edited.values()))}. Convert again.")
    package = folder / package_of(manifest)
    version = read_package(package).spec_version
    if for_a11 and version > A11_SPEC_VERSION:
        raise PackageError(
            f"{package}: specification version {version} needs iOS 17 or newer, and an A11"
            " phone ends at iOS 16. Convert with --target iOS16."
        )


def _parity(folder: Path, manifest: Manifest) -> tuple[Verdict, str]:
    """Judge what the conversion recorded again; the manifest's own word is not enough."""
    try:
        found = recorded_comparisons(folder, manifest, read_parity(folder))
    except ConversionError as error:
        return "not run", str(error).rstrip(".")
    failed = [one for one in found if one.parity is not Parity.HELD]
    why = f"{failed[0].stage}, {next(iter(failed[0].reasons), '')}" if failed else ""
    return verdict(found).value, why


def skeletons(models: Sequence[PlannedModel]) -> dict[str, PlannedSkeleton]:
    """Return the skeletons of all heads, by name."""
    found = map(skeleton_named, sorted({spec.skeleton for one in models for spec in one.decode}))
    return {one.name: PlannedSkeleton(one.joints, one.bones) for one in found}


def _commit() -> str:
    """Return the commit of the repository this package lies in, empty where it lies in none."""
    git = shutil.which("git")
    if git is None:
        return ""
    here = Path(__file__).parent
    try:
        done = subprocess.run(
            [git, "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False
        )
    except OSError:  # behind the fence no program starts
        return ""
    return done.stdout.strip()
