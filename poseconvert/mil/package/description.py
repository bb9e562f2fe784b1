"""A package's description -> features: what it takes and gives, of which shapes."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

from poseconvert.budgets import PROGRAM_RANK, TENSOR_ELEMENTS
from poseconvert.errors import PackageError
from poseconvert.mil.package.features import (
    FIXED,
    ArrayFeature,
    ClassFeature,
    ColourSpace,
    Flexibility,
    ImageFeature,
    InputFeature,
    OutputFeature,
)
from poseconvert.mil.package.refusal import refusal

_ARRAY_DTYPES = {65552: "fp16", 65568: "fp32", 65600: "fp64", 131104: "int32", 131080: "int8"}
_COLOUR_SPACES: dict[int, ColourSpace] = {
    10: "GRAYSCALE",
    20: "RGB",
    30: "BGR",
    40: "GRAYSCALE_FLOAT16",
}
_CLASS_KINDS = {"int64Type": "label", "stringType": "label", "dictionaryType": "probabilities"}


def choose_function(root: Path, description: Any, name: str | None) -> tuple[str, Any]:
    """Pick a function's name and its part of the description.

    Parameters
    ----------
    root
        The package folder, for the message.
    description
        The parsed ``ModelDescription``.
    name
        The function asked for; None for the default one.

    Raises
    ------
    PackageError
        The package has no such function.
    """
    described = {function.name: function for function in description.functions}
    if not described:
        if name not in (None, "", "main"):
            raise _no_function(root, name, ["main"])
        return "main", description
    chosen = name or description.defaultFunctionName or "main"
    if chosen not in described:
        raise _no_function(root, chosen, sorted(described))
    return chosen, described[chosen]


def _no_function(root: Path, name: str | None, known: list[str]) -> PackageError:
    return refusal(PackageError, root, f'no function "{name}"', f"Choose from {', '.join(known)}.")


def words_of(metadata: Any) -> dict[str, str]:
    """Give what a model says of itself, by the names of ``Metadata``; what is empty is left out."""
    names = ("shortDescription", "versionString", "author", "license")
    return {name: getattr(metadata, name) for name in names if getattr(metadata, name)}


def input_feature(root: Path, feature: Any) -> InputFeature:
    """Translate one described input.

    Raises
    ------
    PackageError
        Its type or dtype is unknown, or one that the reference executor does not take.
    """
    kind = feature.type.WhichOneof("Type")
    if kind == "imageType":
        return _image(root, feature)
    if kind == "multiArrayType":
        return _array(root, feature)
    raise _not_taken(root, feature.name, kind)


def output_feature(root: Path, feature: Any) -> OutputFeature:
    """Translate one described output.

    Raises
    ------
    PackageError
        As for ``input_feature``.
    """
    kind = feature.type.WhichOneof("Type")
    if kind in _CLASS_KINDS:
        return ClassFeature(feature.name, _CLASS_KINDS[kind])  # type: ignore[arg-type]
    return input_feature(root, feature)


def _not_taken(root: Path, name: str, kind: str | None) -> PackageError:
    return refusal(
        PackageError,
        root,
        f'"{name}" is a {kind or "value without a type"}',
        "The reference executor takes images and multi-arrays.",
    )


def _image(root: Path, feature: Any) -> ImageFeature:
    image = feature.type.imageType
    if image.colorSpace not in _COLOUR_SPACES:
        raise refusal(PackageError, root, f'image "{feature.name}" has no known colour space')
    space = _COLOUR_SPACES[image.colorSpace]
    channels = 3 if space in ("RGB", "BGR") else 1
    flexible = FIXED
    kind = image.WhichOneof("SizeFlexibility")
    if kind == "enumeratedSizes":
        sizes = [(1, channels, size.height, size.width) for size in image.enumeratedSizes.sizes]
        flexible = Flexibility(enumerated=tuple(sizes))
    elif kind == "imageSizeRange":
        spans = image.imageSizeRange
        ranges = ((1, 1), (channels, channels), _span(spans.heightRange), _span(spans.widthRange))
        flexible = Flexibility(ranges=ranges)
    shapes = [(1, channels, image.height, image.width), *flexible.enumerated]
    _refuse_large(root, feature.name, shapes)
    return ImageFeature(feature.name, image.width, image.height, space, flexible)


def _array(root: Path, feature: Any) -> ArrayFeature:
    array = feature.type.multiArrayType
    if array.dataType not in _ARRAY_DTYPES:
        raise refusal(PackageError, root, f'array "{feature.name}" has no known dtype')
    flexible = FIXED
    kind = array.WhichOneof("ShapeFlexibility")
    if kind == "enumeratedShapes":
        shapes = [tuple(shape.shape) for shape in array.enumeratedShapes.shapes]
        flexible = Flexibility(enumerated=tuple(shapes))
    elif kind == "shapeRange":
        flexible = Flexibility(ranges=tuple(map(_span, array.shapeRange.sizeRanges)))
    _refuse_large(root, feature.name, [tuple(array.shape), *flexible.enumerated])
    filler = array.WhichOneof("defaultOptionalValue")
    default = float(getattr(array, filler)) if filler and feature.type.isOptional else None
    dtype = _ARRAY_DTYPES[array.dataType]
    return ArrayFeature(feature.name, tuple(array.shape), dtype, flexible, default)


def _refuse_large(root: Path, name: str, shapes: Iterable[tuple[int, ...]]) -> None:
    """Refuse shapes that nobody could allocate, the leading dimension included."""
    for shape in shapes:
        if (
            min(shape, default=0) < 0
            or prod(shape) > TENSOR_ELEMENTS.value
            or len(shape) > PROGRAM_RANK.value
        ):
            most = f"at most {TENSOR_ELEMENTS} and {PROGRAM_RANK}"
            what = f'"{name}" is described as {list(shape)}, {most}'
            raise refusal(PackageError, root, what)


def _span(span: Any) -> tuple[int, int | None]:
    """Lowest and highest size; a negative bound means none."""
    return int(span.lowerBound), None if span.upperBound < 0 else int(span.upperBound)
