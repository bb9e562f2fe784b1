"""Coordinates as an output: each joint's numbers, in whatever order and unit."""

from __future__ import annotations

import math

import numpy as np

from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Outputs, Tensor, float_tensor, sigmoid
from poseconvert.errors import DecodeError


def coordinates(outputs: Outputs, spec: DecodeSpec) -> tuple[Float64Array, Float64Array]:
    """Return positions (N, J, dims) and scores (N, J).

    A joint without a score of its own has 1; one with a coordinate that is not finite has 0.

    Raises
    ------
    DecodeError
        The output is missing, not float, or holds another count of numbers.
    """
    tensor = float_tensor(outputs, spec.offset)
    each = len(spec.numbers)
    if math.prod(tensor.shape[1:]) != spec.joints * each or not tensor.size:
        raise DecodeError(
            f'output "{spec.offset}": shape {tensor.shape} does not hold {spec.joints} joints of'
            f' {each} numbers ("{spec.numbers}"). Use the decode spec of this network.'
        )
    if spec.interleaved is False:
        values = tensor.reshape(len(tensor), each, spec.joints).swapaxes(1, 2)
    else:
        values = tensor.reshape(len(tensor), spec.joints, each)
    return read_joints(values, spec)


def read_joints(values: Tensor, spec: DecodeSpec) -> tuple[Float64Array, Float64Array]:
    """Read joints whose numbers are the last axis, as ``spec.numbers`` says."""
    geometry = geometry_of(spec)
    place = [spec.numbers.index(axis) for axis in "xyz"[: spec.dims]]
    position = geometry.origin + geometry.scale[:, 0, 0] * values[..., place].astype(np.float64)
    finite = np.isfinite(position).all(axis=-1)
    score = np.ones(values.shape[:-1])
    if "s" in spec.numbers:
        own = values[..., spec.numbers.index("s")]
        score = sigmoid(own) if spec.activation == "logit" else own.astype(np.float64)
    present = finite & (score > spec.threshold)
    return np.where(present[..., None], position, np.nan), np.where(present, score, 0.0)
