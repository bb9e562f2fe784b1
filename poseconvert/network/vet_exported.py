"""Refuse a ``.pt2`` that runs code when it is loaded, before torch reads it.

``torch.export.load`` turns much of what it reads into Python: guards are compiled as they
stand, names become source code, a symbolic shape is evaluated by sympy, a tree of outputs may
import a module, a dotted name below ``torch`` is looked up and called, and a payload may be a
pickle. So a program is read here first, and every text in it must be what its place wants: a
name, a listed operator, a plain tree. What is only told to people is dropped. Source: torch
2.13, torch/_export/serde/serialize.py, torch/export/_unlift.py, torch/utils/_pytree.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from poseconvert.budgets import PROGRAM_TEXT
from poseconvert.errors import ModelError
from poseconvert.network.operators import is_exported

_IDENTIFIER = re.compile(r"(?!\d)\w*", re.ASCII)
# Modules may be called anything that add_module takes; this is what people do.
_PATH = re.compile(r"[\w ./+-]*")
_MODULE = re.compile(r"[^\"'\\{}\x00-\x1f\x7f]*")  # always quoted
_PAYLOAD = re.compile(r"(weight|tensor)_\d+")
_VERSION = re.compile(r"[\w.+<=>-]*")
_MODULE_STACK = re.compile(r"[\w .,;:@/+\-\[\]()<>']*")
# What torch.export.save writes for one program of tensors; torch reads whatever else is there.
_ENTRIES = re.compile(
    r"archive_format|archive_version|version|byteorder|\.data/(version|serialization_id)"
    r"|\.format_version|models/model\.json|data/weights/(model_weights_config\.json|weight_\d+)"
    r"|data/constants/(model_constants_config\.json|tensor_\d+)|data/sample_inputs/model\.pt",
    re.ASCII,
)
_READ = re.compile(r"models/|data/")
# Below these, keys are names of values and not fields.
_NAMED = {
    "tensor_values",
    "sym_int_values",
    "sym_bool_values",
    "sym_float_values",
    "as_string_to_argument",
}
_TREES = {"builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict"}
_PATHS = {"parameter_name", "buffer_name", "tensor_constant_name", "fqn"}
_MODULES = "nn_module_stack"


def vetted_exported(path: Path, entries: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the entries of a ``.pt2``, each vetted, without what is told to people only.

    Parameters
    ----------
    path : the file, for messages.
    entries : content by name, the archive's own folder first.

    Raises
    ------
    ModelError : a pickle, compiled code, an operator that is not listed, or text that torch
        would run.
    """
    kept = {}
    for name, data in entries.items():
        inner = name.partition("/")[2]
        if not _ENTRIES.fullmatch(inner):
            if _READ.match(inner.lower()):
                raise ModelError(
                    f"{path}: holds {inner[:60]!r}, which torch.export does not write for one"
                    " plain program. Refused; give --trust-pickle if you made the file."
                )
            continue
        try:
            kept[name] = _vetted(path, inner, data)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            raise ModelError(f"{path}: {inner} is damaged ({error}). Export again.") from error
    return kept


def _vetted(path: Path, name: str, data: bytes) -> bytes:
    refused = ""
    if name.endswith("_config.json"):
        refused = _pickled_payload(json.loads(data).get("config", {}))
    elif name.startswith("models/") and name.endswith(".json"):
        program = _without_talk(json.loads(data))
        refused = next(_unsafe(program, ""), "")
        data = json.dumps(program).encode()
    elif name.startswith("data/sample_inputs/"):
        data = b""  # a pickle, whose keys become source code; nothing needs it
    if refused:
        raise ModelError(f"{path}: {refused}. Refused; give --trust-pickle if you made the file.")
    return data


def _pickled_payload(config: dict[str, Any]) -> str:
    for name, payload in config.items():
        plain = _PAYLOAD.fullmatch(str(payload.get("path_name", "")))
        if payload.get("use_pickle") or not plain:
            return f"{name[:60]} is stored as a pickle"
        if not _fits(name, _MODULE):
            return f"calls a tensor {name[:60]!r}"
    return ""


def _without_talk(value: Any) -> Any:
    """Drop what torch keeps for people; of a node's metadata only its module stays."""
    if isinstance(value, list):
        return [_without_talk(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: {name: _without_talk(one) for name, one in item.items()}
        if key in _NAMED and isinstance(item, dict)
        else _without_talk(item)
        for key, item in value.items()
        if key != "metadata"
    }
    told = value.get("metadata")
    if isinstance(told, dict):
        stack = told.get(_MODULES, "")
        told = {_MODULES: stack} if _fits(stack, _MODULE_STACK) and stack else {}
        kept["metadata"] = told
    return kept


def _unsafe(value: Any, key: str) -> Iterator[str]:
    """Yield what is wrong with a part of the program that stands under ``key``."""
    if isinstance(value, dict):
        for inner, item in value.items():
            if not _fits(inner, _PATH):
                yield f"has a field {inner[:60]!r}"
            yield from _unsafe_field(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _unsafe(item, key)
    elif isinstance(value, str):
        yield from _unsafe_text(value, key)


def _unsafe_field(value: Any, key: str) -> Iterator[str]:
    if key in _NAMED and isinstance(value, dict):
        for name, item in value.items():
            if not _fits(name, _IDENTIFIER):
                yield f"has a value {name[:60]!r}"
            yield from _unsafe(item, key)
    elif key in ("expr_str", "as_expr"):
        yield "has symbolic shapes, export it with fixed sizes (no dynamic_shapes)"
    elif key == "guards_code" and value:
        yield "has guards, which are Python code"
    elif key in ("as_custom_obj", "custom_obj", "custom_obj_values") and value:
        yield "holds an object of a custom class"
    elif key in ("target", "as_operator") and not (isinstance(value, str) and is_exported(value)):
        yield f"calls {str(value)[:60]!r}, which is not an operator that networks are exported with"
    elif key in ("in_spec", "out_spec") and not _is_plain_tree(json.loads(value)):
        yield "takes or returns something else than tensors in tuples, lists and dicts"
    elif key in ("target", "as_operator", "in_spec", "out_spec"):
        return
    else:
        yield from _unsafe(value, key)


def _unsafe_text(text: str, key: str) -> Iterator[str]:
    if key in ("as_string", "as_strings"):  # of an operator, such as "bilinear": always quoted
        fine = len(text) <= PROGRAM_TEXT.value and text.isprintable()
    elif key == _MODULES:
        fine = True
    elif key in _PATHS:
        fine = _fits(text, _MODULE)
    elif key in ("torch_version", "verifiers", "type"):
        fine = _fits(text, _VERSION)
    else:
        fine = _fits(text, _IDENTIFIER)
    if not fine:
        yield f"has {text[:60]!r} for {key}"


def _fits(text: str, pattern: re.Pattern[str]) -> bool:
    return len(text) <= PROGRAM_TEXT.value and pattern.fullmatch(text) is not None


def _is_plain_tree(spec: Any) -> bool:
    """Whether a tree of values has only kinds whose reading imports and calls nothing."""
    version, tree = spec
    if type(version) is not int:
        return False
    stack = [tree]
    while stack:
        node = stack.pop()
        stack.extend(node["children_spec"])
        context = node["context"]
        keys = json.loads(context) if isinstance(context, str) else context
        if node["type"] is not None and node["type"] not in _TREES:
            return False
        if not (keys is None or (isinstance(keys, list) and all(map(_is_key, keys)))):
            return False
    return True


def _is_key(value: Any) -> bool:
    """Whether a key of a dict can stand in the source code that torch.fx writes it into."""
    return _fits(value, _PATH) if isinstance(value, str) else isinstance(value, int)
