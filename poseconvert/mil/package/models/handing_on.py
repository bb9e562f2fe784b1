"""What one model of a pipeline gave -> what the next one takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poseconvert.mil.package.features import (
    ArrayFeature,
    ClassFeature,
    ImageFeature,
    InputFeature,
    OutputFeature,
)
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value
from poseconvert.mil.package.program import TensorType, ValueType


@dataclass(frozen=True, slots=True)
class Held:
    """What a feature's name stands for.

    Attributes
    ----------
    blob_rank : rank of the value where it is a NeuralNetwork's blob; None: as it is described.
    own : an input of the pipeline, whose pixels are 0 to 255 already.
    """

    value: Value
    feature: InputFeature | OutputFeature
    blob_rank: int | None = None
    own: bool = False


def handed_on(
    to: Lowering, held: Held, feature: InputFeature, declared: ValueType, blob_rank: int | None
) -> Value:
    """Bring a value to what a model's input takes.

    Parameters
    ----------
    to
        Where ops are emitted.
    held
        The value.
    feature, declared, blob_rank
        The input, the type of its value, and its rank where that is a NeuralNetwork's blob.

    Raises
    ------
    PackageError
        A class or picture is handed on as an array, or the other way round, or axes do not fit.
    """
    given = held.feature
    if isinstance(given, ClassFeature) or type(given) is not type(feature):
        raise to.error(f'reads "{feature.name}" as {feature}, it is given {given}')
    value = held.value
    if isinstance(given, ImageFeature) and isinstance(feature, ImageFeature):
        value = _picture(to, held, given, feature)
        if blob_rank == 5:
            return to.op("expand_dims", 5, x=value, axes=np.array([0]))
    elif isinstance(given, ArrayFeature) and held.blob_rank != blob_rank:
        value = _described(to, value, given, held.blob_rank)
        value = value if blob_rank is None else _blob(to, value, blob_rank)
    dtype = declared.dtype if isinstance(declared, TensorType) else "fp32"
    return to.cast(value, dtype)


def _picture(to: Lowering, held: Held, given: ImageFeature, feature: ImageFeature) -> Value:
    """Give [N, C, H, W] in the order of channels that is read, computed ones as whole pixels."""
    value = held.value
    if held.blob_rank == 5:
        value = to.op("squeeze", 4, x=value, axes=np.array([0]))
    if not held.own:
        value = to.op("clip", 4, x=to.cast(value, "fp32"), alpha=0.0, beta=255.0)
        value = to.op("round", 4, x=value)
    spaces = {given.colour_space, feature.colour_space}
    if spaces == {"RGB", "BGR"}:
        return to.op("reverse", 4, x=value, axes=np.array([1]))
    if len(spaces) > 1:
        raise to.error(f'reads "{feature.name}" as {feature}, it is given {given}')
    return value


def _described(to: Lowering, value: Value, feature: ArrayFeature, blob_rank: int | None) -> Value:
    """Take the axes off a blob that are not described: [C, H, W], or [C]."""
    if blob_rank is None:
        return value
    dtype = to.dtypes[value]
    if len(feature.shape) == 1:
        return to.op("reshape", 1, dtype, x=value, shape=np.array([-1]))
    return to.op("squeeze", 3, dtype, x=value, axes=np.arange(blob_rank - 3))


def _blob(to: Lowering, value: Value, blob_rank: int) -> Value:
    """Give [C], [C, H, W] or a whole blob the axes of a NeuralNetwork's blob."""
    rank = to.rank(value)
    lead = blob_rank - 3
    if rank == 1:
        axes = [*range(lead), blob_rank - 2, blob_rank - 1]
    elif rank in (3, 4, 5) and rank <= blob_rank:
        axes = list(range(blob_rank - rank))
    else:
        raise to.error(f"takes a blob of rank {blob_rank}, it is given a value of rank {rank}")
    if not axes:
        return value
    return to.op("expand_dims", blob_rank, to.dtypes[value], x=value, axes=np.array(axes))
