"""What the manifest says of a size that the package takes beside its default one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class SizeRecord:
    """One more size that the package takes, beside the default one.

    Attributes
    ----------
    height, width : of the picture in pixels.
    outputs : shape of each output by name at this size.
    decode : one :meth:`DecodeSpec.to_dict` per head at this size; empty where joints were not
        compared.
    """

    height: int
    width: int
    outputs: Mapping[str, tuple[int, ...]]
    decode: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """``448x448``: height, then width."""
        return text_of((self.height, self.width))


def text_of(size: tuple[int, int]) -> str:
    """Return ``448x448``: height, then width."""
    return f"{size[0]}x{size[1]}"


def size_folder(conversion: Path, record: SizeRecord) -> Path:
    """Return the folder, inside a conversion, that holds the goldens of a size."""
    return conversion / "sizes" / record.name


def size_record(values: Mapping[str, Any]) -> SizeRecord:
    """Read a size from the manifest.

    Raises
    ------
    TypeError, LookupError, ValueError, AttributeError : malformed, or sides that are none.
    """
    record = SizeRecord(
        **{**values, "outputs": shapes_of(values["outputs"]), "decode": tuple(values["decode"])}
    )
    if any(type(side) is not int or side <= 0 for side in (record.height, record.width)):
        raise ValueError(f"size {record.height!r} x {record.width!r} is none")
    return record


def shapes_of(values: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Read shapes by name, which JSON holds as lists."""
    return {name: tuple(int(size) for size in shape) for name, shape in values.items()}
