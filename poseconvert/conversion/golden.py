"""Goldens: stored inputs and the reference's outputs, made once, hashed.

One format for pytest, macOS and the phone: inputs are raw uint8 (H, W, 3) RGB,
outputs raw little-endian float32, ``golden.json`` says which and how large.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import UnsetType
from numpy.typing import NDArray

from poseconvert.conversion.codec import decoded, record_of, shortened
from poseconvert.conversion.golden_agreement import disagreements
from poseconvert.conversion.golden_record import Case, GoldenRecord, Origin, StoredArray
from poseconvert.conversion.yardstick_record import read, recorded
from poseconvert.drift import ULP, Floor, Yardstick
from poseconvert.errors import ConversionError, UsageError
from poseconvert.files import read_regular

SCHEMA = "poseconvert.golden.v1"
FOLDER, INDEX = "golden", "golden.json"
_MAX_BYTES = 16 << 20
_SUFFIX = {"uint8": "u8", "float32": "f32"}
_INFINITE = re.compile(rb"(:\s*)Infinity\b")


@dataclass(frozen=True, slots=True)
class Goldens:
    """Stored inputs with the outputs of the reference.

    Attributes
    ----------
    runner : what computed the outputs.
    names : one per case.
    inputs : one array per input of the network, in its order: (N, H, W, 3) uint8 RGB for a
        picture, else (N, ...) float32.
    outputs : by name, (N, ...) float32.
    floor : the reference's noise floor by output.
    joints : what an app decoded, by head ``2d`` or ``3d``: (N, J, 2 or 3) in input pixels, NaN
        where absent; empty where none was recorded.
    origins : where each input comes from; empty: from the user.
    yardsticks : what the drift of each output is measured against; empty where nobody measured.

    Raises
    ------
    UsageError : they do not agree with each other, such as one array for ``inputs``.
    """

    runner: str
    names: tuple[str, ...]
    inputs: tuple[NDArray[Any], ...]
    outputs: Mapping[str, NDArray[np.float32]]
    floor: Mapping[str, Floor]
    joints: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()
    yardsticks: Mapping[str, Yardstick] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.origins:
            object.__setattr__(self, "origins", ("given",) * len(self.names))
        found = disagreements(
            self.names,
            self.inputs,
            self.outputs,
            floor=self.floor,
            joints=self.joints,
            origins=self.origins,
        )
        if (fault := next(found, None)) is not None:
            raise UsageError(f"goldens: {fault}.")


def write_goldens(conversion: Path, goldens: Goldens) -> None:
    """Write ``golden/`` into a conversion folder, or beside any other files."""
    folder = conversion / FOLDER
    folder.mkdir(parents=True)
    cases: list[dict[str, Any]] = []
    inputs = _file_names(goldens.names)
    parts = _file_names(goldens.outputs)
    for index, name in enumerate(goldens.names):
        outputs = {
            output: _store(folder, f"{inputs[name]}.{parts[output]}.f32", values[index])
            for output, values in goldens.outputs.items()
        }
        stored = [
            _store(folder, f"{inputs[name]}{_part(at)}.{_SUFFIX[values.dtype.name]}", values[index])
            for at, values in enumerate(goldens.inputs)
        ]
        given = {"inputs": stored} if len(stored) > 1 else {"input": stored[0]}  # as phones read
        origin = goldens.origins[index]
        cases.append({"name": name, "origin": origin, **given, "outputs": outputs})
        if goldens.joints:
            cases[-1]["joints"] = {
                head: [
                    [None if math.isnan(x) else float(x) for x in joint] for joint in all_[index]
                ]
                for head, all_ in goldens.joints.items()
            }
    content = {
        "schema": SCHEMA,
        "runner": goldens.runner,
        "floor": {name: floor.relative for name, floor in goldens.floor.items()},
        "floor_source": {name: floor.source for name, floor in goldens.floor.items()},
        "yardsticks": {name: recorded(one) for name, one in goldens.yardsticks.items()},
        "cases": cases,
    }
    (folder / INDEX).write_text(json.dumps(content, indent=2) + "\n")


def _part(at: int) -> str:
    return f".{at + 1}" if at else ""


def _file_names(names: Iterable[str]) -> dict[str, str]:
    """Give each name a file name: what no file system objects to, numbered where two meet."""
    found: dict[str, str] = {}
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:80]
        taken = sum(other == stem or other.startswith(f"{stem}~") for other in found.values())
        found[name] = f"{stem}~{taken + 1}" if taken else stem
    return found


def _store(folder: Path, name: str, value: NDArray[Any]) -> dict[str, Any]:
    little = value.astype(value.dtype.newbyteorder("<"), order="C")
    data = little.tobytes()
    (folder / name).write_bytes(data)
    return {
        "file": name,
        "shape": list(value.shape),
        "dtype": value.dtype.name,
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def read_goldens(conversion: Path, *, sha256: str = "", promised: Iterable[str] = ()) -> Goldens:
    """Read ``golden/`` of a conversion folder, every file against its hash.

    Parameters
    ----------
    sha256 : of ``golden.json``; empty where nobody knows it, as of what a phone recorded.
    promised : outputs that it must have.

    Raises
    ------
    ConversionError : missing, malformed, of another schema, a changed hash, or an output less.
    """
    path = conversion / FOLDER / INDEX
    data = _bytes(path, conversion, _MAX_BYTES)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise ConversionError(f"{path}: was edited (SHA-256 differs). Convert again.")
    record = _record(data, path)
    cases = record.cases
    if missing := [name for name in promised if name not in cases[0].outputs]:
        raise ConversionError(
            f"{path}: lacks output {missing[0]}, which the manifest promises. Convert again."
        )
    try:
        outputs = {
            name: np.stack([_load(conversion, case.outputs[name]) for case in cases])
            for name in cases[0].outputs
        }
        return Goldens(
            runner=record.runner,
            names=tuple(case.name for case in cases),
            inputs=tuple(
                np.stack([_load(conversion, one) for one in several])
                for several in zip(*(case.arrays for case in cases), strict=True)
            ),
            outputs=outputs,
            floor=_floor(record, outputs),
            joints=_joints(cases),
            origins=tuple(case.origin for case in cases),
            yardsticks={n: read(one) for n, one in record.yardsticks.items() if n in outputs},
        )
    except (UsageError, LookupError, TypeError, ValueError, OverflowError) as error:
        reason = shortened(f"{type(error).__name__}: {error}")
        raise ConversionError(f"{path}: malformed goldens ({reason}). Convert again.") from error


def copy_goldens(conversion: Path, target: Path, *, sha256: str) -> None:
    """Copy ``golden.json`` and the files that it names, and nothing else that lies there.

    Raises
    ------
    ConversionError : see :func:`read_goldens`, by which the copy is read.
    """
    path = conversion / FOLDER / INDEX
    data = _bytes(path, conversion, _MAX_BYTES)
    (target / FOLDER).mkdir(parents=True)
    (target / FOLDER / INDEX).write_bytes(data)
    for one in _record(data, path).files:
        stored = _bytes(conversion / FOLDER / one.file, conversion, one.nbytes)
        (target / FOLDER / one.file).write_bytes(stored)
    read_goldens(target, sha256=sha256)


def _record(data: bytes, path: Path) -> GoldenRecord:
    """Read the index; the word ``Infinity``, which is not JSON, may stand for a noise floor."""
    values = decoded(_INFINITE.sub(rb'\1"Infinity"', data), path)
    floor = values.get("floor") if isinstance(values, dict) else None
    if isinstance(floor, dict):
        values["floor"] = {n: math.inf if x == "Infinity" else x for n, x in floor.items()}
    return record_of(values, GoldenRecord, path=path, schema=SCHEMA, closed=False)


def _floor(record: GoldenRecord, outputs: Iterable[str]) -> dict[str, Floor]:
    """Read the noise floor: of every output, or of none where it was recorded elsewhere."""
    if not record.floor:
        return {name: Floor(0.0) for name in outputs}
    # Goldens of older versions hold the answer to one ulp, and do not say so.
    given = record.floor_source
    source = dict.fromkeys(outputs, ULP) if isinstance(given, UnsetType) else given
    return {name: Floor(record.floor[name], source[name]) for name in outputs}


def _joints(cases: Sequence[Case]) -> dict[str, NDArray[np.float64]]:
    """Read what an app decoded; null is a coordinate that it has not."""
    heads = cases[0].joints
    return {head: np.array([case.joints[head] for case in cases], np.float64) for head in heads}


def _load(conversion: Path, stored: StoredArray) -> NDArray[Any]:
    path = conversion / FOLDER / stored.file
    data = _bytes(path, conversion, stored.nbytes)
    if len(data) != stored.nbytes:
        raise ConversionError(f"{path}: its size does not fit {stored.shape}. Convert again.")
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise ConversionError(f"{path}: was edited (SHA-256 differs). Convert again.")
    dtype = np.dtype(stored.dtype).newbyteorder("<")
    return np.frombuffer(data, dtype).reshape(stored.shape)


def _bytes(path: Path, conversion: Path, limit: int) -> bytes:
    try:
        return read_regular(path, limit=limit, inside=conversion)
    except OSError as error:
        raise ConversionError(
            f"{path}: cannot be read ({error.strerror}). Convert again, or restore it."
        ) from error
