"""One test run of one phone: a folder of results that belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poseconvert.devices.result import FAMILY, MAX_BYTES, Result, read_result
from poseconvert.devices.schema import shown
from poseconvert.errors import DeviceError
from poseconvert.files import files_below, open_regular

_MOST_FILES = 10_000
_MOST_BYTES = 2 << 30
_SHARED = (
    ("run_id", "run id"),
    ("simulated", "simulated"),
    ("build", "build"),
)


@dataclass(frozen=True, slots=True)
class PhoneRun:
    """All results of one test run.

    Attributes
    ----------
    folder : where they were read.
    results : in the order of kind, model, units and run.
    skipped : JSON files that are not results.
    """

    folder: Path
    results: tuple[Result, ...]
    skipped: tuple[Path, ...]

    @property
    def first(self) -> Result:
        """Any of them: the phone, the build and the run id are the same in all."""
        return self.results[0]

    @property
    def device(self) -> dict[str, Any]:
        """The phone as the first result describes it."""
        found: dict[str, Any] = self.first.values["device"]
        return found

    @property
    def simulated(self) -> bool:
        """Whether no phone gave these numbers."""
        return bool(self.first.values["simulated"])

    @property
    def title(self) -> str:
        """The phone in words; a simulated one is called so."""
        machine = self.first.machine
        text = f"{machine.name} ({machine.chip}, iOS {self.device['os']})"
        return f"{text}, SIMULATED" if self.simulated else text

    def of(self, kind: str, model: str, units: str) -> tuple[Result, ...]:
        """Return the results of one kind, model and unit, by run."""
        return tuple(r for r in self.results if (r.kind, r.model, r.units) == (kind, model, units))

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Every model and unit, in the order of their names."""
        return tuple(sorted({(r.model, r.units) for r in self.results}))


def read_run(folder: Path) -> PhoneRun:
    """Read a folder of results, or of exported attachments; other JSON files are passed over.

    Raises
    ------
    DeviceError : no results, a file that is refused, results of several runs or phones, the same
        result twice, or numbers of a unit without a parity result.
    """
    if not folder.is_dir():
        raise DeviceError(f"{folder}: no such folder. Give the folder of exported attachments.")
    results, skipped = [], []
    for path in _files(folder):
        result = read_result(path, inside=folder)
        if result is None:
            skipped.append(path)
        else:
            results.append(result)
    if not results:
        raise DeviceError(
            f"{folder}: none of its {len(skipped)} JSON files is a result of the harness."
            " Export the attachments of the .xcresult first (ios_harness/scripts/export.sh)."
        )
    results.sort(key=lambda r: (r.kind, r.model, r.units, r.run))
    _check_together(results)
    _check_parity(results)
    return PhoneRun(folder, tuple(results), tuple(skipped))


def _files(folder: Path) -> Iterator[Path]:
    """Yield JSON files, and whatever else holds the schema's name: exports rename attachments."""
    try:
        found = files_below(folder, most=_MOST_FILES)
        size = sum(min(path.lstat().st_size, MAX_BYTES) for path in found)
    except OSError as error:
        raise DeviceError(f"{folder}: {error.strerror}. Give one test run.") from error
    if size > _MOST_BYTES:
        raise DeviceError(f"{folder}: holds more than {_MOST_BYTES} bytes. Give one test run.")
    yield from (p for p in found if p.suffix == ".json" or _names_schema(p, folder))


def _names_schema(path: Path, folder: Path) -> bool:
    try:
        with open_regular(path, inside=folder) as file:
            return FAMILY.encode() in file.read(MAX_BYTES)
    except OSError:
        return False  # it is not called .json, and nobody said that it is a result


def _check_together(results: list[Result]) -> None:
    first = results[0]
    seen: dict[tuple[str, str, str, int], Path] = {}
    packages: dict[str, Result] = {}
    for result in results:
        for key, words in _SHARED:
            if result.values[key] != first.values[key]:
                raise DeviceError(
                    f"{result.path}: {words} {_short(result.values[key])}, but {first.path.name}"
                    f" has {_short(first.values[key])}. Keep every test run in a folder of its own."
                )
        if result.values["device"]["machine"] != first.values["device"]["machine"]:
            raise DeviceError(
                f"{result.path}: from {result.machine.name}, but {first.path.name} is from"
                f" {first.machine.name}. Keep every phone in a folder of its own."
            )
        if result.values["device"]["os"] != first.values["device"]["os"]:
            raise DeviceError(
                f"{result.path}: from iOS {shown(result.values['device']['os'])}, but"
                f" {first.path.name} is from iOS {shown(first.values['device']['os'])}: the phone"
                " was updated in between. Run it again from the beginning."
            )
        place = result.kind, result.model, result.units, result.run
        if place in seen:
            raise DeviceError(
                f"{result.path}: the same result as {seen[place].name}"
                f" ({shown(' '.join(place[:3]))}, run {place[3]}). Remove one of them."
            )
        seen[place] = result.path
        package = packages.setdefault(result.model, result)
        if package.values["model"] != result.values["model"]:
            raise DeviceError(
                f"{result.path}: another package named {shown(result.model)} than in"
                f" {package.path.name}. Keep every test run in a folder of its own."
            )


def _check_parity(results: list[Result]) -> None:
    judged = {(r.model, r.units) for r in results if r.kind == "parity"}
    for result in results:
        if result.kind in ("latency", "sustained") and (result.model, result.units) not in judged:
            raise DeviceError(
                f"{result.path}: parity missing for {shown(result.model)} on {result.units}; a"
                " unit without parity gets no fps. Run ParityTests too and export all of it."
            )


def _short(value: object) -> str:
    text = ", ".join(map(str, value.values())) if isinstance(value, dict) else str(value)
    return shown(text)
