"""What kind of file MODEL is, decided from its bytes before anything is loaded.

A pickle is a program and so is a ``.pt2`` archive that contains one:
``torch.export.load`` falls back to ``weights_only=False``, evaluates symbolic
shape strings with sympy and resolves any dotted name below ``torch`` as an
operator (torch 2.13 `_export/serde/serialize.py`). Nothing of that is reached
here: an archive is vetted entry by entry first, and torch is given a copy packed
from the vetted bytes: where an archive has two directories, its zip reader need
not find the one that Python's found.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from enum import Enum
from pathlib import Path
from typing import Any

from poseconvert.errors import ModelError

MAX_BYTES = 8 << 30
_MAX_RATIO = 100
_ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError)
_OPENS_FILES = re.compile(rb"\bfrom_file\b|\b(save|load)\s*\(|\b(torch|aten)\s*\.\s*(save|load)\b")
_OPERATORS = re.compile(r"torch\.ops\.(aten|prims)\.\w+\.\w+|_operator\.(getitem|add|sub|mul)")


class Kind(Enum):
    """The forms MODEL may have."""

    TENSORS = "torch.save of tensors"
    SAFETENSORS = "safetensors"
    TORCHSCRIPT = "TorchScript"
    EXPORTED = "torch.export program"
    ONNX = "ONNX"


def kind_of(path: Path) -> Kind:
    """Decide what ``path`` is from its first bytes and its zip directory.

    Raises
    ------
    ModelError : not a file, empty, or none of the known forms.
    """
    if path.suffix == ".mlpackage":
        raise ModelError(
            f"{path}: is a Core ML package already. Look at it with: poseconvert inspect {path}"
        )
    try:
        if not path.exists():
            raise ModelError(
                f"{path}: no such file. Give a checkpoint, TorchScript, .pt2 or .onnx."
            )
        if not path.is_file():
            raise ModelError(f"{path}: is a folder, not a model file. Give the file inside it.")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). Check its rights.") from error
    if not head:
        raise ModelError(f"{path}: is empty (0 bytes). Copy or download it again.")
    if path.suffix == ".onnx":
        return Kind.ONNX
    if head.startswith(b"PK"):
        return _kind_of_zip(path)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size:
        return Kind.SAFETENSORS
    if head[:1] == b"\x80":  # the pickle protocol opcode: torch.save before 1.6
        return Kind.TENSORS
    raise ModelError(
        f"{path}: not a checkpoint (starts with {head[:8].hex(' ')}). Known forms: torch.save,"
        " safetensors, TorchScript, torch.export .pt2, .onnx. Was the download cut short?"
    )


def _kind_of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _ZIP_DAMAGE as error:
        raise _damaged(path, error) from error
    _refuse_bomb(path, entries)
    inner = {_inner(entry.filename) for entry in entries}
    if "archive_format" in inner or "serialized_exported_program.json" in inner:
        return Kind.EXPORTED
    if "data.pkl" in inner:
        has_code = any(name.startswith("code/") for name in inner)
        return Kind.TORCHSCRIPT if has_code else Kind.TENSORS
    first = ", ".join(map(repr, sorted(inner)[:3])) or "nothing"
    raise ModelError(
        f"{path}: a zip archive, but not a checkpoint (holds {first}). Give a torch.save,"
        " TorchScript or .pt2 file."
    )


def _inner(name: str) -> str:
    """Entry name without the archive's own top folder."""
    return name.partition("/")[2]


def _refuse_bomb(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if size > MAX_BYTES or size > _MAX_RATIO * max(packed, 1):
        raise ModelError(
            f"{path}: unpacks from {packed} to {size} bytes, which no checkpoint does."
            " Refused: check where it came from."
        )


def _damaged(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"{path}: a zip archive cut short or damaged ({error}). Copy or download it again."
    )


def _entries(path: Path) -> dict[str, bytes]:
    """Read every entry of an archive laid out as torch writes it: once each, in one folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            read = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except _ZIP_DAMAGE as error:
        raise _damaged(path, error) from error
    names = {name.lower() for name, _ in read}
    folders = {name.partition("/")[0] if "/" in name else "" for name, _ in read}
    if len(names) < len(read) or len(folders) != 1 or "" in folders:
        raise ModelError(
            f"{path}: entries are repeated or lie outside one folder, as torch never writes"
            " them. Refused: check where it came from."
        )
    return dict(read)


def _packed(entries: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    buffer.seek(0)
    return buffer


def vet_torchscript(path: Path) -> io.BytesIO:
    """Refuse TorchScript code that opens files; return the archive that was vetted.

    Raises
    ------
    ModelError : the code names an operator that reads or writes files.
    """
    entries = _entries(path)
    for name, data in entries.items():
        if name.lower().endswith(".py") and _OPENS_FILES.search(data):
            raise ModelError(
                f"{path}: its TorchScript ({name}) opens files. Refused: give the"
                " plain state dict, or --trust-pickle if you wrote it."
            )
    return _packed(entries)


def vet_exported(path: Path) -> io.BytesIO:
    """Refuse a ``.pt2`` that runs code or evaluates text when loaded; return what was vetted.

    Raises
    ------
    ModelError : an old layout, a pickle, a symbolic shape or an unknown operator.
    """
    with zipfile.ZipFile(path) as archive:
        if "archive_format" not in {_inner(name) for name in archive.namelist()}:
            raise ModelError(
                f"{path}: a torch.export archive of torch 2.7 or older, which holds pickles."
                " Export it again with torch 2.8 or newer."
            )
    entries = _entries(path)
    for name, data in entries.items():
        inner = _inner(name).lower()
        try:
            _vet_entry(path, inner, data)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(f"{path}: {inner} is damaged ({error}). Export again.") from error
    return _packed(entries)


def _vet_entry(path: Path, name: str, data: bytes) -> None:
    refused = ""
    if name.endswith("_config.json"):
        config = json.loads(data).get("config", {})
        refused = _pickled_payload(config)
    elif name.startswith("models/") and name.endswith(".json"):
        refused = _unsafe_program(json.loads(data))
    elif name.startswith("data/sample_inputs/") and data:
        refused = "" if _plain_tensors(data) else "its sample inputs are a pickle"
    elif name.startswith("data/") and name.endswith(".pt"):
        refused = f"{name} is a pickle"
    elif name.startswith("data/aotinductor/"):
        refused = f"{name} is compiled code"
    if refused:
        raise ModelError(f"{path}: {refused}. Refused; give --trust-pickle if you made the file.")


def _pickled_payload(config: dict[str, Any]) -> str:
    for name, payload in config.items():
        plain = str(payload.get("path_name", "")).startswith(("weight_", "tensor_"))
        if payload.get("use_pickle") or not plain:
            return f"{name} is stored as a pickle"
    return ""


def _unsafe_program(program: Any) -> str:
    stack = [program]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, dict):
            if "expr_str" in item or "as_expr" in item:
                return "has symbolic shapes, export it with fixed sizes (no dynamic_shapes)"
            target = item.get("target")
            if isinstance(target, str) and not _OPERATORS.fullmatch(target):
                return f"calls {target[:60]!r}, which is not an ATen operator"
            stack.extend(item.values())
    return ""


def _plain_tensors(data: bytes) -> bool:
    import torch

    try:
        torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
    except Exception:
        return False
    return True
