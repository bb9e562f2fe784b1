"""Values written in place in an ML Program: protobuf fields -> flat arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from poseconvert.mil.package.bit_packing import widen
from poseconvert.mil.package.program import DTYPES, Array, TensorType


def _numbers(declared: TensorType, values: Any) -> Array:
    """Integers or floats listed one by one; numpy refuses those that do not fit the dtype."""
    return np.array(list(values), dtype=DTYPES[declared.dtype])


def _raw(declared: TensorType, values: bytes) -> Array:
    """Little-endian bytes; elements of less than a byte are packed."""
    return widen(np.frombuffer(values, np.uint8), declared.dtype, declared.elements or 0).copy()


_PACKED = ("int4", "uint1", "uint2", "uint3", "uint4", "uint6")
_FIELDS: Mapping[str, tuple[Callable[[TensorType, Any], Array], tuple[str, ...]]] = {
    "floats": (_numbers, ("fp32",)),
    "doubles": (_numbers, ("fp64",)),
    "ints": (_numbers, ("int32", "int16", "uint16", "int8", "uint8", "uint32")),
    "longInts": (_numbers, ("int64", "uint64")),
    "bools": (_numbers, ("bool",)),
    "strings": (_numbers, ("string",)),
    "bytes": (_raw, ("fp16", "bf16", "int8", "uint8", "int16", "uint16", "uint32", *_PACKED)),
}
#: How to read an immediate value, by the protobuf field it is stored in and its dtype.
DECODERS: Mapping[tuple[str, str], Callable[[TensorType, Any], Array]] = {
    (name, dtype): decode for name, (decode, dtypes) in _FIELDS.items() for dtype in dtypes
}
