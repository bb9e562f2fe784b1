"""Text of an ONNX model: protobuf hands it out as bytes where it is not UTF-8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from onnx import ModelProto, TensorProto

from poseconvert.errors import GraphError, quoted


def refuse_no_text(where: str, model: ModelProto) -> None:
    """Refuse a model in which a name or a note is not UTF-8.

    Raises
    ------
    GraphError : the text shows the first.
    """
    for text in _texts(model):
        if not isinstance(text, str):
            raise GraphError(
                f"{where}: not a valid ONNX model ({quoted(text)} is not UTF-8). Export it again."
            )


def _texts(message: Any) -> Iterator[str | bytes]:
    if isinstance(message, TensorProto):  # its other fields are numbers, which may be many
        yield message.name
        for entry in message.external_data:
            yield from (entry.key, entry.value)
        return
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_STRING:
            yield from [value] if isinstance(value, str | bytes) else value
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in [value] if hasattr(value, "ListFields") else value:
                yield from _texts(inner)
