"""Count what an ONNX file holds before protobuf makes objects of it.

A message without content is two bytes in a file and about 200 in memory: 100 MB of them would be
10 GB. Only lengths are read here; weights are passed over.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from onnx import ModelProto

from poseconvert.budgets import ONNX_FIELDS

_VARINT, _64_BIT, _LENGTH, _32_BIT = 0, 1, 2, 5


def refuse_many_fields(data: bytes) -> None:
    """Refuse a serialised model of more fields than are allowed.

    Raises
    ------
    ValueError : so many, or no protobuf at all.
    """
    count, at, end, inner = 0, 0, len(data), _messages(ModelProto.DESCRIPTOR)
    outside: list[tuple[int, dict[int, Any]]] = []
    while True:
        while at < end:
            count += 1
            if count > ONNX_FIELDS.value:
                raise ValueError(f"more than {ONNX_FIELDS}")
            tag, at = _varint(data, at, end)
            wire = tag & 7
            if wire == _LENGTH:
                size, at = _varint(data, at, end)
                if at + size > end:
                    raise ValueError(f"a field that reaches beyond byte {end}")
                if size and tag >> 3 in inner:
                    outside.append((end, inner))
                    end, inner = at + size, _messages(inner[tag >> 3])
                else:
                    at += size
            else:
                at = _after_number(data, at, end, wire=wire)
        if at > end:
            raise ValueError(f"a field that reaches beyond byte {end}")
        if not outside:
            return
        end, inner = outside.pop()


@cache
def _messages(kind: Any) -> dict[int, Any]:
    """Return the fields of a message type that are messages themselves, by number."""
    return {f.number: f.message_type for f in kind.fields if f.message_type is not None}


def _after_number(data: bytes, at: int, end: int, *, wire: int) -> int:
    if wire == _VARINT:
        return _varint(data, at, end)[1]
    if wire not in (_64_BIT, _32_BIT):
        raise ValueError(f"a field of wire type {wire} at byte {at}")
    return at + (8 if wire == _64_BIT else 4)


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the number that begins at ``at``, and where the next begins."""
    if at < end and data[at] < 0x80:
        return data[at], at + 1
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError(f"a number without end at byte {at}")
