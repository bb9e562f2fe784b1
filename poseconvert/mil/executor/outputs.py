"""Brings what a program computed to what its package describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poseconvert.mil.package.features import (
    ArrayFeature,
    ClassFeature,
    ImageFeature,
    OutputFeature,
)
from poseconvert.mil.package.program import DTYPES, Array, Package


def outputs_of(package: Package, values: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the outputs into the caller's own hands.

    Parameters
    ----------
    package
        The package that was run.
    values
        What its program computed, by name, in carriers.

    Returns
    -------
    dict of str to Any
        Multi-arrays in their declared dtypes; images as uint8 [H, W, 3] in RGB or [H, W],
        rounded and held in 0..255 (float16 ones as float16 [H, W]); a classifier's label as
        Python's own str or int, its probabilities as a dictionary.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return {
            feature.name: _given(feature, _described(package, feature, values[feature.name]))
            for feature in package.outputs
        }


def _described(package: Package, feature: OutputFeature, value: Any) -> Any:
    """Take the axes off a NeuralNetwork's blob that are not described.

    ``[1, 1, C, H, W]`` is given as [C, H, W], as [C] where that is described; a value of several
    steps or pictures as the whole blob, [Seq, Batch, C, H, W]. Where blobs are as described, a
    network's value that differs from its fixed shape by axes of size 1 is given in that shape, as
    Apple's test_model.py expects of pictures that enter with one axis more.
    """
    rank = package.blob_ranks.get(feature.name)
    if rank is None and package.format == "NeuralNetwork" and isinstance(feature, ArrayFeature):
        return _in_fixed_shape(feature, value)
    if rank is None or isinstance(feature, ClassFeature):
        if isinstance(feature, ImageFeature) and np.ndim(value) != 4:
            return np.reshape(value, (-1, *np.shape(value)[-3:]))
        return value
    array = np.asarray(value)
    if isinstance(feature, ImageFeature):
        return array.reshape(-1, *array.shape[-3:])
    return _without_blob_axes(feature, array)


def _without_blob_axes(feature: ArrayFeature, array: Any) -> Any:
    """Return [1, 1, C, H, W] as [C, H, W], or as [C] where that is described."""
    whole = array.reshape(1, *array.shape) if array.ndim == 4 else array
    if whole.ndim != 5 or whole.shape[:2] != (1, 1):
        return whole
    vector = len(feature.shape) == 1 and whole.shape[3:] == (1, 1)
    return whole.reshape(-1) if vector else whole[0, 0]


def _in_fixed_shape(feature: ArrayFeature, value: Any) -> Any:
    """Add or take off axes of size 1, as is described; other axes are never taken for others."""
    fixed = feature.shape and not str(feature.flexible)
    fits = fixed and _without_ones(np.shape(value)) == _without_ones(feature.shape)
    return np.reshape(value, feature.shape) if fits else value


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def _given(feature: OutputFeature, value: Any) -> Any:
    if isinstance(feature, ClassFeature):
        return dict(value) if feature.kind == "probabilities" else np.asarray(value).item()
    if isinstance(feature, ImageFeature):
        return _picture(feature, value)
    return np.array(value, dtype=DTYPES[feature.dtype], order="C")


def _picture(feature: ImageFeature, value: Array) -> Array:
    """Turn NCHW of one picture into HWC; Core ML does not document values outside 0..255."""
    if feature.colour_space == "GRAYSCALE_FLOAT16":
        return np.array(value[0, 0], np.float16)
    layers: Array = np.rint(np.clip(np.nan_to_num(value[0]), 0, 255)).astype(np.uint8)
    if feature.colour_space == "GRAYSCALE":
        return np.array(layers[0])
    layers = layers[::-1] if feature.colour_space == "BGR" else layers
    return np.ascontiguousarray(layers.transpose(1, 2, 0))
