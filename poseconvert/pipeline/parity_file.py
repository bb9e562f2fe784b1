"""``parity.json`` of a conversion read back: what was measured, without running anything."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, get_args

from poseconvert.drift import Comparison, JointDrift, OutputDrift, Parity, TensorDrift, Tolerance
from poseconvert.drift.joints import Band, Standing
from poseconvert.errors import ConversionError

SCHEMA = "poseconvert.parity.v1"
PARITY = "parity.json"
_MAX_BYTES = 64 << 20
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a measurement found.

    Attributes
    ----------
    inputs : names of the inputs it was made on.
    artifacts : SHA-256 of each artifact that was measured, by name.
    evaluations : what was to run: artifact, stage, runner, reason.
    comparisons : in the order of the chain.
    """

    inputs: tuple[str, ...]
    artifacts: Mapping[str, str]
    evaluations: tuple[tuple[str, str, str, str], ...]
    comparisons: tuple[Comparison, ...]


def read_parity(folder: Path) -> Recorded:
    """Read ``parity.json`` of a conversion folder.

    Raises
    ------
    ConversionError : missing, too large, not JSON, of another schema, or malformed.
    """
    path = folder / PARITY
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConversionError(f"{path}: larger than {_MAX_BYTES} bytes. Convert again.")
        values = json.loads(path.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        raise ConversionError(
            f"{path}: cannot be read ({error.strerror}). Convert again, or run diff without"
            " --recheck."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path}: not JSON ({error}). Convert again.") from error
    found = values.get("schema") if isinstance(values, dict) else None
    if found != SCHEMA:
        raise ConversionError(
            f"{path}: schema {found!r}, this version reads {SCHEMA!r}. Convert again."
        )
    try:
        return Recorded(
            inputs=_texts(values["inputs"]),
            artifacts={_text(a["name"]): _text(a["sha256"]) for a in values["artifacts"]},
            evaluations=tuple(
                (_text(e["artifact"]), _text(e["stage"]), _text(e["runner"]), _text(e["reason"]))
                for e in values["evaluations"]
            ),
            comparisons=tuple(_comparison(value) for value in values["comparisons"]),
        )
    except _MALFORMED as error:
        reason = f"{type(error).__name__}: {error}"
        raise ConversionError(f"{path}: malformed ({reason}). Convert again.") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _comparison(value: Mapping[str, Any]) -> Comparison:
    limits = value["tolerance"]
    return Comparison(
        stage=_text(value["stage"]),
        reference=_text(value["reference"]),
        candidate=_text(value["candidate"]),
        inputs=_texts(value["inputs"]),
        outputs=tuple(_output(output) for output in value["outputs"]),
        joints=tuple(_joint(joint) for joint in value["joints"]),
        tolerance=Tolerance(
            relative=None if limits["relative"] is None else _size(limits["relative"]),
            psnr_db=None if limits["psnr_db"] is None else _number(limits["psnr_db"]),
            joint_px=_size(limits["joint_px"]),
            reason=_text(limits["reason"]),
        ),
        parity=Parity(value["parity"]),
        reasons=_texts(value["reasons"]),
    )


def _output(value: Mapping[str, Any]) -> OutputDrift:
    drift = value["drift"]
    reason = _text(value["reason"])
    if drift is None and not reason:
        raise ValueError("an output without drift and without a reason")
    return OutputDrift(
        output=_text(value["output"]),
        drift=None if drift is None else _drift(drift),
        reason=reason,
        floor=_size(value["floor"], null=math.inf),
        floor_source=_text(value["floor_source"]),
    )


def _drift(value: Mapping[str, Any]) -> TensorDrift:
    """Read a drift; null is what passes nowhere: it stood for NaN or infinity."""
    largest = _size(value["max_abs"], null=math.nan)
    if not _count(value["elements"]):
        raise ValueError("a drift of no elements")
    return TensorDrift(
        elements=_count(value["elements"]),
        max_abs=largest,
        mean_abs=_size(value["mean_abs"], null=math.nan),
        relative=_size(value["relative"], null=math.inf),
        psnr_db=_number(value["psnr_db"], null=math.inf if largest == 0 else -math.inf),
        non_finite=_count(value["non_finite"]),
        worst=tuple(_count(index) for index in value["worst"]),
        reference=_number(value["reference"], null=math.nan),
        candidate=_number(value["candidate"], null=math.nan),
        cosine=_number(value["cosine"], null=math.nan),
        ulp_max=_size(value["ulp_max"], null=math.nan),
        ulp_median=_size(value["ulp_median"], null=math.nan),
        outliers=_size(value["outliers"], null=math.nan),
        histogram=tuple(_count(count) for count in value["histogram"]),
        only_reference=_count(value["only_reference"]),
        only_candidate=_count(value["only_candidate"]),
    )


def _joint(value: Mapping[str, Any]) -> JointDrift:
    """Read a joint; a distance that was null is infinite, but for one absent on both sides."""
    band, standing = value["band"], value["standing"]
    if band not in get_args(Band) or standing not in get_args(Standing):
        raise ValueError(f"a joint that is {band!r} and {standing!r}")
    away = math.nan if band == "absent" and standing != "flipped" else math.inf
    return JointDrift(
        joint=_text(value["joint"]),
        input_name=_text(value["input_name"]),
        head=_text(value["head"]),
        band=band,
        displacement_px=_size(value["displacement_px"], null=away),
        depth_cells=_size(value["depth_cells"], null=away),
        score=_number(value["score"], null=math.nan),
        candidate_score=_number(value["candidate_score"], null=math.nan),
        margin=_number(value["margin"], null=math.nan if band == "absent" else math.inf),
        standing=standing,
        candidate_visible=_flag(value["candidate_visible"]),
        strict_margin=_number(value["strict_margin"], null=math.nan),
        own_drift=_size(value["own_drift"], null=math.inf),
        certified=_flag(value["certified"]),
    )


def _number(value: Any, *, null: float | None = None) -> float:
    if value is None and null is not None:
        return null
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _size(value: Any, *, null: float | None = None) -> float:
    number = _number(value, null=null)
    if number < 0:
        raise ValueError(f"{value!r} is below 0")
    return number


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is no list")
    return tuple(_text(value) for value in values)
