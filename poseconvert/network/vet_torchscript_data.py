"""Refuse the data of a TorchScript archive that would run code, or reach beyond its own bytes.

``data.pkl`` and ``constants.pkl`` are pickles that torch's C++ reads. It makes objects of native
classes, one of which (``aten.OpaqueObject``) unpickles Python, and it believes what is said of
sizes. So they are read here first, with nothing but stand-ins for the few classes that are
allowed, and every tensor must lie inside the bytes that the archive has for it. Source: torch
2.13, torch/csrc/jit/serialization/unpickler.cpp and python/opaque_obj.h.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poseconvert.errors import ModelError

_ITEM_BYTES = {
    "BoolStorage": 1,
    "ByteStorage": 1,
    "CharStorage": 1,
    "ShortStorage": 2,
    "HalfStorage": 2,
    "BFloat16Storage": 2,
    "IntStorage": 4,
    "FloatStorage": 4,
    "LongStorage": 8,
    "DoubleStorage": 8,
    "ComplexFloatStorage": 8,
    "ComplexDoubleStorage": 16,
}


def refuse_unsafe_data(path: Path, entries: Mapping[str, bytes]) -> None:
    """Refuse an archive whose pickles name other classes, or tensors beyond their records.

    Parameters
    ----------
    path : the file, for messages.
    entries : content by name, the archive's own folder first.

    Raises
    ------
    ModelError : damaged, or refused.
    """
    by_name = {name.partition("/")[2]: data for name, data in entries.items()}
    for name, folder in (("data.pkl", "data"), ("constants.pkl", "constants")):
        if name not in by_name:
            continue
        records = {
            key.removeprefix(f"{folder}/"): len(data)
            for key, data in by_name.items()
            if key.startswith(f"{folder}/")
        }
        try:
            _Reader(by_name[name], records).load()
        except pickle.UnpicklingError as error:
            raise ModelError(
                f"{path}: its TorchScript {name} {error}. Refused; give --trust-pickle if you"
                " made the file."
            ) from error
        except Exception as error:  # whatever a damaged pickle makes of stand-ins
            raise ModelError(
                f"{path}: its TorchScript {name} is damaged ({type(error).__name__})."
                " Save it again."
            ) from error


class _Thing:
    """Stands for an object of the archive's own code: keeps nothing, does nothing."""

    def __init__(self, *arguments: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


class _Reader(pickle._Unpickler):  # the one written in Python: no index makes its memo large
    def __init__(self, data: bytes, records: Mapping[str, int]) -> None:
        super().__init__(io.BytesIO(data))
        self._records = records

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in for a class that a network's data may name."""
        own = module == "__torch__" or module.startswith("__torch__.")
        if own and not f"{module}.{name}".startswith("__torch__.torch.classes."):
            return type("Thing", (_Thing,), {})
        if (module, name) not in _STAND_INS:
            raise pickle.UnpicklingError(f"names {module[:60]}.{name[:60]}, which no network needs")
        return _STAND_INS[module, name]

    def get_extension(self, code: int) -> None:
        raise pickle.UnpicklingError("names a class by a number")

    def persistent_load(self, what: Any) -> int:
        """Return how many elements a storage has, all of them in its record."""
        kind, size, key, _, count = what
        have = self._records.get(str(key), -1)
        if kind != "storage" or type(size) is not int or type(count) is not int:
            raise pickle.UnpicklingError("holds something else than storages")
        if not 0 <= count * size <= have:
            raise pickle.UnpicklingError(
                f"says that record {str(key)[:40]} has {count} elements of {size} bytes, it has"
                f" {have} bytes"
            )
        return count


def _within_storage(count: Any, offset: Any, sizes: Any, strides: Any, *rest: Any) -> None:
    """Refuse a tensor that reaches beyond the elements of its storage."""
    numbers = [count, offset, *sizes, *strides]
    fine = all(type(number) is int and 0 <= number < 1 << 40 for number in numbers)
    last = sum((size - 1) * step for size, step in zip(sizes, strides, strict=True)) if fine else 0
    if not fine or (0 not in sizes and offset + last >= count):
        raise pickle.UnpicklingError("holds a tensor that reaches beyond its storage")


def _tagged(value: Any, kind: Any) -> Any:
    if "torch.classes" in str(kind):
        raise pickle.UnpicklingError("tags a value with a native class")
    return value


_STAND_INS: dict[tuple[str, str], Any] = {
    **{("torch", name): size for name, size in _ITEM_BYTES.items()},
    ("torch", "device"): _Thing,
    ("collections", "OrderedDict"): dict,
    ("torch._utils", "_rebuild_tensor_v2"): _within_storage,
    ("torch.jit._pickle", "build_intlist"): list,
    ("torch.jit._pickle", "build_tensorlist"): list,
    ("torch.jit._pickle", "build_doublelist"): list,
    ("torch.jit._pickle", "build_boollist"): list,
    ("torch.jit._pickle", "restore_type_tag"): _tagged,
}
