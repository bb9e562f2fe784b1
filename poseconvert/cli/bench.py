"""``poseconvert bench import`` and ``bench compare``: what phones measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poseconvert.cli.fencing import fence
from poseconvert.cli.progress import steps

if TYPE_CHECKING:
    from poseconvert.devices.compare import PhoneComparison
    from poseconvert.devices.run import PhoneRun

IMPORT_EXAMPLES = """
DIR holds the attachments that xcresulttool exported. Results are recognised by their schema, other
JSON files are passed over, and one that is no result any more is refused.

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

app = typer.Typer(help="Results of phones: import and compare them.")


@app.command("import", epilog=IMPORT_EXAMPLES)
def import_(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Exported attachments of one test run.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Folder; default a12-RUN or a11-RUN."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was imported.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors.")] = False,
) -> int:
    """Check a test run's results and put them in a folder of their own."""
    fence(folder, writes=[output or Path("run")])
    with steps(2, quiet=quiet) as progress:
        progress("reading the results")
        from poseconvert.devices.importing import default_folder, import_run
        from poseconvert.devices.run import read_run

        run = read_run(folder)
        target = output or default_folder(run)
        progress("copying them")
        import_run(run, target)
    if json:
        from json import dumps

        print(dumps(_imported(run, target), indent=1))
    elif not quiet:
        _print_imported(run, target)
    return 0


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
        from poseconvert.conversion.atomic_write import file_at_once
        from poseconvert.devices.compare import compare_phones
        from poseconvert.devices.page import comparison_html
        from poseconvert.devices.rows import comparison_json
        from poseconvert.devices.run import read_run

        found = compare_phones(read_run(newer), read_run(older))
        if html is not None:
            progress("drawing")
            with file_at_once(html) as partial:
                partial.write_text(comparison_html(found), encoding="utf-8")
    if json:
        from json import dumps

        print(dumps(comparison_json(found), indent=1, allow_nan=False))
    elif not quiet:
        _print(found)
    return 1 if found.gaps else 0


def _imported(run: PhoneRun, target: Path) -> dict[str, object]:
    return {
        "schema": "poseconvert.bench-import.v1",
        "folder": str(target),
        "simulated": run.simulated,
        "device": run.device,
        "run_id": run.first.values["run_id"],
        "skipped": len(run.skipped),
        "results": [
            {
                "kind": result.kind,
                "model": result.model,
                "units": result.units,
                "run": result.run,
                "validity": result.values["validity"],
            }
            for result in run.results
        ],
    }


def _print_imported(run: PhoneRun, target: Path) -> None:
    """Print what was imported, and why some of it does not count."""
    from poseconvert.reports.terminal import as_is, terminal

    invalid = [result for result in run.results if not result.valid]
    lines = [
        f"{run.title}: {len(run.results)} results, {len(invalid)} of them do not count,"
        f" {len(run.skipped)} other JSON files"
    ]
    for result in invalid:
        reasons = ", ".join(result.values["validity"]["reasons"])
        lines.append(f"  {result.path.name}: {reasons}")
    with terminal() as console:
        for line in [*lines, f"wrote {target}"]:
            console.print(as_is(line), soft_wrap=True)


def _print(found: PhoneComparison) -> None:
    """Print a table per phone, the effects, what is missing, and the verdict."""
    from poseconvert.devices import rows
    from poseconvert.reports.terminal import as_is, plain_table, print_list, terminal

    with terminal() as console:
        for phone in rows.phone_tables(found):
            console.print(as_is(phone.title))
            table = plain_table(rows.UNIT_HEADINGS, right=rows.UNIT_NUMBERS)
            for row in phone.rows:
                table.add_row(*map(as_is, row))
            console.print(table)
        table = plain_table(rows.EFFECT_HEADINGS, right=rows.EFFECT_NUMBERS)
        for row in rows.effect_rows(found):
            table.add_row(*map(as_is, row))
        console.print(table)
        print_list(console, "why", found.gaps)
        if found.simulated:
            console.print(as_is(rows.SIMULATED))
        console.print(as_is(rows.verdict(found)))
