"""``poseconvert bench import``, ``bench show`` and ``bench compare``: what phones measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.progress import steps

IMPORT_EXAMPLES = """
DIR holds the attachments that xcresulttool exported. Results are recognised by their schema. Other
JSON files are passed over; a damaged result is refused.

Exit 0: imported. 2: bad input.

\b
Examples:
  poseconvert bench import attachments/
  poseconvert bench import attachments/ -o results/a12
"""

COMPARE_EXAMPLES = """
Sustained fps are those of the first 30 and the last 60 seconds.

The Neural Engine's effect is A12 all over A12 cpuAndGPU. The chip's, with the system's, is A12
cpuAndGPU over A11 cpuAndGPU. Intervals are bootstraps over runs, never over frames.

Exit 0: parity held on every unit and every number comes from 3 runs of a phone. 1: not
established, as with simulated results. 2: bad input.

\b
Examples:
  poseconvert bench compare results/a12 results/a11
  poseconvert bench compare results/a12 results/a11 --html phones.html
  poseconvert bench compare ios_harness/samples/a12 ios_harness/samples/a11 --json
"""

SHOW_EXAMPLES = """
DIR holds results, or the attachments that xcresulttool exported, of any iPhone or iPad. With the
CONVERSION that was measured it also shows how much work left the Neural Engine, and the forecast
for the phone's chip.

Exit 0: parity held on every unit and every result counts. 1: it did not, or the results are
simulated. 2: bad input.

\b
Examples:
  poseconvert bench show attachments/mine
  poseconvert bench show attachments/mine model.poseconvert --html mine.html
  poseconvert bench show ios_harness/samples/a12 --json
"""

app = typer.Typer(help="Results of phones: import, show and compare them.")


@app.command("import", epilog=IMPORT_EXAMPLES)
def import_(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Exported attachments of one test run.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Folder; such as a12-RUN by default."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was imported.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Check a test run's results and put them in a folder of their own."""
    fence(folder, writes=[output or Path("run")])
    with steps(2, quiet=quiet) as progress:
        progress("reading the results")
        from poseconvert.face.phones import bench_import

        imported = bench_import(folder, output, progress=progress)
    if json:
        from json import dumps

        print(dumps(imported.json(), indent=1))
    elif not quiet:
        from poseconvert.reports.phones import print_imported

        print_imported(imported.record, imported.folder)
    return 0


@app.command("show", epilog=SHOW_EXAMPLES)
def show(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Results of one test run.")],
    conversions: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CONVERSION...]", help="Conversions that were measured."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots too.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Show one phone of any kind: parity per unit, fps, heat, and where its ops run."""
    fence(folder, *(conversions or ()), writes=[html])
    with steps(3, quiet=quiet) as progress:
        progress("reading the results")
        from poseconvert.face.phones import bench_show

        found = bench_show(folder, conversions or (), html=html, progress=progress)
    if json:
        from json import dumps

        print(dumps(found.json(), indent=1, allow_nan=False))
    elif not quiet:
        from poseconvert.reports.phone import print_phone

        print_phone(found.record)
    return 0 if found.held else 1


@app.command("compare", epilog=COMPARE_EXAMPLES)
def compare(
    newer: Annotated[Path, typer.Argument(metavar="A12DIR", help="Results of the A12 phone.")],
    older: Annotated[Path, typer.Argument(metavar="A11DIR", help="Results of the A11 phone.")],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots too.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Compare an A12 phone with an A11 phone: fps, heat, parity, and what caused what."""
    fence(newer, older, writes=[html])
    with steps(3, quiet=quiet) as progress:
        progress("reading the results")
        from poseconvert.face.phones import bench_compare

        found = bench_compare(newer, older, html=html, progress=progress)
    if json:
        from json import dumps

        print(dumps(found.json(), indent=1, allow_nan=False))
    elif not quiet:
        from poseconvert.reports.phones import print_phones

        print_phones(found.record)
    return 0 if found.established else 1
