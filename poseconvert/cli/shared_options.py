"""Options that ``convert`` and ``adopt`` have in common, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

PicturesToo = Annotated[
    list[Path] | None,
    typer.Option("--image", metavar="PIC", help="Check parity on this picture too; may repeat."),
]
InputShapes = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NAME:SHAPE",
        help="name:1,3,H,W of an unknown network; repeated for each of several inputs.",
    ),
]
OutputNames = Annotated[
    str | None,
    typer.Option(
        "--outputs", metavar="NAMES", help="Names of an unknown network's outputs, comma-separated."
    ),
]
Bias = Annotated[
    str | None, typer.Option("--bias", metavar="NUMBER", help="One number, or three for R,G,B.")
]
FitChoice = Annotated[
    Literal["letterbox", "crop", "stretch"], typer.Option("--fit", help="Picture to input size.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print parity as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print only errors.")]


class PrecisionChoice(StrEnum):
    """What ``--precision`` takes."""

    AUTO = "auto"
    FP16 = "fp16"
    FP32 = "fp32"
