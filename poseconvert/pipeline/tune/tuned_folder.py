"""The conversion with the tuned package in place of its own: a complete folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from poseconvert.conversion.golden import copy_goldens
from poseconvert.conversion.manifest import Manifest, RouteRecord
from poseconvert.conversion.promise import GOLDEN
from poseconvert.conversion.sha256 import digest
from poseconvert.graph.reader import read_onnx
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.core_ml_rules import choice_of
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.how_made import source_of, way_of
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.pipeline.convert.compress import compress_package
from poseconvert.pipeline.convert.manifest_fields import library_versions, verdict_fields
from poseconvert.pipeline.diff.diff import measure
from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
from poseconvert.stages.coreml_options import CoreMLOptions, Way
from poseconvert.stages.stage import ONNX, PACKAGE, SIMPLIFIED


def write_tuned(
    conversion: ConversionFolder,
    folder: Path,
    *,
    target: Path,
    options: CoreMLOptions,
    note: str,
    pictures: Sequence[Path],
    model: Path | None,
    progress: Progress,
) -> Measurement:
    """Write the conversion with another package into ``folder`` and measure its parity.

    Everything up to ``model.simplified.onnx``, and the goldens, are the conversion's own.

    Parameters
    ----------
    folder : an existing empty folder.
    target : where it will stand at the end; MODEL is recorded relative to it.
    options : of the package.
    note : why it is what it is, for the manifest.
    pictures : what parity is measured on; the goldens where none are given.
    model : where MODEL is now; None for where it was.
    """
    source = conversion.folder
    for name in (ONNX, SIMPLIFIED):
        shutil.copyfile(source / name, folder / name)
    copy_goldens(source, folder, sha256=conversion.manifest.goldens[GOLDEN])
    way = way_of(conversion)
    progress(f"coreml_from_onnx by {way}")
    coreml_from_onnx(
        read_onnx(folder / SIMPLIFIED),
        folder / PACKAGE,
        options=options,
        way=way,
        network=source_of(conversion, way, model),
    )
    old = conversion.manifest
    compressed = old.compress and compress_package(
        folder, old.compress.compression, options.precision, progress=progress
    )
    path = os.path.normpath(source.absolute() / old.model.path)
    manifest = replace(
        old,
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=library_versions(),
        model=replace(old.model, path=Path(os.path.relpath(path, target.absolute())).as_posix()),
        notes=(*(n for n in old.notes if not _of_package(n)), note),
        precision=options.precision,
        keep_fp32=options.keep_fp32,
        compress=compressed,
        interface=None,
        routes=_routes(old, way),
        artifacts=tuple(replace(one, sha256=digest(folder / one.name)) for one in old.artifacts),
    )
    # Not written yet: what it says of parity is still of the old package.
    made = ConversionFolder(folder, manifest, edited={}, refused={})
    measurement = measure(made, pictures=pictures, model=model, progress=progress)
    fields = verdict_fields(
        measurement.result.comparisons,
        choice=choice_of(manifest.rules),
        firings=measurement.firings,
    )
    manifest = replace(manifest, **fields)
    manifest.write(folder)
    return replace(measurement, manifest=manifest)


def _routes(old: Manifest, way: Way) -> tuple[RouteRecord, ...]:
    """Keep what was tried; in the place of an adopted package stands the first that we make."""
    if old.interface is None:
        return old.routes
    why = "not judged in float32: it was tuned in the place of an adopted package"
    return (RouteRecord(way.route, True, "not run", why, "", None, None),)


def _of_package(note: str) -> bool:
    """Whether a note is about the package that was replaced."""
    return "float16 broke parity" in note or note.startswith("the package is float32")
