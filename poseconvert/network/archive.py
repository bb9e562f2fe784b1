"""What kind of file MODEL is, decided from its bytes before anything is loaded.

A pickle is a program, and so are TorchScript and a ``.pt2``. Such an archive is vetted entry
by entry first, and torch is given a copy packed from the vetted bytes: where an archive has
two directories, its zip reader need not find the one that Python's found.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from enum import Enum
from pathlib import Path

from poseconvert.budgets import ARCHIVE_BYTES, ARCHIVE_ENTRIES, ARCHIVE_RATIO
from poseconvert.errors import ModelError
from poseconvert.network.vet_exported import vetted_exported
from poseconvert.network.vet_torchscript import vetted_torchscript

_ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError)


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
    if len(entries) > ARCHIVE_ENTRIES.value:
        raise ModelError(
            f"{path}: holds {len(entries)} entries, at most {ARCHIVE_ENTRIES} are read."
            " Refused: check where it came from."
        )
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if size > ARCHIVE_BYTES.value or size > ARCHIVE_RATIO.value * max(packed, 1):
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
    """Refuse TorchScript that calls more than networks do; return the archive that was vetted.

    Raises
    ------
    ModelError : damaged, or its code calls an operator that is not listed.
    """
    return _packed(vetted_torchscript(path, _entries(path)))


def vet_exported(path: Path) -> io.BytesIO:
    """Refuse a ``.pt2`` that runs code or evaluates text when loaded; return what was vetted.

    Raises
    ------
    ModelError : damaged, an old layout, or it would run code.
    """
    entries = _entries(path)
    if "archive_format" not in {_inner(name) for name in entries}:
        raise ModelError(
            f"{path}: a torch.export archive of torch 2.7 or older, which holds pickles."
            " Export it again with torch 2.8 or newer."
        )
    return _packed(vetted_exported(path, entries))
