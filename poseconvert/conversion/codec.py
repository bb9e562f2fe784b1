"""JSON of a conversion folder to a record: the record's type is the reader and the refusal."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from poseconvert.errors import ConversionError, PoseconvertError

Record = TypeVar("Record")

_SHOWN = 160


def decoded(data: bytes, path: Path) -> Any:
    """Decode strict JSON: no NaN, nothing after it, no number out of range, no endless brackets.

    Raises
    ------
    ConversionError : it is not such JSON.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ConversionError(f"{path}: not JSON ({shortened(error)}). Convert again.") from error


def record_of(values: Any, kind: type[Record], *, path: Path, schema: str, closed: bool) -> Record:
    """Read a record from decoded JSON: every type, range and vocabulary as its type says.

    Parameters
    ----------
    schema : what its field ``schema`` must say; the type does not have it.
    closed : whether it has all fields of its type and no others; else unknown ones are passed
        over, and those with a default may be missing.

    Raises
    ------
    ConversionError : it is not such a record.
    """
    found = values.get("schema") if isinstance(values, dict) else None
    if found != schema:
        raise ConversionError(
            f"{path}: schema {shortened(reprlib.repr(found))}, this version reads {schema!r}."
            " Convert again."
        )
    rest = {name: value for name, value in values.items() if name != "schema"}
    described = inspect.type_info(kind) if closed else inspect.AnyType()
    try:
        if problem := _other_fields(rest, described, ""):
            raise ValueError(problem)
        return msgspec.convert(rest, kind)
    except (msgspec.MsgspecError, PoseconvertError, ValueError) as error:
        reason = shortened(error)
        raise ConversionError(f"{path}: malformed ({reason}). Convert again.") from error


def shortened(text: object) -> str:
    """Return a text in one line, cut in the middle where it is long."""
    line = " ".join(str(text).split())
    half = _SHOWN // 2
    return line if len(line) <= _SHOWN else f"{line[:half]} ... {line[-half:]}"


def _other_fields(value: Any, kind: inspect.Type, place: str) -> str:
    """Say which field is missing or unknown, with its place; empty where none is.

    A value of another kind is left to the conversion, which refuses it.
    """
    if isinstance(kind, inspect.UnionType):
        found = (_other_fields(value, one, place) for one in kind.types)
    elif isinstance(kind, inspect.DataclassType) and isinstance(value, Mapping):
        known = {field.encode_name: field.type for field in kind.fields}
        for names, word in (
            (known.keys() - value.keys(), "is missing"),
            (value.keys() - known.keys(), "is unknown"),
        ):
            if names:
                return f"{place}{min(names)} {word}"
        found = (_other_fields(value[name], one, f"{place}{name}.") for name, one in known.items())
    elif isinstance(kind, inspect.DictType) and isinstance(value, Mapping):
        found = (
            _other_fields(one, kind.value_type, f"{place}{name}.") for name, one in value.items()
        )
    elif isinstance(kind, inspect.VarTupleType) and isinstance(value, list):
        found = (
            _other_fields(one, kind.item_type, f"{place}{at}.") for at, one in enumerate(value)
        )
    else:
        return ""
    return next(filter(None, found), "")
