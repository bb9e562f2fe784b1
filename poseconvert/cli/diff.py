"""``poseconvert diff --image PIC... [CONVERSION]``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from poseconvert.cli.progress import steps

_STEPS = 7

EXAMPLES = """
Exit 0: parity held on every picture. 1: broken or not established. 2: bad input.

\b
Examples:
  poseconvert diff
  poseconvert diff --image person.jpg
  poseconvert diff model.poseconvert photos/*.jpg --png diff.png --html diff.html
  poseconvert diff --ops --html ops.html
  poseconvert diff --ops --bisect repro
"""


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PIC]... [CONVERSION]", help="Pictures, and one conversion folder."
        ),
    ] = None,
    image: Annotated[
        list[Path] | None, typer.Option(metavar="PIC", help="A picture; may repeat.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="MODEL, where it is not where it was converted."),
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write skeletons per artifact here.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a report here.")] = None,
    allow_edited: Annotated[
        bool, typer.Option("--allow-edited", help="Compare files changed after the conversion.")
    ] = False,
    ops: Annotated[
        bool, typer.Option("--ops", help="Drift of every op, and the first over tolerance.")
    ] = False,
    bisect: Annotated[
        Path | None,
        typer.Option(
            "--bisect",
            metavar="DIR",
            help="With --ops: write the smallest model that shows the first op's drift here.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print parity as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Run every artifact on pictures and show what moved.

    Without pictures the stored goldens are used. Without CONVERSION: the one in
    the current folder, else the bundled reference model. With --ops every op of
    every graph is compared too: alone on the reference's inputs, and as it ran.
    """
    folders = [path for path in paths or () if path.is_dir()]
    named = [*(image or ()), *(path for path in paths or () if not path.is_dir())]
    pictures = list(dict.fromkeys(named))  # the same picture twice is one input
    if len(folders) > 1:
        raise typer.BadParameter(f"{len(folders)} folders given. Compare one conversion at a time.")
    if bisect and not ops:
        raise typer.BadParameter("--bisect needs the drift of every op. Give --ops too.")
    said = ""
    with steps(_STEPS, quiet=quiet) as progress:
        progress("loading the runtimes")
        from poseconvert.cli.outcome import exit_code, show
        from poseconvert.cli.reference import conversion_folder
        from poseconvert.conversion.folder import file_at_once, refuse_foreign
        from poseconvert.pipeline.bisect import SCRIPT, write_repro
        from poseconvert.pipeline.diff import measure
        from poseconvert.pipeline.localise import localise
        from poseconvert.pipeline.reopened import reopen
        from poseconvert.reports.html import write_html
        from poseconvert.reports.overlay import save_overlays

        if bisect:
            refuse_foreign(bisect, mark=SCRIPT)
        with conversion_folder(folders[0] if folders else None, progress) as folder:
            progress("checking the conversion")
            reopened = reopen(folder, allow_edited=allow_edited)
            measurement = measure(reopened, pictures=pictures, model=model, progress=progress)
            if ops:
                found = localise(reopened, measurement.inputs, progress=progress)
                measurement = replace(measurement, ops=found)
                if bisect:
                    said = write_repro(
                        reopened, found, measurement.inputs, bisect, progress=progress
                    )
            for target, save in ((png, save_overlays), (html, write_html)):
                if target:
                    with file_at_once(target) as partial:
                        save(measurement, partial)
    show(measurement, as_json=json, quiet=quiet, joint_by_joint=True)
    if said and not (json or quiet):
        typer.echo(said)
    return exit_code(measurement)
