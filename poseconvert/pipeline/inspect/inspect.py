"""What an artifact is, before anyone runs it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poseconvert.conversion.atomic_write import MANIFEST
from poseconvert.conversion.manifest import Manifest, edited_artifacts, read_manifest
from poseconvert.conversion.promise import package_of
from poseconvert.errors import PackageError
from poseconvert.pipeline.inspect.form import form_of, oldest_for
from poseconvert.pipeline.inspect.joints import joints_of_graph, joints_of_package
from poseconvert.pipeline.inspect.on_goldens import seen_on_goldens
from poseconvert.stages.stage import COMPRESSED, PACKAGE

if TYPE_CHECKING:
    from poseconvert.mil.analysis.rules.table import RuleChoice


@dataclass(frozen=True, slots=True)
class OpCount:
    """How often an op occurs, and whether the next step takes it.

    Attributes
    ----------
    op : its name in the artifact's own words.
    count : how often it occurs.
    supported : by the reference executor for a package, by some route for ONNX.
    """

    op: str
    count: int
    supported: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """Facts about one artifact.

    Attributes
    ----------
    path, kind : what was looked at.
    facts : label to text, in reading order.
    inputs, outputs : name to shape and type, as text.
    ops : most frequent first; empty for a checkpoint.
    macs : multiply-accumulates of one run, None where a shape is not fixed.
    weight_bytes : of all stored tensors.
    hazards : sentences on what may go wrong on a phone.
    rules : sentences on what Core ML refuses or computes otherwise, those that decide first.
    """

    path: Path
    kind: str
    facts: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    ops: tuple[OpCount, ...] = ()
    macs: int | None = None
    weight_bytes: int = 0
    hazards: tuple[str, ...] = field(default=())
    rules: tuple[str, ...] = ()


def inspect_artifact(
    path: Path,
    *,
    size: int | tuple[int, int] | None = None,
    function: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Inspection:
    """Look at a conversion folder, a Core ML package or model, an ONNX file or a checkpoint.

    Parameters
    ----------
    size : of the input of a state dict.
    function : which of a package's functions; None for its default.
    select, ignore : beginnings of the ids of rules on Core ML that are asked, or left out.

    Raises
    ------
    PoseconvertError : it cannot be read, or no rule has such an id.
    """
    from poseconvert.mil.analysis.rules.table import rule_choice

    rules = rule_choice(select, ignore)
    if os.path.lexists(path / MANIFEST) and path.suffix != ".mlpackage":
        return _inspect_conversion(path, rules)
    if path.is_dir() or path.suffix in (".mlpackage", ".mlmodel", ".mlmodelc"):
        return _inspect_package(path, rules, function)
    if path.suffix == ".onnx":
        return _inspect_onnx(path)
    return _inspect_checkpoint(path, size)


def _inspect_conversion(folder: Path, rules: RuleChoice) -> Inspection:
    manifest = read_manifest(folder)
    edited = edited_artifacts(folder, manifest)
    package = _inspect_package(folder / package_of(manifest), rules)
    facts = {
        "converted": manifest.created_utc,
        "from": f"{manifest.model.path} ({manifest.model.architecture})",
        "parity": f"unknown: {'; '.join(edited.values())}" if edited else manifest.verdict,
        **_sizes(manifest),
        **_compressed(manifest),
        **{f"note {index + 1}": note for index, note in enumerate(manifest.notes)},
        **package.facts,
    }
    return Inspection(
        path=folder,
        kind="conversion",
        facts=facts,
        inputs=package.inputs,
        outputs=package.outputs,
        ops=package.ops,
        macs=package.macs,
        weight_bytes=package.weight_bytes,
        hazards=package.hazards + seen_on_goldens(folder, manifest),
        rules=package.rules,
    )


def _sizes(manifest: Manifest) -> dict[str, str]:
    if not manifest.sizes:
        return {}
    height, width = next(iter(manifest.inputs.values()))[2:]  # one picture alone
    others = ", ".join(size.name for size in manifest.sizes)
    return {"sizes": f"{height}x{width} (default), {others}"}


def _compressed(manifest: Manifest) -> dict[str, str]:
    record = manifest.compress
    if record is None:
        return {}
    sizes = f"{record.disk_after / 1e6:.2f} MB on disk, {PACKAGE} {record.disk_before / 1e6:.2f} MB"
    return {"compressed": f"{COMPRESSED}: {record.compression}, {sizes}"}


def _inspect_package(path: Path, rules: RuleChoice, function: str | None = None) -> Inspection:
    from poseconvert.mil import costs, find_hazards, missing_ops, read_package, stored_bytes
    from poseconvert.mil.analysis.rules.table import find_firings
    from poseconvert.pipeline.inspect.described import described, inputs_of

    if not path.exists():
        raise PackageError(f"{path}: no such package. Give an .mlpackage or an .mlmodel file.")
    package = read_package(path, function=function)
    main = package.program.main
    counted = Counter(op.type for op in main.block.walk() if op.type != "const")
    missing = set(missing_ops(package.program))
    each = [cost.macs for cost in costs(package)]
    ios, phone = oldest_for(package.spec_version)
    return Inspection(
        path=path,
        kind="Core ML package",
        facts={
            "specification version": str(package.spec_version),
            **form_of(package),
            "oldest iOS": ios,
            "oldest phone": phone,
            **package.metadata,
            **joints_of_package(package.inputs, package.outputs),
        },
        inputs=dict(zip((one.name for one in package.inputs), inputs_of(package), strict=True)),
        outputs={feature.name: described(feature) for feature in package.outputs},
        ops=_ops(counted, missing),
        macs=None if None in each else sum(macs for macs in each if macs is not None),
        weight_bytes=stored_bytes(package),
        hazards=tuple(str(hazard) for hazard in find_hazards(package)),
        rules=tuple(str(firing) for firing in find_firings(package, rules)),
    )


def _ops(counted: Counter[str], missing: set[str]) -> tuple[OpCount, ...]:
    return tuple(OpCount(op, count, op not in missing) for op, count in counted.most_common())


def _inspect_onnx(path: Path) -> Inspection:
    from onnx import TensorProto

    from poseconvert.graph.cost import macs, op_counts, weight_bytes
    from poseconvert.graph.reader import graph_inputs, read_onnx
    from poseconvert.pipeline.chain.wants import graph_wants
    from poseconvert.pipeline.inspect.described import of_picture
    from poseconvert.stages.coreml_from_onnx import unsupported_ops

    model = read_onnx(path)

    def text(value: Any) -> str:
        tensor = value.type.tensor_type
        dims = [dim.dim_value or dim.dim_param or "?" for dim in tensor.shape.dim]
        return f"{TensorProto.DataType.Name(tensor.elem_type).lower()}{dims}"

    opset = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), "none")
    return Inspection(
        path=path,
        kind="ONNX",
        facts={
            "opset": str(opset),
            "IR version": str(model.ir_version),
            **joints_of_graph(graph_inputs(model), model.graph.output),
        },
        inputs={
            value.name: text(value) + of_picture(wanted)
            for value, wanted in zip(graph_inputs(model), graph_wants(model), strict=True)
        },
        outputs={value.name: text(value) for value in model.graph.output},
        ops=_ops(op_counts(model), unsupported_ops(model)),
        macs=macs(model),
        weight_bytes=weight_bytes(model),
    )


def _inspect_checkpoint(path: Path, size: int | tuple[int, int] | None) -> Inspection:
    from poseconvert.network.loading import load_source
    from poseconvert.network.source import ModelOptions

    source = load_source(path, ModelOptions(size=size))
    parameters = list(source.module.parameters())
    return Inspection(
        path=path,
        kind="PyTorch",
        facts={
            "architecture": source.architecture,
            **{name: str(value) for name, value in source.config.items()},
            "parameters": f"{sum(p.numel() for p in parameters):,}",
            **{f"note {index + 1}": note for index, note in enumerate(source.notes)},
        },
        inputs={name: f"float{list(shape)}" for name, shape in source.inputs.items()},
        outputs=dict.fromkeys(source.output_names, "float"),
        weight_bytes=sum(p.numel() * p.element_size() for p in parameters),
    )
