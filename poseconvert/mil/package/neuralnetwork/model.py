"""A NeuralNetwork model -> package: its interface, its preprocessing, its layers as a program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from poseconvert.errors import PackageError
from poseconvert.mil.package.description import input_feature, output_feature, words_of
from poseconvert.mil.package.features import (
    ArrayFeature,
    ClassFeature,
    ImageFeature,
    InputFeature,
    OutputFeature,
)
from poseconvert.mil.package.neuralnetwork import layers as _layers  # noqa: F401
from poseconvert.mil.package.neuralnetwork.folding import fold_bounds
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value
from poseconvert.mil.package.neuralnetwork.network import is_sequential, lower_layers
from poseconvert.mil.package.program import (
    Block,
    Function,
    Package,
    Program,
    TensorType,
    ValueType,
)
from poseconvert.mil.package.refusal import refusal
from poseconvert.mil.package.renaming import with_output_names

#: What the ops that layers become are looked up in.
OPSET = "CoreML6"
_EXACT, _RANK4_IMAGE = 1, 1


def package_from_network(model: Any, network: Any, *, path: Path) -> Package:
    """Lower a NeuralNetwork, classifier and regressor included.

    Parameters
    ----------
    model
        The parsed ``Model`` message.
    network
        The network in it.
    path
        Named in errors.

    Raises
    ------
    PackageError
        A layer is of a kind that is not lowered, or does not fit; the model is updatable.
    """
    if model.isUpdatable:
        what = "holds an updatable model, which training on the phone changes"
        raise refusal(PackageError, path, what, "Give the model before it was made updatable.")
    exact = network.arrayInputShapeMapping == _EXACT
    blob_rank = 5 if is_sequential(network.layers) else 4
    inputs = tuple(_input(path, feature) for feature in model.description.input)
    outputs = tuple(output_feature(path, feature) for feature in model.description.output)
    to = Lowering(path, exact, blob_rank)
    ranks = dict(_blob_ranks(network, inputs, outputs, exact=exact, blob_rank=blob_rank))
    entering = tuple(_entering(to, feature, ranks.get(feature.name)) for feature in inputs)
    _preprocess(to, network.preprocessing, inputs)
    lower_layers(to, network.layers)
    leaving = _leaving(to, model.description, network, outputs)
    draft = to.close()
    operations, names = with_output_names(
        fold_bounds(draft.operations, set(leaving.values())),
        leaving,
        {name for name, _ in entering},
        path=path,
    )
    function = Function(OPSET, entering, Block((), operations, names))
    return Package(
        path=path,
        spec_version=model.specificationVersion,
        inputs=inputs,
        outputs=outputs,
        program=Program({"main": function}),
        metadata=dict(model.description.metadata.userDefined),
        words=words_of(model.description.metadata),
        blob_ranks=ranks,
        format="NeuralNetwork",
    )


def _input(path: Path, message: Any) -> InputFeature:
    """Translate an input; an optional one that is left out is zero."""
    feature = input_feature(path, message)
    optional = message.type.isOptional and isinstance(feature, ArrayFeature)
    if optional and isinstance(feature, ArrayFeature) and feature.default is None:
        return replace(feature, default=0.0)
    return feature


def _blob_ranks(
    network: Any,
    inputs: Iterable[InputFeature],
    outputs: Iterable[OutputFeature],
    *,
    exact: bool,
    blob_rank: int,
) -> Iterable[tuple[str, int]]:
    """Give the rank of the blobs of features that do not have the axes that are described."""
    for feature in inputs:
        if isinstance(feature, ImageFeature):
            four = network.imageInputShapeMapping == _RANK4_IMAGE
            yield feature.name, 4 if four else 5 if exact else blob_rank
        elif not exact:
            yield feature.name, blob_rank
    for described in outputs:
        if not exact and not isinstance(described, ClassFeature):
            yield described.name, blob_rank


def _entering(to: Lowering, feature: InputFeature, blob_rank: int | None) -> tuple[str, ValueType]:
    shape = feature.shape
    rank = blob_rank or (len(shape) or None)
    to.layer = feature.name
    name, declared = to.declare(rank, name=feature.name)
    to.drafts[-1].blobs[name] = Value(name)
    if blob_rank is None and shape and not feature.flexible.enumerated + feature.flexible.ranges:
        declared = TensorType("fp32", tuple(shape))
    return name, declared


def _preprocess(to: Lowering, steps: Any, inputs: tuple[InputFeature, ...]) -> None:
    """Scale pictures, add the bias of each channel, or take a mean picture away."""
    blobs = to.drafts[-1].blobs
    pictures = {f.name: f for f in inputs if isinstance(f, ImageFeature)}
    for step in steps:
        name = step.featureName or next(iter(pictures), "")
        if name not in blobs:
            raise refusal(PackageError, to.package, f'preprocesses "{name}", which is no input')
        to.layer = f"{name} preprocessing"
        x = blobs[name]
        if step.WhichOneof("preprocessor") == "meanImage":
            feature = pictures.get(name)
            shape = feature.shape[1:] if feature else (len(step.meanImage.meanImage),)
            mean = np.array(step.meanImage.meanImage, np.float32)
            if mean.size != int(np.prod(shape)):
                what = f'has a mean picture of {mean.size} values for "{name}" {list(shape)}'
                raise refusal(PackageError, to.package, what)
            blobs[name] = to.op("sub", to.ranks[x], x=x, y=mean.reshape(shape))
            continue
        scaler = step.scaler
        if scaler.channelScale not in (0.0, 1.0):
            x = to.op("mul", to.ranks[x], x=x, y=float(scaler.channelScale))
        bias = _biases(scaler, pictures.get(name))
        blobs[name] = to.op("add", to.ranks[x], x=x, y=bias) if np.any(bias) else x


def _biases(scaler: Any, feature: ImageFeature | None) -> Any:
    colours = [scaler.redBias, scaler.greenBias, scaler.blueBias]
    if feature is None or feature.colour_space not in ("RGB", "BGR"):
        return np.full((1, 1, 1), scaler.grayBias, np.float32)
    ordered = colours if feature.colour_space == "RGB" else colours[::-1]
    return np.array(ordered, np.float32).reshape(3, 1, 1)


def _leaving(
    to: Lowering, description: Any, network: Any, outputs: tuple[OutputFeature, ...]
) -> dict[str, Value]:
    """Give the value of every output, by its name."""
    blobs, found = to.drafts[-1].blobs, {}
    classes = [feature for feature in outputs if isinstance(feature, ClassFeature)]
    if classes:
        found = _classified(to, description, network)
    for feature in outputs:
        if feature.name in found:
            continue
        if feature.name not in blobs:
            what = f'describes an output "{feature.name}" that no layer computes'
            raise refusal(PackageError, to.package, what)
        found[feature.name] = blobs[feature.name]
    return found


def _classified(to: Lowering, description: Any, network: Any) -> dict[str, Value]:
    """Emit ``classify`` of the layer that gives the probabilities: the named one, or the last."""
    kind = network.WhichOneof("ClassLabels") if hasattr(network, "stringClassLabels") else None
    if kind is None:
        raise refusal(PackageError, to.package, "describes a class but holds no class labels")
    strings = kind == "stringClassLabels"
    labels = list((network.stringClassLabels if strings else network.int64ClassLabels).vector)
    named = network.labelProbabilityLayerName
    blobs = to.drafts[-1].blobs
    name = named or (network.layers[-1].output[0] if len(network.layers) else "")
    if name not in blobs or not labels:
        what = f'takes its classes from "{name}", which nothing computes'
        raise refusal(PackageError, to.package, what)
    to.layer = "class labels"
    flat = to.op("reshape", 1, x=blobs[name], shape=np.array([-1]))
    label, probabilities = to.ops(
        "classify",
        (0, None),
        ("string" if strings else "int32", "dictionary"),
        probabilities=flat,
        classes=np.array(labels),
    )
    return {
        description.predictedFeatureName: label,
        description.predictedProbabilitiesName: probabilities,
    }
