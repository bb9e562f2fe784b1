"""A model of one step -> package: what it computes becomes a few ops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poseconvert.errors import PackageError
from poseconvert.mil.package.description import input_feature, output_feature, words_of
from poseconvert.mil.package.features import ArrayFeature, ImageFeature, InputFeature, OutputFeature
from poseconvert.mil.package.models.preprocessing import (
    array_feature_extractor,
    feature_vectorizer,
    identity,
    normalizer,
    scaler,
)
from poseconvert.mil.package.models.suppression import non_maximum_suppression, thresholds
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value
from poseconvert.mil.package.program import Block, Function, Package, Program, TensorType, ValueType
from poseconvert.mil.package.refusal import refusal
from poseconvert.mil.package.renaming import with_output_names

#: What the ops are looked up in; ``non_maximum_suppression`` has a score threshold up to there.
OPSET = "CoreML6"

SINGLE = {
    "arrayFeatureExtractor": array_feature_extractor,
    "featureVectorizer": feature_vectorizer,
    "identity": identity,
    "nonMaximumSuppression": non_maximum_suppression,
    "normalizer": normalizer,
    "scaler": scaler,
}
_SCALARS = {"doubleType": "fp64", "int64Type": "int64"}


def package_from_single(model: Any, kind: str, *, path: Path) -> Package:
    """Lower a model of one step.

    Parameters
    ----------
    model
        The parsed ``Model`` message.
    kind
        A key of ``SINGLE``.
    path
        Named in errors.

    Raises
    ------
    PackageError
        Its features or parameters do not fit what it is.
    """
    parameters = getattr(model, kind)
    inputs = [described_input(path, feature) for feature in model.description.input]
    if kind == "nonMaximumSuppression":
        inputs = thresholds(parameters, inputs)
    outputs = tuple(described_output(path, feature) for feature in model.description.output)
    to = Lowering(path, exact=True)
    entering, values = [], {}
    for feature in inputs:
        name, declared = entering_value(to, feature)
        entering.append((name, declared))
        values[name] = Value(name)
    to.layer = kind
    try:
        found = SINGLE[kind](to, parameters, values, outputs)
    except (ValueError, IndexError, TypeError, KeyError) as error:
        raise refusal(
            PackageError, path, f"its {kind} does not fit its features ({error})"
        ) from error
    operations, names = with_output_names(to.close().operations, found, set(values), path=path)
    main = Function(OPSET, tuple(entering), Block((), operations, names))
    return Package(
        path=path,
        spec_version=model.specificationVersion,
        inputs=tuple(inputs),
        outputs=outputs,
        program=Program({"main": main}),
        metadata=dict(model.description.metadata.userDefined),
        words=words_of(model.description.metadata),
        format="other",
    )


def described_input(path: Path, message: Any) -> InputFeature:
    """Translate an input; numbers are arrays of no axes."""
    kind = message.type.WhichOneof("Type")
    if kind in _SCALARS:
        return ArrayFeature(message.name, (), _SCALARS[kind])
    return input_feature(path, message)


def described_output(path: Path, message: Any) -> OutputFeature:
    """Translate an output; numbers are arrays of no axes."""
    kind = message.type.WhichOneof("Type")
    return described_input(path, message) if kind == "doubleType" else output_feature(path, message)


def entering_value(to: Lowering, feature: InputFeature) -> tuple[str, ValueType]:
    """Declare the value of an input; arrays whose shape is not described are vectors."""
    if isinstance(feature, ImageFeature):
        return to.declare(4, "fp32", feature.name)
    whole = feature.dtype in ("int32", "int64", "int8")
    scalar = (
        feature.dtype in _SCALARS.values() and not feature.shape and not feature.flexible.ranges
    )
    rank = len(feature.shape) or len(feature.flexible.ranges) or (0 if scalar else 1)
    name, declared = to.declare(rank, "int32" if whole else "fp32", feature.name)
    return (name, TensorType("fp32", ())) if scalar else (name, declared)
