"""What phones measured: imported, and compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poseconvert.conversion.atomic_write import file_at_once
from poseconvert.devices import rows
from poseconvert.devices.compare import PhoneComparison, compare_phones
from poseconvert.devices.importing import default_folder, import_run
from poseconvert.devices.page import comparison_html
from poseconvert.devices.phone import PhoneReport, describe_phone
from poseconvert.devices.run import PhoneRun, read_run
from poseconvert.face.choices import AnyPath
from poseconvert.face.shown import Shown
from poseconvert.reports import phone
from poseconvert.reports.notebook import Card, facts_card


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Imported(Shown):
    """Results of one test run in a folder of their own.

    Attributes
    ----------
    folder : where they lie now.
    record : the results.
    """

    folder: Path
    record: PhoneRun

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.bench-import.v1``."""
        run = self.record
        return {
            "schema": "poseconvert.bench-import.v1",
            "folder": str(self.folder),
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

    def _card(self) -> Card:
        facts = {result.path.name: result.kind for result in self.record.results}
        return facts_card("imported", f"{len(facts)} results of {self.record.title}", facts)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Phones(Shown):
    """An A12 phone beside an A11 phone.

    Attributes
    ----------
    record : rows of both, effects, and what is missing.
    """

    record: PhoneComparison

    @property
    def established(self) -> bool:
        """Whether parity held on every unit and every number has runs enough."""
        return not self.record.gaps

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.bench-compare.v1``."""
        return rows.comparison_json(self.record)

    def html(self, path: AnyPath) -> Path:
        """Write a page with plots.

        Raises
        ------
        OutputError : ``path`` cannot be written.
        """
        with file_at_once(Path(path)) as partial:
            partial.write_text(comparison_html(self.record), encoding="utf-8")
        return Path(path)

    def _card(self) -> Card:
        found = self.record
        verdict, _, why = rows.verdict(found).partition(", " if found.gaps else ": ")
        headings = (*rows.EFFECT_HEADINGS, *rows.EFFECT_NUMBERS)
        return Card(verdict, why, headings, rows.effect_rows(found.effects), found.gaps)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Phone(Shown):
    """One phone by itself.

    Attributes
    ----------
    record : rows of its units, effects, plans, forecasts, and what stands against it.
    """

    record: PhoneReport

    @property
    def held(self) -> bool:
        """Whether parity held on every unit and every result counts."""
        return not self.record.problems

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.bench-show.v1``."""
        return phone.phone_report_json(self.record)

    def html(self, path: AnyPath) -> Path:
        """Write a page with plots.

        Raises
        ------
        OutputError : ``path`` cannot be written.
        """
        with file_at_once(Path(path)) as partial:
            partial.write_text(phone.phone_report_html(self.record), encoding="utf-8")
        return Path(path)

    def _card(self) -> Card:
        found = self.record
        facts = {f"{row.model} on {row.units}": f"parity {row.parity}" for row in found.rows}
        return facts_card(found.run.title, phone.verdict(found), facts, found.problems)


def bench_show(
    folder: AnyPath,
    conversions: AnyPath | Iterable[AnyPath] = (),
    *,
    html: AnyPath | None = None,
    progress: Callable[[str], None] | None = None,
) -> Phone:
    """Show one phone of any kind: parity per unit, fps, heat, and where its ops run.

    Parameters
    ----------
    folder : results, or exported attachments, of one test run.
    conversions : of the models that ran: for the work of each op, and the forecast.
    html : write a page with plots here.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    PoseconvertError : a result or conversion is malformed, or ``html`` cannot be written.
    """
    several = [conversions] if isinstance(conversions, str | os.PathLike) else conversions
    found = Phone(describe_phone(read_run(Path(folder)), [Path(one) for one in several]))
    if html is not None:
        if progress:
            progress("drawing")
        found.html(html)
    return found


def bench_import(
    folder: AnyPath,
    output: AnyPath | None = None,
    *,
    progress: Callable[[str], None] | None = None,
) -> Imported:
    """Check a test run's results and put them in a folder of their own.

    Parameters
    ----------
    folder : the exported attachments of one test run.
    output : the folder; by default ``a12-RUN`` or ``a11-RUN`` in the current one.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    DeviceError, OutputError : a result is malformed, or the place cannot be written.
    """
    run = read_run(Path(folder))
    target = default_folder(run) if output is None else Path(output)
    if progress:
        progress("copying them")
    import_run(run, target)
    return Imported(target, run)


def bench_compare(
    newer: AnyPath,
    older: AnyPath,
    *,
    html: AnyPath | None = None,
    progress: Callable[[str], None] | None = None,
) -> Phones:
    """Compare an A12 phone with an A11 phone: fps, heat, parity, and what caused what.

    Parameters
    ----------
    newer, older : folders of results.
    html : write a page with plots here.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    DeviceError, OutputError : a result is malformed, or ``html`` cannot be written.
    """
    found = Phones(compare_phones(read_run(Path(newer)), read_run(Path(older))))
    if html is not None:
        if progress:
            progress("drawing")
        found.html(html)
    return found
