"""What a package describes to its caller: images, multi-arrays, class labels, probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

ColourSpace: TypeAlias = Literal["RGB", "BGR", "GRAYSCALE", "GRAYSCALE_FLOAT16"]


@dataclass(frozen=True, slots=True)
class Flexibility:
    """The shapes a feature takes besides its default one.

    Attributes
    ----------
    enumerated : whole shapes, any of which fits.
    ranges : lowest and highest size of every dimension; None is no upper bound.
    """

    enumerated: tuple[tuple[int, ...], ...] = ()
    ranges: tuple[tuple[int, int | None], ...] = ()

    def admits(self, shape: Sequence[int], default: Sequence[int]) -> bool:
        """Whether a shape is the default, one of the enumerated, or inside the ranges."""
        if tuple(shape) == tuple(default) or tuple(shape) in self.enumerated:
            return True
        if len(shape) != len(self.ranges):
            return not default and not self.enumerated and not self.ranges
        return all(
            low <= size and (high is None or size <= high)
            for size, (low, high) in zip(shape, self.ranges, strict=True)
        )

    def __str__(self) -> str:
        choices = [str(list(shape)) for shape in self.enumerated]
        if self.ranges:
            spans = [
                str(low) if low == high else f"{low}..{'' if high is None else high}"
                for low, high in self.ranges
            ]
            choices.append(f"[{', '.join(spans)}]")
        return " or ".join(choices)


FIXED = Flexibility()


@dataclass(frozen=True, slots=True)
class ImageFeature:
    """An image: default size in pixels, and the channel order the program works in."""

    name: str
    width: int
    height: int
    colour_space: ColourSpace
    flexible: Flexibility = FIXED

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """NCHW."""
        return (1, 3 if self.colour_space in ("RGB", "BGR") else 1, self.height, self.width)

    def __str__(self) -> str:
        return f"image {self.width}x{self.height} {self.colour_space}"


@dataclass(frozen=True, slots=True)
class ArrayFeature:
    """A multi-array; an empty shape means that none is declared.

    Attributes
    ----------
    default : what fills an optional input that the caller leaves out; None: it is required.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    flexible: Flexibility = FIXED
    default: float | None = None

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


@dataclass(frozen=True, slots=True)
class ClassFeature:
    """What a classifier gives: the label of the likeliest class, or every class's probability."""

    name: str
    kind: Literal["label", "probabilities"]

    def __str__(self) -> str:
        return f"class {self.kind}"


InputFeature: TypeAlias = ImageFeature | ArrayFeature
OutputFeature: TypeAlias = ImageFeature | ArrayFeature | ClassFeature
