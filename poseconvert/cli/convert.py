"""``poseconvert convert MODEL``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.options import (
    parse_channels,
    parse_inputs,
    parse_kinds,
    parse_names,
    parse_sizes,
)
from poseconvert.cli.own_network import (
    Deviation,
    Mean,
    Normalize,
    OwnModule,
    Weights,
    model_or_network,
)
from poseconvert.cli.progress import steps
from poseconvert.cli.shared_options import (
    AsJson,
    Bias,
    FitChoice,
    InputShapes,
    OutputNames,
    PicturesToo,
    PrecisionChoice,
    Quiet,
)
from poseconvert.cli.upgrade import OLD, upgraded
from poseconvert.face.preset_names import DECODE_HELP

if TYPE_CHECKING:
    from poseconvert.face.conversion import Conversion

_STEPS = 12

EXAMPLES = """
Exit 0: converted and parity held. 1: parity broken or not established. 2: bad input.

\b
Examples:
  poseconvert convert
  poseconvert convert model.safetensors
  poseconvert convert posenet.pth --size 257 --image photo
  poseconvert convert pose_resnet_50_256x192.pth.tar --size 256x192
  poseconvert convert model.safetensors --size 224,448
  poseconvert convert network.pt --input image:1,3,224,224 --outputs heatmap,offset
  poseconvert convert --module my_project.pose:build --weights own.pt --input image:1,3,256,192
  poseconvert convert vitpose.onnx --normalize imagenet
  poseconvert convert hand.onnx --scale 1/255 -o hand.poseconvert
  poseconvert convert model.safetensors --compress palette8
  poseconvert convert old.mlmodel
  poseconvert convert model.safetensors --emit-tests test_parity.py
"""


def command(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL",
            help="Checkpoint, TorchScript, .pt2, .onnx or an old .mlmodel; without it the bundled"
            " reference model.",
        ),
    ] = None,
    module: OwnModule = None,
    weights: Weights = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="Folder; default MODEL's name.poseconvert"
        ),
    ] = None,
    image: PicturesToo = None,
    precision: Annotated[
        PrecisionChoice,
        typer.Option(help="auto: fp16, with as few ops in fp32 as parity needs."),
    ] = PrecisionChoice.AUTO,
    keep_fp32: Annotated[
        list[str] | None,
        typer.Option(
            "--keep-fp32",
            metavar="NAME",
            help="Keep this op in fp32, named by its weight or result; may repeat. Then no other.",
        ),
    ] = None,
    compress: Annotated[
        Literal["int8", "palette8", "palette6", "palette4"] | None,
        typer.Option(help="Also write a package with weights of 8, 6 or 4 bits, and its parity."),
    ] = None,
    target: Annotated[
        Literal["iOS15", "iOS16", "iOS17", "iOS18"],
        typer.Option(help="Oldest iOS; A11 phones end at iOS16."),
    ] = "iOS16",
    input_kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME:]image|tensor",
            help="What the package takes; image where the input is one picture. May repeat.",
        ),
    ] = None,
    route: Annotated[
        Literal["auto", "onnx2coreml", "onnxsim", "torch"],
        typer.Option(help="Way to Core ML; auto: the first whose float32 package is held."),
    ] = "auto",
    arch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Architecture of a state dict.")
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="N|HxW[,...]",
            help="Input side in pixels of a state dict, or HxW; several: the default first.",
        ),
    ] = None,
    input_: InputShapes = None,
    outputs: OutputNames = None,
    scale: Annotated[
        str | None,
        typer.Option(metavar="NUMBER", help="x * scale + bias for an unknown network, e.g. 1/255."),
    ] = None,
    bias: Bias = None,
    normalize: Normalize = None,
    mean: Mean = None,
    std: Deviation = None,
    decode: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help=DECODE_HELP),
    ] = None,
    fit: FitChoice = "letterbox",
    select: Annotated[
        str | None,
        typer.Option(metavar="RULES", help="Ask only these rules on Core ML, such as PC04,PC010."),
    ] = None,
    ignore: Annotated[
        str | None,
        typer.Option(metavar="RULES", help="Do not ask these; the verdict says so."),
    ] = None,
    trust_pickle: Annotated[
        bool, typer.Option("--trust-pickle", help="Load files that run code.")
    ] = False,
    emit_tests: Annotated[
        Path | None,
        typer.Option("--emit-tests", metavar="FILE", help="Write a pytest file that checks it."),
    ] = None,
    second_opinion: Annotated[
        bool,
        typer.Option(
            "--second-opinion",
            help="Ask Apple's Core AI interpreter too (extra coreai); it decides nothing.",
        ),
    ] = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Convert MODEL to Core ML and measure parity at every stage."""
    inputs, kinds = parse_inputs(input_ or ()), parse_kinds(input_kind or ())
    scales, biases, names = parse_channels(scale), parse_channels(bias), parse_names(outputs)
    means, deviations, sizes = parse_channels(mean), parse_channels(std), parse_sizes(size)
    if model and model.suffix == OLD:
        fed = (inputs, kinds, scales, biases, means, deviations, normalize, names, sizes, arch)
        asked = (module, weights, keep_fp32, compress, select, ignore, trust_pickle, emit_tests)
        return upgraded(
            model,
            output,
            image or (),
            precision=precision.value,
            target=target,
            decode=decode,
            others=(*fed, *asked, second_opinion, route != "auto"),
            json=json,
            quiet=quiet,
        )
    network, named = model_or_network(model, module, weights)
    folder = output or Path(f"{named.stem}.poseconvert")
    fence(None if module else named, weights, *(image or ()), writes=[folder, emit_tests])
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading PyTorch and the converters")
        from poseconvert.cli.outcome import exit_code, show
        from poseconvert.face.convert import convert

        conversion = convert(
            network or named,
            folder,
            weights=weights,
            images=image or (),
            precision=precision.value,
            keep_fp32=_kept(keep_fp32, precision),
            compress=compress,
            target=target,
            input_kinds=kinds,
            route=route,
            arch=arch,
            size=list(sizes) or None,
            inputs=inputs,
            outputs=names,
            scale=scales,
            bias=biases,
            normalize=normalize,
            mean=means,
            std=deviations,
            decode=decode,
            fit=fit,
            select=parse_names(select),
            ignore=parse_names(ignore),
            second_opinion=second_opinion,
            trust_pickle=trust_pickle,
            emit_tests=emit_tests,
            progress=progress,
        )
    measured = conversion.measured
    assert measured is not None
    show(measured, as_json=json, quiet=quiet)
    if not (json or quiet):
        typer.echo(_wrote(conversion, emit_tests))
    return exit_code(measured)


def _wrote(conversion: Conversion, tests: Path | None) -> str:
    from poseconvert.face.takes import takes

    also = f" and {tests}" if tests else ""
    return f"wrote {conversion.folder}{also}\n{takes(conversion)}"


def _kept(names: list[str] | None, precision: PrecisionChoice) -> tuple[str, ...]:
    if names and precision is PrecisionChoice.FP32:
        raise typer.BadParameter(
            "--keep-fp32 with --precision fp32: all ops are float32 already. Omit one of them."
        )
    return tuple(dict.fromkeys(names or ()))
