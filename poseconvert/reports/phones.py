"""Results of phones on the terminal."""

from __future__ import annotations

from pathlib import Path

from poseconvert.devices import rows
from poseconvert.devices.compare import PhoneComparison
from poseconvert.devices.run import PhoneRun
from poseconvert.reports.terminal import as_is, plain_table, print_list, terminal


def print_imported(run: PhoneRun, folder: Path) -> None:
    """Print what was imported, and why some of it does not count."""
    invalid = [result for result in run.results if not result.valid]
    lines = [
        f"{run.title}: {len(run.results)} results, {len(invalid)} of them do not count,"
        f" {len(run.skipped)} other JSON files"
    ]
    for result in invalid:
        reasons = ", ".join(result.values["validity"]["reasons"])
        lines.append(f"  {result.path.name}: {reasons}")
    with terminal() as console:
        for line in [*lines, f"wrote {folder}"]:
            console.print(as_is(line), soft_wrap=True)


def print_phones(found: PhoneComparison) -> None:
    """Print a table per phone, the effects, what is missing, and the verdict."""
    with terminal() as console:
        for phone in rows.phone_tables(found):
            console.print(as_is(phone.title))
            table = plain_table(rows.UNIT_HEADINGS, right=rows.UNIT_NUMBERS)
            for row in phone.rows:
                table.add_row(*map(as_is, row))
            console.print(table)
        table = plain_table(rows.EFFECT_HEADINGS, right=rows.EFFECT_NUMBERS)
        for row in rows.effect_rows(found.effects):
            table.add_row(*map(as_is, row))
        console.print(table)
        print_list(console, "why", found.gaps)
        if found.simulated:
            console.print(as_is(rows.SIMULATED))
        console.print(as_is(rows.verdict(found)))
