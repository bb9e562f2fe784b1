"""MODEL to a conversion folder: what ``poseconvert convert`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from poseconvert.conversion.ours import made_at_once
from poseconvert.decoding import require_decoder
from poseconvert.errors import UsageError
from poseconvert.face.at_hand import reference_model
from poseconvert.face.bundled import REFERENCE_MODEL
from poseconvert.face.choices import (
    AnyPath,
    CompressChoice,
    FitChoice,
    InputKind,
    NormalizeChoice,
    PrecisionChoice,
    RouteChoice,
    Sizes,
    TargetChoice,
    kinds_of,
    refuse_unknown,
    shapes_of,
    silent,
    sizes_of,
)
from poseconvert.face.conversion import Conversion
from poseconvert.face.conversion import open as open_folder
from poseconvert.face.input_range import scaling_of
from poseconvert.face.own_network import model_path, program_of
from poseconvert.face.pictures import Pictures, picture_files
from poseconvert.face.results import Diff
from poseconvert.mil.analysis.rules.table import rule_choice
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.pipeline.chain.second_opinion import require_second_judge, with_second_opinion
from poseconvert.pipeline.convert.convert import ConvertOptions
from poseconvert.pipeline.convert.convert import convert as run_stages
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.reports.html import write_html
from poseconvert.reports.json import write_json
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.testing import emit

if TYPE_CHECKING:
    from torch.nn import Module


def convert(
    model: AnyPath | Module,
    out: AnyPath | None = None,
    *,
    weights: AnyPath | None = None,
    images: Pictures = (),
    precision: PrecisionChoice = "auto",
    keep_fp32: Sequence[str] = (),
    compress: CompressChoice | None = None,
    target: TargetChoice = "iOS16",
    input_kinds: InputKind | Mapping[str, InputKind] | None = None,
    route: RouteChoice = "auto",
    arch: str | None = None,
    size: Sizes | None = None,
    inputs: Mapping[str, Sequence[int]] | None = None,
    outputs: Sequence[str] = (),
    scale: float | Sequence[float] | None = None,
    bias: float | Sequence[float] | None = None,
    normalize: NormalizeChoice | None = None,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    decode: AnyPath | None = None,
    fit: FitChoice = "letterbox",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    second_opinion: bool = False,
    trust_pickle: bool = False,
    emit_tests: AnyPath | None = None,
    progress: Callable[[str], None] | None = None,
) -> Conversion:
    """Convert MODEL to Core ML and measure parity at every stage.

    The folder is written whole or not at all. Broken parity is a result, not an error: look at
    ``.verdict``.

    Parameters
    ----------
    model : checkpoint, TorchScript, ``.pt2`` or ``.onnx``; or a network, a ``torch.nn.Module``,
        which is exported as ``network.pt2`` in the folder and needs ``inputs``.
    out : the folder; by default MODEL's name with ``.poseconvert``, in the current folder.
    weights : a state dict to load into a network.
    images : check parity on these pictures too.
    precision : ``auto`` is fp16 with as few ops in fp32 as parity needs.
    keep_fp32 : keep these ops in fp32, named by weight or result, and no other.
    compress : also make a package with weights of 8, 6 or 4 bits.
    target : oldest iOS; A11 phones end at iOS16.
    input_kinds : what the package takes, of every input or by name; by default an image where
        the input is one picture.
    route : way to Core ML; ``auto`` is the first whose float32 package is held.
    arch : architecture of a state dict.
    size : side of a state dict's input, or (H, W); a list of several, the default first.
    inputs : shape of each input of an unknown network, by name.
    outputs : names for an unknown network's outputs.
    scale, bias : ``x * scale + bias`` for an unknown network: one number, or one for R, G, B.
    normalize : in place of them: ``0-1``, ``-1-1``, ``imagenet``, or ``none`` for 0-255.
    mean, std : in place of them, as torchvision's Normalize takes them: of pictures in 0-1.
    decode : decode preset, or a JSON file of decode specs.
    fit : how a picture is brought to the input size.
    select : ask only the rules on Core ML whose ids begin so; all where none is given.
    ignore : do not ask these; the verdict says so.
    second_opinion : ask Apple's Core AI interpreter what the graph means; it decides nothing.
    trust_pickle : load files that run code.
    emit_tests : also write a pytest file that checks the conversion.
    progress : called with a short sentence as each step begins.

    Returns
    -------
    Conversion : the folder, with what was measured in ``.measured``.

    Raises
    ------
    PoseconvertError : a model, picture, option or stage is refused; nothing was written.
    """
    scales, biases = scaling_of(
        {"scale": scale, "bias": bias}, {"mean": mean, "std": std}, normalize
    )
    options = ConvertOptions(
        model=ModelOptions(
            arch=arch,
            size=(sizes_of(size) or (None,))[0],
            output_names=_names(outputs),
            scale=scales,
            bias=biases,
            trust_pickle=trust_pickle,
            inputs=shapes_of(inputs),
        ),
        coreml=_package(precision, target, keep_fp32),
        route=None if route == "auto" else route,
        compress=compress,
        sizes=sizes if len(sizes := sizes_of(size)) > 1 else (),
        kinds=kinds_of(input_kinds),
        rescue=precision == "auto" and not keep_fp32,
        decode=None if decode is None else str(decode),
        fit=fit,
        rules=rule_choice(_names(select), _names(ignore)),
    )
    refuse_unknown(precision=precision, target=target, route=route, compress=compress, fit=fit)
    path = model_path(model, weights, size=size, arch=arch)
    if path == REFERENCE_MODEL:
        reference_model()  # refuses where it is missing
    folder = Path(f"{path.stem}.poseconvert" if out is None else out)
    if second_opinion:
        require_second_judge()
    require_decoder(options.decode)
    if emit_tests is not None:
        emit.refuse_foreign(Path(emit_tests))
    with made_at_once(folder) as partial, picture_files(images) as files:
        said = progress or silent
        path, notes = program_of(model, weights, path, partial, options.model.inputs, said)
        asked = replace(options, pictures=tuple(files), notes=notes)
        measured = run_stages(path, partial, target=folder, options=asked, progress=said)
        if second_opinion:
            measured = with_second_opinion(measured, progress=said)
        measured = finished(partial, path, measured, progress=said)
    if emit_tests is not None:
        emit.emit_tests(folder, Path(emit_tests))
    return replace(open_folder(folder), measured=Diff(replace(measured, folder=folder)))


def finished(
    folder: Path, model: Path, measured: Measurement, *, progress: Callable[[str], None]
) -> Measurement:
    """Say why parity is not held, and write what was found beside the artifacts."""
    causes = diagnose(open_conversion(folder), measured, model=model, progress=progress)
    measured = replace(measured, diagnoses=causes)
    write_json(measured, folder / "parity.json")
    write_html(measured, folder / "report.html")
    return measured


def _package(
    precision: PrecisionChoice, target: TargetChoice, keep_fp32: Sequence[str]
) -> CoreMLOptions:
    kept = tuple(dict.fromkeys(_names(keep_fp32)))
    if kept and precision == "fp32":
        raise UsageError('keep_fp32 with precision "fp32": all ops are. Omit one of them.')
    return CoreMLOptions(
        precision="fp32" if precision == "fp32" else "fp16", target=target, keep_fp32=kept
    )


def _names(names: Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
