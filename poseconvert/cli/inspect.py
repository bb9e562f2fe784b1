"""``poseconvert inspect ARTIFACT``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.options import parse_names, parse_size

EXAMPLES = """
For a package and a conversion it forecasts how many ops each family of chips could run on its
Neural Engine, from public sources; --plan says what Core ML chose. FILE is a plan-*.json of the iOS
harness, a report of mlx2coreml, the output of ExecuTorch's coreml_compute_plan.py, or Core ML's
analytics.mil. Rules on Core ML are listed in docs/rules.md.

\b
Examples:
  poseconvert inspect model.poseconvert
  poseconvert inspect model.mlpackage --json
  poseconvert inspect old.mlmodel
  poseconvert inspect posenet.pth --size 257
  poseconvert inspect model.poseconvert --plan attachments/mine/plan-model-all-0.json
"""


def command(
    artifact: Annotated[
        Path,
        typer.Argument(
            metavar="ARTIFACT",
            help="Conversion folder, .mlpackage, .mlmodel, .onnx or checkpoint.",
        ),
    ],
    size: Annotated[
        str | None,
        typer.Option(metavar="N|HxW", help="Input side in pixels of a state dict, or HxW."),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Compute plan: which ops left the Neural Engine."),
    ] = None,
    function: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which function of a package with several."),
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(metavar="RULES", help="Ask only these rules on Core ML, such as PC04,PC010."),
    ] = None,
    ignore: Annotated[str | None, typer.Option(metavar="RULES", help="Do not ask these.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Show what an artifact holds, costs, needs and risks, and where it would run."""
    fence(artifact, plan)
    from poseconvert.face.commands import inspect
    from poseconvert.reports.inspection import print_inspection

    found = inspect(
        artifact,
        size=parse_size(size),
        plan=plan,
        function=function,
        select=parse_names(select),
        ignore=parse_names(ignore),
    )
    if json:
        from json import dumps

        print(dumps(found.json(), indent=1))
    elif not quiet:
        from poseconvert.reports.terminal import terminal

        with terminal() as console:
            print_inspection(found.record, console)
            if found.whereabouts is not None:
                from poseconvert.reports.whereabouts import print_whereabouts

                print_whereabouts(found.whereabouts, console)
    return 0
