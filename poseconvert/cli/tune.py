"""``poseconvert tune [CONVERSION] --max-drift 0.5px``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.options import parse_pixels
from poseconvert.cli.progress import steps
from poseconvert.cli.reference import meant

_STEPS = 200

EXAMPLES = """
A joint counts where the reference or the package sees it, by its displacement, also when it
flipped to another peak. Hidden joints are reported apart; absent ones are out.

Exit 0: a package within the budget was made, run and measured. 1: none is, or no visible joint
was tested. 2: bad input.

\b
Examples:
  poseconvert tune model.poseconvert --max-drift 0.5px
  poseconvert tune model.poseconvert --max-drift 1 --image photo -o tuned.poseconvert
  poseconvert tune model.poseconvert --max-drift 0.5px --json
"""


def command(
    conversion: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CONVERSION]",
            help="Conversion folder; a MODEL is converted into a temporary folder.",
        ),
    ] = None,
    max_drift: Annotated[
        str,
        typer.Option(
            "--max-drift",
            metavar="PIXELS",
            help="How far a visible joint may move, in input pixels: 0.5px or 0.5.",
        ),
    ] = "0.5px",
    image: Annotated[
        list[Path] | None,
        typer.Option(metavar="PIC", help="Measure on this picture; may repeat. Else: goldens."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Write the tuned conversion here."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="MODEL, where it is not where it was converted."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Find the fewest ops to keep in float32 so that joints stay within a budget.

    Packages are made and run in every float16 mode of the reference executor: all ops in
    float16, then a sigmoid that ends the graph in float32, then the ops that float16 hurts most,
    pruned one by one. Without CONVERSION: the one in the current folder, else the reference model.
    """
    budget, pictures = parse_pixels(max_drift), list(dict.fromkeys(image or ()))
    place = meant(conversion)
    fence(*pictures, place, model, writes=[output])
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the runtimes")
        from poseconvert.face.commands import tune
        from poseconvert.reports.tune import print_tuned, tuned_json

        found = tune(
            place, pictures, max_drift=budget, output=output, model=model, progress=progress
        )
    if json:
        print(tuned_json(found.record, found.command))
    elif not quiet:
        from poseconvert.reports.terminal import terminal

        with terminal() as console:
            print_tuned(found.record, found.command, console)
    if found.written is not None and not (json or quiet):
        typer.echo(f"wrote {output}")
    return 0 if found.held else 1
