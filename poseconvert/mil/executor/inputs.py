"""Checks what a caller feeds a package, and brings it to what the program expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poseconvert.errors import PackageError, RunError
from poseconvert.mil.executor.precision import carrier
from poseconvert.mil.package.features import ArrayFeature, ImageFeature, InputFeature
from poseconvert.mil.package.program import DTYPES, Array, Package, TensorType
from poseconvert.mil.package.refusal import refusal

_BYTE_IMAGES = ("RGB", "BGR", "GRAYSCALE")


def check_features(package: Package) -> None:
    """Refuse a package whose description and program disagree.

    Raises
    ------
    PackageError
        Input names differ, an input does not have its described shape, or an output is undefined.
    """
    main = package.program.main
    described = {feature.name: feature for feature in package.inputs}
    types = {name: type for name, type in main.types().items() if name in dict(main.inputs)}
    if set(described) != set(types) or len(described) != len(package.inputs):
        raise refusal(
            PackageError,
            package.path,
            f"describes inputs {sorted(described)}, its program takes {sorted(types)}",
        )
    for feature in package.inputs:
        entering = types[feature.name]
        if feature.name in package.blob_ranks:
            fits = len(entering.shape) == package.blob_ranks[feature.name]
        else:
            fits = entering.admits(feature.shape)
        if not fits and feature.shape:
            raise refusal(
                PackageError,
                package.path,
                f'input "{feature.name}" is described as {list(feature.shape)}, '
                f"its program takes {types[feature.name]}",
            )
    lost = [output.name for output in package.outputs if output.name not in main.block.outputs]
    if lost or not package.outputs:
        raise refusal(
            PackageError,
            package.path,
            f"outputs {lost} are described, its program gives {list(main.block.outputs)}",
        )


def inputs_for(package: Package, inputs: Mapping[str, Any]) -> dict[str, Array]:
    """Check a caller's arrays and copy them into carriers.

    Parameters
    ----------
    package
        The package to be run.
    inputs
        By input name; optional ones may be left out. Images: a PIL picture, uint8 HWC, or float32
        NCHW with values 0..255; always RGB, permuted here where the package expects BGR.
        Multi-arrays: the declared dtype, and the declared shape or one the package admits.

    Returns
    -------
    dict of str to Array
        Fresh contiguous arrays, shaped as the program's inputs.

    Raises
    ------
    RunError
        A name is missing or unknown, or an array has another shape, dtype or value range.
    """
    expected = [feature.name for feature in package.inputs]
    optional = {f.name for f in package.inputs if getattr(f, "default", None) is not None}
    if set(inputs) - set(expected) or set(expected) - set(inputs) - optional:
        raise refusal(
            RunError,
            package.path,
            f"given inputs {sorted(inputs)}, expected {expected}",
            "Feed every input once, by its name.",
        )
    types = {n: t for n, t in package.program.main.inputs if isinstance(t, TensorType)}
    fed = {}
    for feature in package.inputs:
        dtype = _expected_dtype(feature)
        array = _array(feature, inputs, dtype)
        value = _image(package, feature, array) if isinstance(feature, ImageFeature) else array
        declared = types[feature.name]
        blob_rank = package.blob_ranks.get(feature.name)
        if blob_rank is not None:
            blob = _as_blob(feature, value, blob_rank)
            fits = blob is not None and value.dtype == dtype
            value = value if blob is None else blob
        else:
            fits = _fits(feature, value, declared, dtype)
        if not fits:
            raise refusal(
                RunError,
                package.path,
                f'input "{feature.name}" is {array.dtype}{list(array.shape)}, '
                f"expected {_expectation(feature, dtype, declared.shape)}",
                "Feed the declared shape and dtype.",
            )
        fed[feature.name] = np.array(value, dtype=carrier(declared.dtype), order="C")
    return fed


def _fits(
    feature: InputFeature, value: Array, declared: TensorType, dtype: np.dtype[np.generic]
) -> bool:
    admitted = feature.flexible.admits(value.shape, feature.shape)
    return admitted and declared.admits(value.shape) and value.dtype == dtype


def _as_blob(feature: InputFeature, value: Array, rank: int) -> Array | None:
    """Give an array the axes of a NeuralNetwork's blob; None where its sizes are not admitted.

    ::

        [C] -> [1, 1, C, 1, 1]          [C, H, W] -> [1, 1, C, H, W]
        [Seq, Batch, C] -> [Seq, Batch, C, 1, 1], where [C] is described

    With rank 4 sequence and batch are one axis. Source: NeuralNetwork.proto,
    ``RANK5_ARRAY_MAPPING``.
    """
    shape = feature.shape[1:] if isinstance(feature, ImageFeature) else feature.shape
    given, inner = value.shape, len(shape)
    own = given[max(value.ndim - inner, 0) :]
    if inner == 1 and value.ndim == 5 and given[3:] == (1, 1):
        own = given[2:3]
    lead = given[: 2 if value.ndim == 5 else max(value.ndim - inner, 0)]
    if inner not in (1, 3):
        own = lead = ()
        if value.ndim == 5:
            lead, own = given[:2], given[2:]
        elif not feature.flexible.admits(given, feature.shape) or value.ndim > 4:
            return None
        else:
            own = (*given[-3:], *(1,) * (3 - min(value.ndim, 3)))
            lead = given[:-3]
    elif isinstance(feature, ImageFeature):
        if not feature.flexible.admits((1, *own), feature.shape):
            return None
    elif not feature.flexible.admits(own, shape):
        return None
    if len(lead) > 2:
        return None
    whole = (*(1,) * (2 - len(lead)), *lead, *own, *(1,) * (3 - len(own)))
    return value.reshape(whole if rank == 5 else (whole[0] * whole[1], *whole[2:]))


def _array(feature: InputFeature, inputs: Mapping[str, Any], dtype: np.dtype[np.generic]) -> Array:
    """Take what was given, or the filler of an optional input."""
    if feature.name in inputs:
        return np.asarray(inputs[feature.name])
    assert isinstance(feature, ArrayFeature)
    return np.full(feature.shape, feature.default, dtype)


def _image(package: Package, feature: ImageFeature, array: Array) -> Array:
    """Bring a picture to NCHW, check the range, order the channels."""
    if feature.colour_space not in _BYTE_IMAGES:
        return array[None, None].astype(np.float16) if array.ndim == 2 else array
    if array.dtype == np.uint8 and array.ndim in (2, 3):
        layers = array[..., None] if array.ndim == 2 else array
        array = layers.transpose(2, 0, 1)[None].astype(np.float32)
    if array.dtype == np.float32 and array.size and not (array.min() >= 0 and array.max() <= 255):
        raise refusal(
            RunError,
            package.path,
            f'input "{feature.name}" holds values from {array.min():g} to {array.max():g}, '
            "expected 0 to 255",
            "Feed the picture's values unscaled.",
        )
    return array[:, ::-1] if feature.colour_space == "BGR" and array.ndim == 4 else array


def _expected_dtype(feature: InputFeature) -> np.dtype[np.generic]:
    if isinstance(feature, ArrayFeature):
        return DTYPES[feature.dtype]
    return np.dtype(np.float32 if feature.colour_space in _BYTE_IMAGES else np.float16)


def _expectation(feature: InputFeature, dtype: np.dtype[np.generic], shape: object) -> str:
    """Describe what would have been accepted."""
    choices = f" or {feature.flexible}" if str(feature.flexible) else ""
    if isinstance(feature, ArrayFeature):
        sizes = feature.shape or shape
        whole = isinstance(sizes, tuple) and None not in sizes
        return (f"{dtype}{list(sizes)}" if whole else str(dtype)) + choices  # type: ignore[call-overload]
    _, channels, height, width = feature.shape
    planes = f"{dtype}{list(feature.shape)}{choices}"
    if feature.colour_space not in _BYTE_IMAGES:
        return planes
    return f"{planes} or uint8{[height, width, channels]}"
