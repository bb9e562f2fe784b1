"""A NeuralNetwork -> an ML Program of the same inputs and outputs: its lowered ops, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from poseconvert.errors import KeepError, StageError
from poseconvert.mil import Package
from poseconvert.mil.package.features import ArrayFeature, ClassFeature, ImageFeature, InputFeature
from poseconvert.mil.package.program import Constant, Operation, Reference
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.coreml_package import packed, quiet_coremltools, settle

_STAGE = "upgraded_from_network"


def write_upgraded(package: Package, path: Path, options: CoreMLOptions) -> None:
    """Write an ML Program of the ops that a model of another kind was lowered to.

    Names, kinds of image and metadata are the old ones. Numbers come as float32, which an ML
    Program has in double's place; of several sizes the default one is kept.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    path
        The ``.mlpackage`` to be made.
    options
        Precision and target; which inputs are pictures is what the old model says.

    Raises
    ------
    StageError
        The model is an ML Program already, a classifier, holds control flow, or coremltools
        refuses an op.
    """
    if package.format == "ML Program":
        raise StageError(f"{_STAGE}: {package.path} is an ML Program already. Use it.")
    if any(isinstance(feature, ClassFeature) for feature in package.outputs):
        raise StageError(
            f"{_STAGE}: {package.path} is a classifier, which is not upgraded yet."
            " Convert its source."
        )
    try:
        with quiet_coremltools():
            made = packed(
                _program(package, options),
                [_kind(feature) for feature in package.inputs],
                options,
                called=str,
                outputs=[_leaving_kind(feature) for feature in package.outputs],
            )
            _carry_over(made, package)
            made.save(str(path))
    except (KeepError, StageError):
        raise
    except Exception as error:  # coremltools raises every kind there is
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise StageError(
            f"{_STAGE}: coremltools refuses what {package.path} was lowered to ({first})."
            " Convert its source."
        ) from error
    settle(path)


def _carry_over(made: Any, package: Package) -> None:
    """Give a model the words that the old one says of itself and of its features."""
    made.short_description = package.words.get("shortDescription", "")
    made.author = package.words.get("author", "")
    made.license = package.words.get("license", "")
    made.version = package.words.get("versionString", "")
    for key, value in package.metadata.items():
        made.user_defined_metadata[key] = value


def _kind(feature: InputFeature) -> Any:
    import coremltools as ct

    if isinstance(feature, ArrayFeature):
        dtype = np.int32 if feature.dtype == "int32" else np.float32
        return ct.TensorType(name=feature.name, shape=_sizes(feature), dtype=dtype)
    if feature.colour_space not in ("RGB", "BGR", "GRAYSCALE"):
        raise StageError(f"{_STAGE}: image {feature.name} is {feature.colour_space}.")
    layout = getattr(ct.colorlayout, feature.colour_space)
    return ct.ImageType(name=feature.name, shape=feature.shape, color_layout=layout)


def _leaving_kind(feature: Any) -> Any:
    import coremltools as ct

    if isinstance(feature, ImageFeature):
        layout = getattr(ct.colorlayout, feature.colour_space)
        return ct.ImageType(name=feature.name, color_layout=layout)
    return ct.TensorType(name=feature.name, dtype=np.float32)


def _sizes(feature: ArrayFeature) -> tuple[int, ...]:
    if not feature.shape:
        raise StageError(f"{_STAGE}: input {feature.name} has no fixed shape.")
    return feature.shape


def _program(package: Package, options: CoreMLOptions) -> Any:
    """Build coremltools' program: sizes become fixed, so what computes them is folded away."""
    import coremltools as ct
    from coremltools.converters.mil.mil import Builder, Function, Program

    main, target = package.program.main, getattr(ct.target, options.target)
    placeholders = {}
    for feature in package.inputs:
        whole = isinstance(feature, ArrayFeature) and feature.dtype == "int32"
        shape = _sizes(feature) if isinstance(feature, ArrayFeature) else feature.shape
        placeholders[feature.name] = Builder.placeholder(
            shape, ct.converters.mil.mil.types.int32 if whole else None
        )
    program = Program()
    with Function(placeholders, opset_version=target) as function:
        values = dict(function.inputs)
        for feature in package.inputs:
            values[feature.name] = _entering(Builder, package, feature, values[feature.name])
        for operation in main.block.operations:
            values.update(_built(Builder, operation, values, package))
        function.set_outputs([_leaving(Builder, package, f, values) for f in package.outputs])
    program.add_function("main", function)
    return program


def _entering(builder: Any, package: Package, feature: InputFeature, value: Any) -> Any:
    """Give an input the axes of the blob that the layers read."""
    rank = package.blob_ranks.get(feature.name)
    if rank is None or rank == value.rank:
        return value
    if isinstance(feature, ImageFeature):
        return builder.expand_dims(x=value, axes=list(range(rank - value.rank)))
    own = [*value.shape, *(1,) * (3 - value.rank)] if value.rank < 3 else list(value.shape)
    return builder.reshape(x=value, shape=[*(1,) * (rank - len(own)), *own])


def _leaving(builder: Any, package: Package, feature: Any, values: Mapping[str, Any]) -> Any:
    """Give an output the axes that the old model gives it, and its name."""
    value, rank = values[feature.name], package.blob_ranks.get(feature.name)
    shape = wanted = tuple(value.shape)
    if isinstance(feature, ArrayFeature) and rank is not None:
        wanted = shape[rank - 3 :]
        if len(feature.shape) == 1 and wanted[1:] == (1, 1):
            wanted = wanted[:1]
    elif isinstance(feature, ArrayFeature) and package.format == "NeuralNetwork":
        # As the executor gives it: in the shape that is described, where that is fixed.
        described = shape if str(feature.flexible) else feature.shape or shape
        # Only axes of size 1 come or go: [C, H, W] is never taken for [H, W, C].
        sizes = ([size for size in one if size != 1] for one in (described, shape))
        wanted = described if next(sizes) == next(sizes) else shape
    if wanted != shape and int(np.prod(wanted)) == int(np.prod(shape)):
        return builder.reshape(x=value, shape=list(wanted), name=feature.name)
    return value if value.name == feature.name else builder.identity(x=value, name=feature.name)


def _built(
    builder: Any, operation: Operation, values: Mapping[str, Any], package: Package
) -> Iterator[tuple[str, Any]]:
    """Build one op; give its results by name."""
    if operation.blocks:
        raise StageError(
            f"{_STAGE}: {package.path} holds {operation}, which cannot be upgraded yet."
            " Convert its source."
        )
    names = [name for name, _ in operation.outputs]
    given = set(package.program.main.block.outputs) & set(names)
    # What leaves is named at the end, where its axes may change.
    name = f"{names[0]}_computed" if given else names[0]
    if operation.type == "const":
        yield names[0], builder.const(val=operation.attributes["val"].array, name=name)
        return
    arguments = {
        key: _argument(several, values, many=key == "values")
        for key, several in operation.inputs.items()
    }
    results = getattr(builder, operation.type)(name=name, **arguments)
    every = results if isinstance(results, (list, tuple)) else (results,)
    yield from zip(names, every, strict=True)


def _argument(several: Sequence[Reference], values: Mapping[str, Any], *, many: bool) -> Any:
    found = [_stored(one) if isinstance(one, Constant) else values[one] for one in several]
    return found if many or len(found) > 1 else found[0]


def _stored(constant: Constant) -> Any:
    array = np.array(constant.array)
    if array.ndim:
        return array
    return array.item() if constant.type.dtype in ("string", "bool") else array[()]
