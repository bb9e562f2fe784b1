"""Exported attachments to a tidy folder: one file per result, named for what it holds."""

from __future__ import annotations

import re
from pathlib import Path

from poseconvert.conversion.atomic_write import written_at_once
from poseconvert.devices.machines import UNKNOWN
from poseconvert.devices.result import MAX_BYTES, Result
from poseconvert.devices.run import PhoneRun
from poseconvert.files import read_regular

MARKER = "run_id.txt"


def default_folder(run: PhoneRun) -> Path:
    """Return ``a12-RUN``, or ``iphone17_1-RUN`` where the chip is unknown; RUN is cut short."""
    identity = re.sub(r"[^A-Za-z0-9-]+", "_", str(run.first.values["run_id"]))[:20]
    machine = run.first.machine
    phone = machine.name.replace(",", "_") if machine.soc == UNKNOWN else machine.soc
    return Path(f"{phone.lower()}-{identity}")


def import_run(run: PhoneRun, target: Path) -> None:
    """Copy every result into ``target``, which may be an older import.

    Raises
    ------
    OutputError : the place cannot be written, or holds something else.
    """
    with written_at_once(target, marker=MARKER, kind="run of a phone") as partial:
        (partial / MARKER).write_text(f"{run.first.values['run_id']}\n")
        for result in run.results:
            data = read_regular(result.path, limit=MAX_BYTES, inside=run.folder)
            (partial / _name(result)).write_bytes(data)


def _name(result: Result) -> str:
    model = re.sub(r"[^A-Za-z0-9-]+", "_", result.model)
    return f"{result.kind}-{model}-{result.units}-{result.run}.json"
