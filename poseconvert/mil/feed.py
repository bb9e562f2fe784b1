"""Checks what a caller feeds a package, and brings it to what the program expects."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from poseconvert.errors import PackageError, RunError
from poseconvert.mil.precision import carrier
from poseconvert.mil.program import DTYPES, Array, ArrayFeature, Feature, ImageFeature, Package
from poseconvert.mil.refusal import refusal

_BYTE_IMAGES = ("RGB", "BGR", "GRAYSCALE")


def check_features(package: Package) -> None:
    """Refuse a package whose description and program disagree.

    Raises
    ------
    PackageError
        Input names differ, an image does not have its input's shape, or an output is undefined.
    """
    main = package.program.main
    described = {feature.name: feature for feature in package.inputs}
    types = dict(main.inputs)
    if set(described) != set(types) or len(described) != len(package.inputs):
        raise refusal(
            PackageError,
            package.path,
            f"describes inputs {sorted(described)}, its program takes {sorted(types)}",
        )
    for feature in package.inputs:
        if not types[feature.name].admits(feature.shape) and feature.shape:
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


def feed(package: Package, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Check a caller's arrays and copy them into carriers.

    Parameters
    ----------
    package
        The package to be run.
    inputs
        By input name. Images: float32 NCHW with values 0..255, or uint8 HWC; always RGB, permuted
        here where the package expects BGR. Multi-arrays: the declared shape and dtype.

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
    if sorted(inputs) != sorted(expected):
        raise refusal(
            RunError,
            package.path,
            f"given inputs {sorted(inputs)}, expected {expected}",
            "Feed every input once, by its name.",
        )
    types = dict(package.program.main.inputs)
    fed = {}
    for feature in package.inputs:
        array = np.asarray(inputs[feature.name])
        value = _image(package, feature, array) if isinstance(feature, ImageFeature) else array
        declared = types[feature.name]
        dtype = _expected_dtype(feature)
        if not declared.admits(value.shape) or value.dtype != dtype:
            raise refusal(
                RunError,
                package.path,
                f'input "{feature.name}" is {array.dtype}{list(array.shape)}, '
                f"expected {_expectation(feature, dtype, declared.shape)}",
                "Feed the declared shape and dtype.",
            )
        fed[feature.name] = np.array(value, dtype=carrier(declared.dtype), order="C")
    return fed


def _image(package: Package, feature: ImageFeature, array: Array) -> Array:
    """Bring uint8 HWC to float32 NCHW, check the range, order the channels."""
    if feature.colour_space not in _BYTE_IMAGES:
        return array
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


def _expected_dtype(feature: Feature) -> np.dtype[np.generic]:
    if isinstance(feature, ArrayFeature):
        return DTYPES[feature.dtype]
    return np.dtype(np.float32 if feature.colour_space in _BYTE_IMAGES else np.float16)


def _expectation(feature: Feature, dtype: np.dtype[np.generic], shape: object) -> str:
    """Describe what would have been accepted."""
    if isinstance(feature, ArrayFeature):
        return f"{dtype}{list(shape)}" if isinstance(shape, tuple) else str(dtype)
    _, channels, height, width = feature.shape
    planes = f"{dtype}{list(feature.shape)}"
    if feature.colour_space not in _BYTE_IMAGES:
        return planes
    return f"{planes} or uint8{[height, width, channels]}"
