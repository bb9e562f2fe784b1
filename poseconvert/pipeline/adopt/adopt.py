"""MODEL and a package that others made of it, to a conversion folder with parity at every stage."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from poseconvert.conversion.golden import write_goldens
from poseconvert.conversion.interface import Interface
from poseconvert.conversion.manifest import Manifest
from poseconvert.errors import ConversionError, PackageError
from poseconvert.fields import Target
from poseconvert.graph.reader import read_onnx
from poseconvert.imaging.preprocessing import Fit
from poseconvert.imaging.scaling import Scaling
from poseconvert.imaging.wanted import Wanted, scaled, wanted_tensor
from poseconvert.mil import read_package
from poseconvert.mil.analysis.rules.table import RuleChoice
from poseconvert.network.archive import Kind, kind_of
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.core_ml_rules import fired_on
from poseconvert.pipeline.chain.decoders import check_decoders, decode_specs, decoders_offered
from poseconvert.pipeline.chain.evaluate import Progress, evaluate
from poseconvert.pipeline.chain.input_kinds import pictured_inputs
from poseconvert.pipeline.chain.inputs import Inputs, chain_inputs
from poseconvert.pipeline.chain.judge import judge_chain
from poseconvert.pipeline.chain.links import package_links
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.pipeline.chain.model import LoadedModel, load_model
from poseconvert.pipeline.chain.wants import scaling_of_graph
from poseconvert.pipeline.convert.manifest_fields import (
    artifacts_of,
    golden_hashes,
    library_versions,
    model_record,
    verdict_fields,
)
from poseconvert.pipeline.convert.upstream import (
    goldens_of,
    onnx_stages,
    output_shapes,
    run_upstream,
)
from poseconvert.pipeline.pair.artifact import Artifact
from poseconvert.pipeline.pair.caller import scalings
from poseconvert.pipeline.pair.matching import matched_inputs, matched_outputs
from poseconvert.pipeline.pair.reading import read_artifacts
from poseconvert.runners.fed import FedRunner
from poseconvert.runners.runner import Outputs
from poseconvert.stages.package_around import write_package_around
from poseconvert.stages.stage import PACKAGE

_FAMILY = (Kind.TENSORS, Kind.SAFETENSORS)
# The specification that each system reads first.
_TARGETS: dict[int, Target] = {6: "iOS15", 7: "iOS16", 8: "iOS17", 9: "iOS18"}


@dataclass(frozen=True, slots=True)
class AdoptOptions:
    """What the user says where MODEL and the package do not.

    Attributes
    ----------
    model : what MODEL is.
    match : the package's input or output by the network's that it stands for.
    decode : a preset's name or a JSON file of specs.
    pictures : checked on before our own.
    fit : how pictures are brought to the input size.
    rules : which rules on Core ML are asked.
    """

    model: ModelOptions = field(default_factory=ModelOptions)
    match: Mapping[str, str] = field(default_factory=dict)
    decode: str | None = None
    pictures: Sequence[Path] = ()
    fit: Fit = "letterbox"
    rules: RuleChoice = field(default_factory=RuleChoice)


def adopt(
    model: Path,
    package: Path,
    folder: Path,
    *,
    target: Path,
    options: AdoptOptions,
    progress: Progress,
) -> Measurement:
    """Copy a package into ``folder``, make the chain before it, and measure parity.

    Parameters
    ----------
    folder : an existing empty folder to write into.
    target : where the folder will stand at the end; MODEL is recorded relative to it.

    Raises
    ------
    PoseconvertError : one cannot be read, or they do not belong together.
    """
    progress("reading the package")
    taken = _read(package)
    origin, caller, notes = _loaded(model, taken, options.model, progress)
    pictured = pictured_inputs(origin, fit=options.fit, asked=bool(options.pictures))
    inputs = chain_inputs(origin.inputs, pictured, pictures=options.pictures)
    outputs = output_shapes(onnx_stages(origin, folder, progress))
    heads = decode_specs(origin, options.decode, outputs)
    check_decoders(heads, outputs, where=options.decode or str(origin.path))
    upstream = run_upstream(origin, folder, inputs, specs=heads, progress=progress)
    if package.is_file():
        write_package_around(package, folder / PACKAGE)
    else:
        shutil.copytree(package, folder / PACKAGE, symlinks=True)
    interface = _interface(
        origin, taken, caller, inputs, upstream[0].outputs, said=options.match, progress=progress
    )
    links = package_links(folder, precision=taken.precision, interface=interface)
    packaged = evaluate(links, inputs, specs=heads, progress=progress)
    result = judge_chain([*upstream, *packaged], inputs, specs=heads, precision=taken.precision)
    firings = fired_on(folder / PACKAGE, options.rules)
    progress("writing goldens and manifest")
    write_goldens(folder, goldens_of(result.evaluations[0], inputs))
    manifest = Manifest(
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=library_versions(),
        model=model_record(origin, target),
        notes=(
            *origin.notes,
            *notes,
            *_told(package, interface),
            *decoders_offered(origin, heads, outputs),
        ),
        inputs=origin.inputs,
        images=tuple(name for name, one in interface.inputs.items() if one.image),
        outputs=outputs,
        preprocessing=pictured,
        decode=heads,
        precision=taken.precision,
        keep_fp32=(),
        target=_target(folder / PACKAGE),
        artifacts=artifacts_of(origin, folder, compressed=False),
        goldens=golden_hashes(folder, ()),
        interface=interface,
        **verdict_fields(result.comparisons, choice=options.rules, firings=firings),
    )
    manifest.write(folder)
    return Measurement(folder, manifest, result, inputs, firings=firings)


def _read(package: Path) -> Artifact:
    if package.suffix not in (".mlpackage", ".mlmodel"):
        raise ConversionError(
            f"{package}: is not an .mlpackage or .mlmodel. Give MODEL, then the package made of it."
        )
    (found,) = read_artifacts([package], inputs={})
    if found.compressed:
        raise PackageError(
            f"{package}: its weights are in fewer bits; a conversion also holds the package that"
            f" was compressed. Adopt that one, or compare this: poseconvert diff MODEL {package}"
        )
    return found


def _loaded(
    path: Path, package: Artifact, options: ModelOptions, progress: Progress
) -> tuple[LoadedModel, Scaling | None, tuple[str, ...]]:
    """Read MODEL, scaled as the package scales a picture inside where nobody says more.

    Returns
    -------
    tuple
        MODEL, what the caller of the package does, and what is assumed in sentences.
    """
    progress("reading the model")
    asked = None
    if options.scale is not None or options.bias is not None:
        asked = Scaling(_three(options.scale, 1.0), _three(options.bias, 0.0))
    kind = kind_of(path)
    inside = scaling_of_graph(read_onnx(path)) if kind is Kind.ONNX else None
    reference = Artifact(
        path,
        path.name,
        # Its names are not needed: whether a picture of it is scaled is asked.
        (Wanted("", (1, 3, 1, 1), inside=inside),),
        (),
        takes_pixels=kind in _FAMILY,
    )
    notes, (own, caller) = scalings([reference, package], asked)
    if own and asked is None:
        options = replace(options, scale=own.scale, bias=own.bias)
    return load_model(path, options), caller, notes


def _three(given: tuple[float, ...] | None, default: float) -> tuple[float, float, float]:
    a, b, c = given or (default,) * 3
    return a, b, c


def _interface(
    origin: LoadedModel,
    package: Artifact,
    caller: Scaling | None,
    inputs: Inputs,
    expected: Outputs,
    *,
    said: Mapping[str, str],
    progress: Progress,
) -> Interface:
    """Match inputs and outputs; every one of the network's must be answered."""
    who = origin.path.name, package.name
    network = [wanted_tensor(name, shape) for name, shape in origin.inputs.items()]
    names = matched_inputs(network, package.inputs, said=said, who=who)
    wanted: dict[str, Wanted] = {names[one.name]: one for one in scaled(package.inputs, caller)}
    progress("matching outputs")
    match = partial(matched_outputs, expected, said=said, who=who)
    runner = FedRunner(package.opens[-1](), wanted, match=match)
    runner.run(inputs.batch)
    if missing := set(expected) - {pair.reference for pair in runner.pairs}:
        raise ConversionError(
            f"{package.path}: answers no {', '.join(sorted(missing))} of {who[0]}. Export MODEL"
            " with the package's outputs, or compare what both have: poseconvert diff"
            f" {origin.path} {package.path}"
        )
    return Interface(wanted, runner.pairs)


def _told(package: Path, interface: Interface) -> tuple[str, ...]:
    inputs = "; ".join(f"{name} as {one}" for name, one in interface.inputs.items())
    pairs = [f"output {one}" for one in interface.outputs if one.by != "name" or one.channels_last]
    return (f"the package is adopted: {package.name}, unchanged; it is fed {inputs}", *pairs)


def _target(package: Path) -> Target:
    """Return the oldest system that loads it."""
    return _TARGETS.get(read_package(package).spec_version, "iOS18")
