"""What an artifact is, what runs here, and what a phone is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poseconvert.face.choices import AnyPath, pair_of, silent
from poseconvert.face.shown import Shown

if TYPE_CHECKING:
    from poseconvert.conversion.manifest import Manifest
    from poseconvert.devices.swift_package import PoseModel
    from poseconvert.pipeline.inspect.inspect import Inspection as _Inspection
    from poseconvert.pipeline.inspect.whereabouts import Whereabouts
    from poseconvert.reports.notebook import Card


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Inspection(Shown):
    """Facts about one artifact.

    Attributes
    ----------
    record : inputs, outputs, ops, cost, hazards.
    whereabouts : where its ops run by a plan, and could by a forecast; None for what Core ML does
        not run.
    """

    record: _Inspection
    whereabouts: Whereabouts | None = None

    @property
    def hazards(self) -> tuple[str, ...]:
        """Sentences on what may go wrong on a phone."""
        return self.record.hazards

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.inspection.v1``."""
        from poseconvert.reports.inspection import inspection_json
        from poseconvert.reports.whereabouts import whereabouts_json

        found = self.whereabouts
        return inspection_json(self.record) | ({} if found is None else whereabouts_json(found))

    def _card(self) -> Card:
        from poseconvert.reports.notebook import facts_card

        found = self.record
        facts = {
            **found.facts,
            **{f"input {name}": text for name, text in found.inputs.items()},
            **{f"output {name}": text for name, text in found.outputs.items()},
            "weights": f"{found.weight_bytes / 1e6:.2f} MB",
        }
        ops = sum(op.count for op in found.ops)
        line = f"{found.path.name}, {ops} ops, {len(found.hazards)} hazards"
        return facts_card(found.kind, line, facts, found.hazards)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Bundle(Shown):
    """What the iOS harness was given.

    Attributes
    ----------
    folder : where it was written.
    plan : what the phone measures, schema ``poseconvert.ios-plan.v1``.
    manifests : of the conversions, in the order of the plan's models.
    """

    folder: Path
    plan: dict[str, Any]
    manifests: tuple[Manifest, ...]

    def json(self) -> dict[str, Any]:
        """Return the plan."""
        return self.plan

    def _card(self) -> Card:
        from poseconvert.reports.notebook import facts_card

        facts = {model["name"]: f"parity {model['parity']}" for model in self.plan["models"]}
        return facts_card("written", f"{self.folder}, {len(facts)} models", facts)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SwiftPackage(Shown):
    """A Swift package with networks and what reads joints from them.

    Attributes
    ----------
    folder : where it was written.
    models : what it holds, schema ``poseconvert.pose-model.v1``.
    """

    folder: Path
    models: tuple[PoseModel, ...]

    def json(self) -> dict[str, Any]:
        """Return what ``--swift --json`` prints, schema ``poseconvert.swift-package.v1``."""
        from poseconvert.devices.swift_package import package_json

        return package_json(self.models)

    def _card(self) -> Card:
        from poseconvert.reports.notebook import facts_card

        facts = {model.name: f"parity {model.parity}" for model in self.models}
        return facts_card("written", f"{self.folder}, a Swift package", facts)


def inspect(
    artifact: AnyPath,
    *,
    size: int | tuple[int, int] | None = None,
    plan: AnyPath | None = None,
    function: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Inspection:
    """Show what an artifact holds, costs, needs and risks, and where it would run.

    Parameters
    ----------
    artifact : conversion folder, ``.mlpackage``, ``.mlmodel``, ``.onnx`` or checkpoint.
    size : side in pixels of a state dict's input, or (H, W).
    plan : a compute plan of a package: a result of the iOS harness, a report of mlx2coreml, the
        output of ExecuTorch's ``coreml_compute_plan.py``, or Core ML's ``analytics.mil``.
    function : which of a package's functions; None for its default.
    select : ask only the rules on Core ML whose ids begin so; all where none is given.
    ignore : do not ask these.

    Raises
    ------
    PoseconvertError : it cannot be read.
    """
    from poseconvert.pipeline.inspect.inspect import inspect_artifact
    from poseconvert.pipeline.inspect.whereabouts import whereabouts

    checked = None if size is None else pair_of(size, name="size")
    record = inspect_artifact(
        Path(artifact), size=checked, function=function, select=select, ignore=ignore
    )
    return Inspection(record, whereabouts(Path(artifact), None if plan is None else Path(plan)))


def ios_bundle(
    conversions: AnyPath | Iterable[AnyPath],
    output: AnyPath,
    *,
    runs: int = 3,
    rest: float = 300.0,
    sustained: int = 600,
    allow_broken: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Bundle:
    """Fill the iOS harness with packages, goldens and a plan.

    Parameters
    ----------
    conversions : conversion folders.
    output : the harness's folder of data.
    runs : of every model and unit; 3 for intervals.
    rest : seconds before every run.
    sustained : seconds of a sustained run.
    allow_broken : take conversions that are not held; the plan says so.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    PoseconvertError : a conversion is refused, not held, or not for an A11 phone.
    """
    from poseconvert.conversion.manifest import read_manifest
    from poseconvert.devices.bundle import Settings, write_bundle

    folders = _folders(conversions)
    _refuse_unmeasured(folders, progress or silent, allow_broken=allow_broken)
    plan = write_bundle(
        folders,
        Path(output),
        settings=Settings(runs=runs, rest_s=rest, sustained_s=sustained),
        allow_broken=allow_broken,
        progress=progress or silent,
    )
    return Bundle(Path(output), plan, tuple(read_manifest(folder) for folder in folders))


def swift_package(
    conversions: AnyPath | Iterable[AnyPath],
    output: AnyPath,
    *,
    allow_broken: bool = False,
    progress: Callable[[str], None] | None = None,
) -> SwiftPackage:
    """Write a Swift package for an app of one's own: picture in, joints out.

    Parameters
    ----------
    conversions : conversion folders.
    output : the package's folder.
    allow_broken : take conversions that are not held; their ``pose.json`` says so.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    PoseconvertError : a conversion is refused or not held, or the place cannot be written.
    """
    from poseconvert.devices.swift_package import write_swift_package

    folders = _folders(conversions)
    _refuse_unmeasured(folders, progress or silent, allow_broken=allow_broken)
    models = write_swift_package(
        folders, Path(output), allow_broken=allow_broken, progress=progress or silent
    )
    return SwiftPackage(Path(output), models)


def _folders(conversions: AnyPath | Iterable[AnyPath]) -> list[Path]:
    several = [conversions] if isinstance(conversions, str | os.PathLike) else conversions
    return [Path(folder) for folder in several]


def _refuse_unmeasured(
    folders: Iterable[Path], progress: Callable[[str], None], *, allow_broken: bool
) -> None:
    """Run conversions that were not made here: their own word is not enough for a phone."""
    from poseconvert.conversion.ours import is_ours

    for folder in folders:
        if not (allow_broken or is_ours(folder)):
            _measure(folder, progress)


def _measure(folder: Path, progress: Callable[[str], None]) -> None:
    from poseconvert.drift import Parity
    from poseconvert.errors import ConversionError
    from poseconvert.pipeline.chain.conversion import open_conversion
    from poseconvert.pipeline.diff.diff import measure

    progress(f"measuring {folder.name}, which was not made here")
    found = measure(open_conversion(folder), pictures=(), model=None, progress=progress)
    if found.parity is not Parity.HELD:
        raise ConversionError(
            f"{folder}: was not made here, and run here its parity is {found.parity.value}."
            " Convert again, or give --allow-broken."
        )
