"""One result of a phone, read and checked."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from poseconvert.devices.machines import Machine, machine_of
from poseconvert.devices.schema import problem, result_schema, shown
from poseconvert.errors import DeviceError
from poseconvert.files import read_regular

SCHEMA = "poseconvert.ios-result.v1"
FAMILY = "poseconvert.ios-result."
MAX_BYTES = 32 << 20
FIRST_SECONDS, LAST_SECONDS = 30, 60
_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a sustained run: frames finished in it, and the thermal state at its end."""

    frames: int
    thermal: str


@dataclass(frozen=True, slots=True)
class Sustained:
    """A long run.

    Attributes
    ----------
    seconds : one per second.
    fps_first, fps_last : of the first 30 and the last 60 seconds; None where it was shorter.
    transitions : (seconds from the start, thermal state), the state at the start first.
    """

    seconds: tuple[Second, ...]
    fps_first: float | None
    fps_last: float | None
    transitions: tuple[tuple[float, str], ...]

    def seconds_to(self, states: tuple[str, ...]) -> float | None:
        """Return when one of the states was first reached, None where none was."""
        return next((at for at, state in self.transitions if state in states), None)


@dataclass(frozen=True, slots=True)
class Result:
    """One file of a test run.

    Attributes
    ----------
    path : where it was read.
    values : all of it, as the schema says.
    machine : the phone.
    """

    path: Path
    values: dict[str, Any]
    machine: Machine

    @property
    def kind(self) -> str:
        """``parity``, ``load``, ``latency``, ``sustained`` or ``plan``."""
        return str(self.values["kind"])

    @property
    def model(self) -> str:
        """The model's name in the bundle."""
        return str(self.values["model"]["name"])

    @property
    def units(self) -> str:
        """The compute units that were asked for."""
        return str(self.values["compute_units"]["requested"])

    @property
    def run(self) -> int:
        """Which run, from 0."""
        return int(self.values["run_index"])

    @property
    def valid(self) -> bool:
        """Whether the phone says that it counts."""
        return bool(self.values["validity"]["status"] == "valid")

    @property
    def sustained(self) -> Sustained | None:
        """The long run; None in any other result."""
        found = self.values.get("sustained")
        if found is None:
            return None
        return Sustained(
            seconds=tuple(Second(one["frames"], one["thermal"]) for one in found["bins"]),
            fps_first=found.get("fps_first_30s"),
            fps_last=found.get("fps_last_60s"),
            transitions=tuple((t["seconds"], t["state"]) for t in found["thermal_transitions"]),
        )


def read_result(path: Path, *, inside: Path | None = None) -> Result | None:
    """Read a result; None where the file is JSON of another kind.

    Parameters
    ----------
    inside : the folder that the user named, below which no link is followed.

    Raises
    ------
    DeviceError : not JSON, too large, a NaN, of a newer schema, or not what its schema says.
    """
    values = _json(path, inside)
    schema = values.get("schema") if isinstance(values, dict) else None
    if not isinstance(schema, str) or not schema.startswith(FAMILY):
        return None
    if schema != SCHEMA:
        _refuse(path, f"schema {shown(schema)}, this version reads {SCHEMA}", "Update poseconvert.")
    root = result_schema()
    if found := problem(values, root, root=root):
        _refuse(path, found, "Export the results again.")
    machine = machine_of(values["device"]["machine"])
    if machine is None:
        _refuse(
            path,
            f"from {shown(values['device']['machine'])}, which is no iPhone and no iPad",
            "Run the tests on a phone, not in a simulator.",
        )
    result = Result(path, values, machine)
    _check_machine(result)
    _check_parts(result)
    return result


def _json(path: Path, inside: Path | None) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not a JSON number")

    try:
        data = read_regular(path, limit=MAX_BYTES, inside=inside)
        return json.loads(data, parse_constant=refuse)
    except OSError as error:
        _refuse(path, f"cannot be read ({error.strerror})", "Export the results again.")
    except (ValueError, RecursionError) as error:
        _refuse(path, f"not JSON ({error})", "Export the results again.")


def _check_machine(result: Result) -> None:
    said = result.values["device"]["soc"]
    if said != result.machine.soc:
        _refuse(
            result.path,
            f"{result.values['device']['machine']} says its chip is {shown(said)}, it is"
            f" {result.machine.soc}",
            "Export the results again.",
        )


def _check_parts(result: Result) -> None:
    """Require what a valid result of its kind holds, and that its rates follow from its samples."""
    values = result.values
    needed = {
        "latency": ("warmup", "latency", "pipeline"),
        "sustained": ("warmup", "sustained"),
    }.get(result.kind, (result.kind,))
    missing = [part for part in needed if part not in values]
    if result.valid and missing:
        _refuse(result.path, f"a valid {result.kind} without {missing[0]}", "Run the test again.")
    if result.valid == bool(values["validity"]["reasons"]):
        _refuse(result.path, "validity and its reasons disagree", "Run the test again.")
    for part in ("latency", "pipeline"):
        if part in values:
            samples = values[part]["samples_us"]
            total = sum(samples)
            _check_rate(result, part, values[part]["fps"], 1e6 * len(samples) / (total or 1))
    sustained = result.sustained
    if sustained is not None:
        frames = [second.frames for second in sustained.seconds]
        for name, given, counted in (
            ("fps_first_30s", sustained.fps_first, frames[:FIRST_SECONDS]),
            ("fps_last_60s", sustained.fps_last, frames[-LAST_SECONDS:]),
        ):
            if given is not None:
                _check_rate(result, name, given, sum(counted) / (len(counted) or 1))
            elif result.valid:
                _refuse(result.path, f"a valid sustained run without {name}", "Run it again.")


def _check_rate(result: Result, name: str, given: float, follows: float) -> None:
    if not math.isclose(given, follows, rel_tol=_ROUNDING):
        _refuse(
            result.path,
            f"{name} says {given:.6g} fps, its samples say {follows:.6g}",
            "Export the results again.",
        )


def _refuse(path: Path, problem: str, cure: str) -> NoReturn:
    raise DeviceError(f"{path}: {problem}. {cure}")
