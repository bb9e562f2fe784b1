"""The part of JSON Schema that our schemas use, checked without a library.

``result.v1.schema.json`` beside this file is the one description of a result: the harness's folder
``schema/`` links to it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

KEYWORDS = {
    "$schema", "$defs", "$ref", "title", "description", "type", "const", "enum",
    "properties", "required", "additionalProperties", "items",
    "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "minProperties",
    "pattern", "propertyNames",
}  # fmt: skip

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
# Bounds from below and from above; True where the length is bounded.
_LEAST = {"minimum": False, "minItems": True, "minLength": True, "minProperties": True}
_MOST = {"maximum": False, "maxItems": True, "maxLength": True}
_SHOWN = 60


@cache
def result_schema() -> dict[str, Any]:
    """Return the schema of a result."""
    path = Path(__file__).with_name("result.v1.schema.json")
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def problem(value: Any, schema: Mapping[str, Any], *, root: Mapping[str, Any]) -> str:
    """Say what is wrong with a value, with its place; empty where nothing is.

    Parameters
    ----------
    value : what ``json`` read.
    schema : what it must be.
    root : the whole schema, in which ``$ref`` are looked up.
    """
    return _problem(value, schema, root, "")


def _problem(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> str:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    own = _own_problem(value, schema)
    if own:
        return f"{place or 'the whole'}: {own}"
    if isinstance(value, dict):
        return _object_problem(value, schema, root, place)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            if found := _problem(item, schema["items"], root, f"{place}[{index}]"):
                return found
    return ""


def _own_problem(value: Any, schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if kinds and not any(type(value) in _TYPES[kind] for kind in kinds):
        return f"{shown(value)} is not of type {' or '.join(kinds)}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{shown(value)} is not a finite number"
    if "const" in schema and value != schema["const"]:
        return f"{shown(value)} is not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{shown(value)} is not one of {', '.join(schema['enum'])}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{shown(value)} does not match {schema['pattern']}"
    return _bound_problem(value, schema)


def _bound_problem(value: Any, schema: Mapping[str, Any]) -> str:
    for sign, bounds in ((1, _LEAST), (-1, _MOST)):
        for keyword, by_length in bounds.items():
            if keyword not in schema or value is None:
                continue
            measured = len(value) if by_length else value
            if sign * measured < sign * schema[keyword]:
                return f"{shown(value)} breaks {keyword} {schema[keyword]}"
    return ""


def _object_problem(
    value: dict[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str
) -> str:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{place or 'the whole'}: {name} is missing"
    for name, item in value.items():
        if found := _own_problem(name, schema.get("propertyNames", {})):
            return f"{place or 'the whole'}: a name, {found}"
        inner = known.get(name, schema.get("additionalProperties", {}))
        if inner is False:
            return f"{place or 'the whole'}: {shown(name)} is unknown"
        if found := _problem(item, inner, root, f"{place}.{name}" if place else name):
            return found
    return ""


def shown(value: Any) -> str:
    """Return a value from a file as JSON, cut short: no control sequence gets through.

    Lists and objects are not shown.
    """
    return "this" if isinstance(value, (dict, list)) else json.dumps(value)[:_SHOWN]
