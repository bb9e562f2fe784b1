"""``poseconvert evaluate [CONVERSION] --dataset NAME``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.progress import steps
from poseconvert.cli.reference import meant

_STEPS = 50

EXAMPLES = """
PCK is measured against the torso, from left shoulder to right hip. Every number comes with the
95 % interval of a bootstrap over people, every change with that of the same people drawn for both.

Exit 0: every artifact was evaluated. 1: one did not run. 2: bad input.

\b
Examples:
  poseconvert evaluate reference_models/dual_head_mobilenet_v1 --dataset synthetic --n 500
  poseconvert evaluate model.poseconvert --dataset coco --data ~/coco --n 1000
  poseconvert evaluate model.poseconvert --dataset lsp --data ~/lsp --json > was.json
  poseconvert evaluate model.poseconvert --dataset lsp --data ~/lsp --against was.json
"""


def command(
    conversion: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CONVERSION]",
            help="Conversion folder; a MODEL is converted into a temporary folder.",
        ),
    ] = None,
    dataset: Annotated[
        Literal["synthetic", "coco", "mpii", "lsp", "lspet"],
        typer.Option(help="Where people and their joints come from."),
    ] = "synthetic",
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the dataset; not for synthetic.")
    ] = None,
    people: Annotated[
        int | None,
        typer.Option("--n", metavar="PEOPLE", min=1, help="How many; synthetic: 500, else all."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="MODEL, where it is not where it was converted."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="An earlier evaluation: say what changed since."),
    ] = None,
    allow_edited: Annotated[
        bool, typer.Option("--allow-edited", help="Run files changed after the conversion.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Say what conversion costs: PCK, OKS-AP and MPJPE of every artifact.

    Without CONVERSION: the one in the current folder, else the bundled reference model.
    """
    place = meant(conversion)
    fence(place, data, model, against, edited=allow_edited)
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the runtimes")
        from poseconvert.face.commands import evaluate
        from poseconvert.reports.evaluation import evaluation_json, print_evaluation
        from poseconvert.reports.terminal import terminal

        found = evaluate(
            place,
            dataset,
            data=data,
            n=people,
            model=model,
            against=against,
            allow_edited=allow_edited,
            progress=progress,
        )
    if json:
        print(evaluation_json(found.record, found.since))
    elif not quiet:
        with terminal() as console:
            print_evaluation(found.record, console, found.since)
    return 0 if found.complete else 1
