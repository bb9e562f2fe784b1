"""What the manifest says of a size that the package takes beside its default one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from poseconvert.decoding import DecodeSpec
from poseconvert.fields import Pixels, Shapes


@dataclass(frozen=True, slots=True)
class SizeRecord:
    """One more size that the package takes, beside the default one.

    Attributes
    ----------
    height : Of the picture in pixels.
    width : Of the picture in pixels.
    outputs : Shape of each output by name at this size.
    decode : One per head at this size; empty where joints were not compared.
    """

    height: Pixels
    width: Pixels
    outputs: Shapes
    decode: tuple[DecodeSpec, ...]

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
