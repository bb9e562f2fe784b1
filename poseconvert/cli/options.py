"""Option values that several commands read the same way."""

from __future__ import annotations

import math
import re
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import typer

from poseconvert.budgets import RANK, TENSOR_ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poseconvert.face.choices import InputKind

_SIZE = re.compile(r"(?P<height>[1-9][0-9]{0,8})(?:x(?P<width>[1-9][0-9]{0,8}))?")
_MOST_SIZES = 128  # of Core ML's enumerated shapes
_INPUT = re.compile(r"(?P<name>[^:]+):(?P<shape>[0-9]{1,9}(?:[,x][0-9]{1,9})*)")

# Fraction("1e999999999") would write out all those zeros.
_NUMBER = re.compile(r"[+-]?[0-9_.]{1,40}(e[+-]?[0-9]{1,3})?(/[0-9_.]{1,40})?", re.IGNORECASE)
_TOLERANCE = re.compile(
    r"(?P<stage>\w+)\.(?P<field>relative|psnr_db|channel_db|joint_px)=(?P<value>.+)"
)


def parse_inputs(texts: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Read ``name:1,3,224,224``, one for each input, in the network's order."""
    found: dict[str, tuple[int, ...]] = {}
    for text in texts:
        name, shape = _parse_input(text)
        if name in found:
            raise typer.BadParameter(f"input {name!r} is given twice. Name every input once.")
        found[name] = shape
    return found


def parse_pairs(texts: Iterable[str]) -> dict[str, str]:
    """Read ``a=b``, one for each name of the reference."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, other = text.partition("=")
        if not (name and equals and other):
            raise typer.BadParameter(f"{text!r} is not A=B, the reference's name first.")
        if name in found or other in found.values():
            raise typer.BadParameter(f"{text!r}: one of the names is given twice.")
        found[name] = other
    return found


def parse_kinds(texts: Iterable[str]) -> dict[str, InputKind]:
    """Read ``image``, ``tensor`` or ``name:tensor``; "" stands for every input."""
    found: dict[str, InputKind] = {}
    for text in texts:
        name, _, kind = text.rpartition(":")
        if kind not in ("image", "tensor"):
            raise typer.BadParameter(f"{text!r}: give image, tensor, or a name and :tensor.")
        found[name] = cast("InputKind", kind)
    return found


def _parse_input(text: str) -> tuple[str, tuple[int, ...]]:
    match = _INPUT.fullmatch(text)
    shape = tuple(int(size) for size in re.split("[,x]", match["shape"])) if match else ()
    if match is None or 0 in shape:
        raise typer.BadParameter(f"{text!r} is not name:shape, such as image:1,3,224,224.")
    if len(shape) > RANK.value:
        raise typer.BadParameter(f"{text!r} has {len(shape)} axes. Give {RANK.value} at most.")
    if math.prod(shape) > TENSOR_ELEMENTS.value:
        raise typer.BadParameter(
            f"{text!r} has {math.prod(shape):,} elements, more than {TENSOR_ELEMENTS.value:,}."
            " Give a smaller shape."
        )
    return match["name"], shape


def parse_size(text: str | None) -> int | tuple[int, int] | None:
    """Read ``224``, the side of a square, or ``256x192``, height x width."""
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r}: give a side, such as 224, or HxW, such as 256x192.")
    height = int(match["height"])
    return (height, int(match["width"])) if match["width"] else height


def parse_sizes(text: str | None) -> tuple[tuple[int, int], ...]:
    """Read ``224,448`` or ``257x193,513x385``: the default size first; one size may stand alone.

    A side of a square is read as height and width.
    """
    if text is None:
        return ()
    parts = text.split(",")
    if len(parts) > _MOST_SIZES:
        raise typer.BadParameter(
            f"{len(parts)} sizes: Core ML takes {_MOST_SIZES} at most. Omit some."
        )
    found: list[tuple[int, int]] = []
    for part in parts:
        if not part.strip():
            raise typer.BadParameter(f"{text!r} has an empty size. Give sides, such as 224,448.")
        size = parse_size(part)
        sides = (size, size) if isinstance(size, int) else size
        assert sides is not None
        if sides in found:
            raise typer.BadParameter(f"{text!r} names {part.strip()} twice. Name every size once.")
        found.append(sides)
    return tuple(found)


def parse_channels(text: str | None) -> tuple[float, float, float] | None:
    """Read one number or three, each as ``0.5``, ``1/255`` or ``1/127.5``."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    try:
        if len(parts) not in (1, 3) or not all(map(_NUMBER.fullmatch, parts)):
            raise ValueError
        numbers = [_quotient(part) for part in parts]
    except (ValueError, ArithmeticError) as error:
        raise typer.BadParameter(f"{text!r}: give one number or three, such as 1/255.") from error
    first, second, third = numbers if len(numbers) == 3 else numbers * 3
    return first, second, third


def _quotient(text: str) -> float:
    above, _, below = text.partition("/")
    return float(Fraction(above) / Fraction(below or 1))


def parse_tolerance(text: str) -> tuple[str, float]:
    """Read ``STAGE.FIELD=VALUE``, such as ``coreml_from_onnx.joint_px=0.25``: name and value."""
    match = _TOLERANCE.fullmatch(text)
    try:
        value = float(match["value"]) if match else math.nan
    except ValueError:
        value = math.nan
    if match is None or not math.isfinite(value) or value < 0:
        raise typer.BadParameter(
            f"{text!r}: give STAGE.FIELD=VALUE with FIELD relative, psnr_db, channel_db or joint_px"
            " and a number from 0, such as coreml_from_onnx.joint_px=0.25."
        )
    return f"{match['stage']}.{match['field']}", value


def parse_names(text: str | None) -> tuple[str, ...]:
    """Read ``a,b,c``; a name given twice is refused."""
    names = tuple(part.strip() for part in text.split(",") if part.strip()) if text else ()
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise typer.BadParameter(f"output name {', '.join(twice)} is given twice. Name each once.")
    return names


def parse_pixels(text: str) -> float:
    """Read ``0.5px`` or ``0.5``: a distance above 0."""
    try:
        distance = float(text.strip().removesuffix("px"))
    except ValueError:
        distance = math.nan
    if not 0 < distance < math.inf:
        raise typer.BadParameter(f"{text!r} is not a distance above 0 px, such as 0.5px.")
    return distance
