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
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift import ULP, Floor
from poseconvert.errors import ConversionError

SCHEMA = "poseconvert.golden.v1"
FOLDER = "golden"
_MALFORMED = (OSError, LookupError, TypeError, ValueError, OverflowError, RecursionError)
_MAX_ELEMENTS = 1 << 28
_SUFFIX = {"uint8": "u8", "float32": "f32"}


@dataclass(frozen=True, slots=True)
class Goldens:
    """Stored inputs with the outputs of the reference.

    Attributes
    ----------
    runner : what computed the outputs.
    names : one per input.
    inputs : one array per input of the network, in its order: (N, H, W, 3) uint8 RGB for a
        picture, else (N, ...) float32.
    outputs : by name, (N, ...) float32.
    floor : the reference's noise floor by output.
    joints : what an app decoded, by head ``2d`` or ``3d``: (N, J, 2 or 3) in input pixels, NaN
        where absent; empty where none was recorded.
    """

    runner: str
    names: tuple[str, ...]
    inputs: tuple[NDArray[Any], ...]
    outputs: Mapping[str, NDArray[np.float32]]
    floor: Mapping[str, Floor]
    joints: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


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
        # One is "input", as phones read it; several are "inputs", in the network's order.
        given = {"inputs": stored} if len(stored) > 1 else {"input": stored[0]}
        cases.append({"name": name, **given, "outputs": outputs})
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
        "cases": cases,
    }
    (folder / "golden.json").write_text(json.dumps(content, indent=2) + "\n")


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


def read_goldens(conversion: Path) -> Goldens:
    """Read ``golden/`` of a conversion folder, every file against its hash.

    Raises
    ------
    ConversionError : missing, malformed, of another schema, or a changed hash.
    """
    path = conversion / FOLDER / "golden.json"
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != SCHEMA:
            raise ConversionError(f"{path}: schema {content['schema']!r} is not {SCHEMA!r}.")
        cases: Sequence[Any] = content["cases"]
        outputs = {
            name: np.stack([_load(path.parent, case["outputs"][name]) for case in cases])
            for name in cases[0]["outputs"]
        }
        # Goldens of older versions hold the answer to one ulp, and do not say so.
        return Goldens(
            runner=str(content["runner"]),
            names=tuple(str(case["name"]) for case in cases),
            inputs=_inputs(path.parent, cases),
            outputs=outputs,
            floor=_floor(content, outputs),
            joints=_joints(cases),
        )
    except _MALFORMED as error:
        reason = f"{type(error).__name__}: {error}"
        raise ConversionError(f"{path}: malformed goldens ({reason}). Convert again.") from error


def _inputs(folder: Path, cases: Sequence[Any]) -> tuple[NDArray[Any], ...]:
    given = [case["inputs"] if "inputs" in case else [case["input"]] for case in cases]
    return tuple(
        np.stack([_load(folder, one) for one in several]) for several in zip(*given, strict=True)
    )


def _floor(content: Mapping[str, Any], outputs: Iterable[str]) -> dict[str, Floor]:
    """Read the noise floor: of every output, or of none where it was recorded elsewhere."""
    floors = content["floor"]
    if floors == {}:
        return {name: Floor(0.0) for name in outputs}
    # Goldens of older versions hold the answer to one ulp, and do not say so.
    source = content.get("floor_source", dict.fromkeys(outputs, ULP))
    return {name: Floor(float(floors[name]), str(source[name])) for name in outputs}


def _joints(cases: Sequence[Any]) -> dict[str, NDArray[np.float64]]:
    """Read what an app decoded; null is a coordinate that it has not."""
    heads = cases[0].get("joints", {})
    found = {head: np.array([case["joints"][head] for case in cases], np.float64) for head in heads}
    for head, joints in found.items():
        if joints.ndim != 3 or joints.shape[2] not in (2, 3):
            raise ValueError(f"joints of head {head!r} are {joints.shape}, not (N, J, 2 or 3)")
    return found


def _load(folder: Path, stored: Mapping[str, Any]) -> NDArray[Any]:
    name = str(stored["file"])
    shape = tuple(int(size) for size in stored["shape"])
    if len(PurePosixPath(name).parts) != 1 or name.startswith("."):
        raise ConversionError(f"{folder}: golden file {name!r} leaves the folder. Refused.")
    if stored["dtype"] not in ("uint8", "float32") or not 0 < math.prod(shape) <= _MAX_ELEMENTS:
        raise ConversionError(f"{folder / name}: {stored['dtype']} {shape} is not a golden.")
    dtype = np.dtype(stored["dtype"]).newbyteorder("<")
    if (folder / name).stat().st_size != math.prod(shape) * dtype.itemsize:
        raise ConversionError(f"{folder / name}: its size does not fit {shape}. Convert again.")
    data = (folder / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != stored["sha256"]:
        raise ConversionError(f"{folder / name}: was edited (SHA-256 differs). Convert again.")
    return np.frombuffer(data, dtype).reshape(shape)
