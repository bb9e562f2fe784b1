"""``poseconvert adopt MODEL PACKAGE``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.options import parse_channels, parse_inputs, parse_names, parse_pairs
from poseconvert.cli.progress import steps
from poseconvert.cli.shared_options import (
    AsJson,
    Bias,
    FitChoice,
    InputShapes,
    OutputNames,
    PicturesToo,
    Quiet,
)
from poseconvert.face.preset_names import DECODE_HELP

_STEPS = 12
EXAMPLES = """
Examples:

  poseconvert adopt network.onnx network.mlpackage

  poseconvert adopt network.pt network.mlpackage --input image:1,3,256,192
"""


def command(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="Checkpoint, .safetensors, TorchScript, .pt2 or .onnx: the reference.",
        ),
    ],
    package: Annotated[
        Path,
        typer.Argument(metavar="PACKAGE", help="An .mlpackage or .mlmodel that was made of it."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="Folder; default PACKAGE's name.poseconvert"
        ),
    ] = None,
    image: PicturesToo = None,
    match: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NAME", help="MODEL's input or output, and the package's; may repeat."
        ),
    ] = None,
    input_: InputShapes = None,
    outputs: OutputNames = None,
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER", help="x * scale + bias for what does not scale a picture itself."
        ),
    ] = None,
    bias: Bias = None,
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
        str | None, typer.Option(metavar="RULES", help="Do not ask these; the verdict says so.")
    ] = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Put a package that others made into a conversion folder, and measure its parity."""
    pairs, inputs = parse_pairs(match or ()), parse_inputs(input_ or ())
    scales, biases, names = parse_channels(scale), parse_channels(bias), parse_names(outputs)
    folder = output or Path(f"{package.stem}.poseconvert")
    fence(model, package, *(image or ()), writes=[folder])
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the runtimes")
        from poseconvert.cli.outcome import exit_code, show
        from poseconvert.face.adopt import adopt

        conversion = adopt(
            model,
            package,
            folder,
            images=image or (),
            match=pairs,
            inputs=inputs,
            outputs=names,
            scale=scales,
            bias=biases,
            decode=decode,
            fit=fit,
            select=parse_names(select),
            ignore=parse_names(ignore),
            progress=progress,
        )
    measured = conversion.measured
    assert measured is not None
    show(measured, as_json=json, quiet=quiet)
    if not (json or quiet):
        typer.echo(f"wrote {folder}")
    return exit_code(measured)
