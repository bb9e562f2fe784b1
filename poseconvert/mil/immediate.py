"""Values written in place in an ML Program: protobuf fields -> flat arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from poseconvert.mil.program import DTYPES, Array


def _numbers(dtype: str, values: Any) -> Array:
    """Integers or floats listed one by one; numpy refuses those that do not fit the dtype."""
    return np.array(list(values), dtype=DTYPES[dtype])


def _raw(dtype: str, values: bytes) -> Array:
    """Little-endian bytes."""
    return np.frombuffer(values, dtype=DTYPES[dtype]).copy()


_FIELDS: Mapping[str, tuple[Callable[[str, Any], Array], tuple[str, ...]]] = {
    "floats": (_numbers, ("fp32",)),
    "doubles": (_numbers, ("fp64",)),
    "ints": (_numbers, ("int32", "int16", "uint16", "int8", "uint8", "uint32")),
    "longInts": (_numbers, ("int64", "uint64")),
    "bools": (_numbers, ("bool",)),
    "strings": (_numbers, ("string",)),
    "bytes": (_raw, ("fp16", "int8", "uint8", "int16", "uint16", "uint32")),
}
#: How to read an immediate value, by the protobuf field it is stored in and its dtype.
DECODERS: Mapping[tuple[str, str], Callable[[Any], Array]] = {
    (name, dtype): partial(decode, dtype)
    for name, (decode, dtypes) in _FIELDS.items()
    for dtype in dtypes
}
