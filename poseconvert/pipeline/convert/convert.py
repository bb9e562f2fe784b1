"""MODEL to a conversion folder, with the parity of every stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from poseconvert.conversion.golden import write_goldens
from poseconvert.conversion.manifest import CompressRecord, Manifest
from poseconvert.conversion.size_record import size_folder
from poseconvert.decoding import DecodeSpec
from poseconvert.imaging.preprocessing import Fit
from poseconvert.mil.analysis.rules.table import RuleChoice
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.core_ml_rules import fired_on
from poseconvert.pipeline.chain.decoders import check_decoders, decode_specs, decoders_offered
from poseconvert.pipeline.chain.evaluate import Evaluation, Progress
from poseconvert.pipeline.chain.fault import fault_of
from poseconvert.pipeline.chain.input_kinds import image_inputs, pictured_inputs
from poseconvert.pipeline.chain.inputs import Inputs, chain_inputs
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.pipeline.chain.model import LoadedModel, load_model
from poseconvert.pipeline.chain.package_maker import PackageMaker
from poseconvert.pipeline.chain.sizes import AtSize
from poseconvert.pipeline.convert.choose_package import Packaged, make_package, tune_note
from poseconvert.pipeline.convert.compress import compress_package, with_compressed
from poseconvert.pipeline.convert.manifest_fields import (
    artifacts_of,
    golden_hashes,
    library_versions,
    model_record,
    verdict_fields,
)
from poseconvert.pipeline.convert.routes import route_records
from poseconvert.pipeline.convert.sizes import other_sizes, refuse_one_size, unread
from poseconvert.pipeline.convert.upstream import (
    goldens_of,
    onnx_stages,
    output_shapes,
    run_upstream,
)
from poseconvert.stages.compressed_from_coreml import Compression, refuse_target
from poseconvert.stages.coreml_options import CoreMLOptions, InputKind, Route
from poseconvert.stages.stage import PACKAGE, SIMPLIFIED


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """Everything the user may choose.

    Attributes
    ----------
    model : what MODEL is, where the file does not say it.
    coreml : what kind of package to make; its ``images`` follow from ``kinds`` here.
    route : the only way to Core ML to try; None for all in order.
    kinds : what the package takes, by name of the input; "" is every input that is not
        named. Where nothing is said, an image where the network takes one picture.
    rescue : keep sensitive ops, at last all of them, in float32 where float16
        breaks parity.
    compress : make a second package with weights in fewer bits.
    sizes : (H, W) of every picture that the package takes, ``model.size`` first; empty for
        one size.
    decode : a preset's name or a JSON file of specs, for networks unknown to us.
    pictures : checked on before our own.
    fit : how pictures are brought to the input size.
    rules : which rules on Core ML are asked.
    """

    model: ModelOptions = field(default_factory=ModelOptions)
    coreml: CoreMLOptions = field(default_factory=CoreMLOptions)
    route: Route | None = None
    kinds: Mapping[str, InputKind] = field(default_factory=dict)
    rescue: bool = True
    compress: Compression | None = None
    sizes: Sequence[tuple[int, int]] = ()
    decode: str | None = None
    pictures: Sequence[Path] = ()
    fit: Fit = "letterbox"
    rules: RuleChoice = field(default_factory=RuleChoice)
    notes: tuple[str, ...] = ()


def convert(
    model: Path, folder: Path, *, target: Path, options: ConvertOptions, progress: Progress
) -> Measurement:
    """Run every stage into ``folder`` and measure parity.

    Parameters
    ----------
    folder : an existing empty folder to write into.
    target : where the folder will stand at the end; MODEL is recorded relative to it.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    PoseconvertError : a model, picture or stage is refused. Broken parity is a
        result, not an error.
    """
    _refuse(model, options)
    progress("reading the model")
    origin = load_model(model, options.model)
    pictured = pictured_inputs(origin, fit=options.fit, asked=bool(options.pictures))
    inputs = chain_inputs(origin.inputs, pictured, pictures=options.pictures)
    sizes = other_sizes(
        origin,
        options.sizes,
        pictured=pictured,
        pictures=options.pictures,
        decoder=options.decode,
        progress=progress,
    )
    graph = onnx_stages(origin, folder, progress)
    outputs = output_shapes(graph)
    heads = decode_specs(origin, options.decode, outputs)
    check_decoders(heads, outputs, where=options.decode or str(origin.path))
    upstream = run_upstream(origin, folder, inputs, specs=heads, progress=progress)
    maker = PackageMaker(graph, folder / PACKAGE, network=origin.source, progress=progress)
    packaged, compressed = _packages(
        origin, maker, upstream, inputs, heads, sizes=sizes, options=options, progress=progress
    )
    coreml, result = packaged.options, packaged.result
    firings = fired_on(folder / PACKAGE, options.rules)
    progress("writing goldens and manifest")
    write_goldens(folder, goldens_of(result.evaluations[0], inputs))
    for at in sizes:
        write_goldens(size_folder(folder, at.record), at.goldens)
    manifest = Manifest(
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=library_versions(),
        model=model_record(origin, target, made_in=folder),
        notes=(
            *options.notes,
            *origin.notes,
            *packaged.notes,
            *tune_note(packaged, target, heads=heads, pictures=options.pictures),
            *unread(sizes, heads),
            *decoders_offered(origin, heads, outputs),
        ),
        inputs=origin.inputs,
        images=coreml.images,
        outputs=outputs,
        preprocessing=pictured,
        decode=heads,
        precision=coreml.precision,
        keep_fp32=coreml.keep_fp32,
        target=coreml.target,
        routes=route_records(packaged.trials),
        artifacts=artifacts_of(origin, folder, compressed=compressed is not None),
        goldens=golden_hashes(folder, [at.record for at in sizes]),
        compress=compressed,
        sizes=tuple(at.record for at in sizes),
        **verdict_fields(result.comparisons, choice=options.rules, firings=firings),
    )
    manifest.write(folder)
    fault = fault_of(result, inputs, graph=folder / SIMPLIFIED, precision=coreml.precision)
    return Measurement(folder, manifest, result, inputs, firings=firings, fault=fault)


def _refuse(model: Path, options: ConvertOptions) -> None:
    """Refuse what cannot be, before anything long begins."""
    if options.compress:
        refuse_target(options.coreml.target)
    if options.sizes:
        refuse_one_size(model, options.route)


def _packages(
    origin: LoadedModel,
    maker: PackageMaker,
    upstream: Sequence[Evaluation],
    inputs: Inputs,
    heads: Sequence[DecodeSpec],
    *,
    sizes: Sequence[AtSize],
    options: ConvertOptions,
    progress: Progress,
) -> tuple[Packaged, CompressRecord | None]:
    """Make the package, and where asked for the compressed one beside it."""
    images = image_inputs(origin, options.kinds)
    packaged = make_package(
        maker,
        upstream,
        inputs,
        specs=heads,
        options=replace(options.coreml, images=images, sizes=tuple(options.sizes)),
        rescue=options.rescue,
        progress=progress,
        route="torch" if sizes else options.route,
        sizes=sizes,
    )
    if not options.compress:
        return packaged, None
    precision, folder = packaged.options.precision, maker.path.parent
    record = compress_package(folder, options.compress, precision, progress=progress)
    result = with_compressed(
        folder,
        packaged.result,
        inputs,
        specs=heads,
        precision=precision,
        sizes=sizes,
        progress=progress,
    )
    return replace(packaged, result=result), record
