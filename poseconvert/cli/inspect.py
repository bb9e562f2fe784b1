"""``poseconvert inspect ARTIFACT``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.options import parse_size

EXAMPLES = """
\b
Examples:
  poseconvert inspect model.poseconvert
  poseconvert inspect model.mlpackage --json
  poseconvert inspect posenet.pth --size 257
"""


def command(
    artifact: Annotated[
        Path,
        typer.Argument(
            metavar="ARTIFACT", help="Conversion folder, .mlpackage, .onnx or checkpoint."
        ),
    ],
    size: Annotated[
        str | None,
        typer.Option(metavar="N|HxW", help="Input side in pixels of a state dict, or HxW."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Show what an artifact holds, costs, needs and risks."""
    fence(artifact)
    from poseconvert.face.commands import inspect
    from poseconvert.reports.inspection import inspection_json, print_inspection

    inspection = inspect(artifact, size=parse_size(size)).record
    if json:
        from json import dumps

        print(dumps(inspection_json(inspection), indent=1))
    elif not quiet:
        from poseconvert.reports.terminal import terminal

        with terminal() as console:
            print_inspection(inspection, console)
    return 0
