"""The values that options take, each with its check."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, get_args

from poseconvert.errors import UsageError, quoted

AnyPath = str | PathLike[str]
PrecisionChoice = Literal["auto", "fp16", "fp32"]
RouteChoice = Literal["auto", "onnx2coreml", "onnxsim", "torch"]
TargetChoice = Literal["iOS15", "iOS16", "iOS17", "iOS18"]
CompressChoice = Literal["int8", "palette8", "palette6", "palette4"]
FitChoice = Literal["letterbox", "crop", "stretch"]
NormalizeChoice = Literal["imagenet", "0-1", "-1-1", "none"]
InputKind = Literal["image", "tensor"]
DatasetName = Literal["synthetic", "coco", "mpii", "lsp", "lspet"]
#: The side of a square, (H, W), or a list of several of them, the default first.
Sizes = int | tuple[int, int] | Sequence[int | tuple[int, int]]

_VALUES: dict[str, tuple[str, ...]] = {
    "precision": get_args(PrecisionChoice),
    "route": get_args(RouteChoice),
    "target": get_args(TargetChoice),
    "compress": get_args(CompressChoice),
    "fit": get_args(FitChoice),
    "normalize": get_args(NormalizeChoice),
}


def path_of(given: AnyPath | None) -> Path | None:
    """Return a path that was given as text or as a path; None where none was."""
    return None if given is None else Path(given)


def silent(step: str) -> None:
    """Tell nobody that a step begins."""


def refuse_unknown(**options: str | None) -> None:
    """Refuse a value that an option does not take; None stands for an option not given.

    Raises
    ------
    UsageError : there is one.
    """
    for name, value in options.items():
        if value is not None and value not in _VALUES[name]:
            raise UsageError(f"{name} {quoted(value)}: use one of {', '.join(_VALUES[name])}.")


def kinds_of(kinds: InputKind | Mapping[str, InputKind] | None) -> dict[str, InputKind]:
    """Return what the package takes, by name of the input; "" stands for every input.

    Raises
    ------
    UsageError : neither ``image`` nor ``tensor``.
    """
    found = dict(kinds) if isinstance(kinds, Mapping) else {} if kinds is None else {"": kinds}
    for name, kind in found.items():
        if kind not in get_args(InputKind):
            where = f" of {name}" if name else ""
            raise UsageError(f"input_kinds{where}: {quoted(kind)}. Use image or tensor.")
    return found


def sizes_of(size: Sizes | None) -> tuple[tuple[int, int], ...]:
    """Return (H, W) of every size, the default first; empty where none was given.

    Raises
    ------
    UsageError : something else than sides above 0, or a size given twice.
    """
    if size is None:
        return ()
    several = size if isinstance(size, list) else [size]
    found = tuple(_sides(one) for one in several)
    if not found or len(set(found)) < len(found):
        raise UsageError(f"size {quoted(size)}: name every size once.")
    return found


def pair_of(size: int | tuple[int, int], *, name: str) -> tuple[int, int]:
    """Return (H, W) of the side of a square, or of a pair.

    Raises
    ------
    UsageError : something else than sides above 0.
    """
    pair = (size, size) if isinstance(size, int) else tuple(size) if _is_pair(size) else ()
    if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise UsageError(f"{name} {quoted(size)}: give a side, such as 224, or (256, 192) as H, W.")
    return pair[0], pair[1]


def shapes_of(inputs: Mapping[str, Sequence[int]] | None) -> dict[str, tuple[int, ...]]:
    """Return the shape of each input of an unknown network.

    Raises
    ------
    UsageError : a shape that is not a sequence of whole numbers above 0.
    """
    found = {}
    for name, shape in (inputs or {}).items():
        if isinstance(shape, str) or not all(isinstance(side, int) and side > 0 for side in shape):
            raise UsageError(f"inputs, {name}: {quoted(shape)}. Give a shape: (1, 3, 224, 224).")
        found[name] = tuple(shape)
    return found


def channels_of(
    value: float | Sequence[float] | None, *, name: str
) -> tuple[float, float, float] | None:
    """Return one number for each of R, G, B; one number stands for all three.

    Raises
    ------
    UsageError : neither one number nor three.
    """
    if value is None:
        return None
    try:
        numbers = [float(one) for one in ([value] * 3 if isinstance(value, int | float) else value)]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
        raise UsageError(f"{name} {quoted(value)}: give one number, or three for R, G, B.")
    return numbers[0], numbers[1], numbers[2]


def _sides(size: object) -> tuple[int, int]:
    return pair_of(size, name="size")  # type: ignore[arg-type]  # it refuses other types


def _is_pair(size: object) -> bool:
    return isinstance(size, tuple | list)
