"""A pipeline -> package: its models become one program, each fed by name from those before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from poseconvert.budgets import BLOCK_DEPTH, PROGRAM_OPS
from poseconvert.errors import PackageError
from poseconvert.mil.package.description import words_of
from poseconvert.mil.package.features import ArrayFeature, InputFeature, OutputFeature
from poseconvert.mil.package.models.handing_on import Held, handed_on
from poseconvert.mil.package.models.single import described_input, entering_value
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value
from poseconvert.mil.package.program import (
    OPSETS,
    Block,
    Function,
    Operation,
    Package,
    Program,
    StateType,
    TensorType,
    ValueType,
)
from poseconvert.mil.package.refusal import refusal
from poseconvert.mil.package.renaming import with_names, with_output_names

#: Kinds of model that hold a pipeline, and where it lies in them.
PIPELINES = {
    "pipeline": lambda model: model.pipeline,
    "pipelineClassifier": lambda model: model.pipelineClassifier.pipeline,
    "pipelineRegressor": lambda model: model.pipelineRegressor.pipeline,
}


def package_from_pipeline(
    model: Any, kind: str, *, path: Path, read: Callable[[Any, int], Package], depth: int
) -> Package:
    """Join the models of a pipeline.

    Parameters
    ----------
    model
        The parsed ``Model`` message.
    kind
        A key of ``PIPELINES``.
    path
        Named in errors.
    read
        Reads one of its models, given how deep it lies.
    depth
        How many pipelines this one lies in.

    Raises
    ------
    PackageError
        It holds no models, nests too deep, a model is refused, or reads what none before it gives.
    """
    if depth > BLOCK_DEPTH.value:
        raise refusal(PackageError, path, f"nests pipelines in more than {BLOCK_DEPTH}")
    messages = PIPELINES[kind](model).models
    if not len(messages):
        raise refusal(PackageError, path, "holds a pipeline of no models")
    models = [read(message, depth + 1) for message in messages]
    described = [described_input(path, feature) for feature in model.description.input]
    joining = _Joining(Lowering(path, exact=True))
    joining.enter(described, models)
    for at, one in enumerate(models):
        joining.add(one, at)
    leaving: dict[str, Value] = {}
    outputs: list[OutputFeature] = []
    for feature in model.description.output:
        held = joining.held.get(feature.name)
        if held is None:
            what = f'describes an output "{feature.name}" that no model of its pipeline gives'
            raise refusal(PackageError, path, what)
        leaving[feature.name] = held.value
        outputs.append(replace(held.feature, name=feature.name))
        if held.blob_rank is not None:
            joining.blob_ranks[feature.name] = held.blob_rank
    operations, names = with_output_names(
        joining.to.close().operations, leaving, joining.inputs, path=path
    )
    newest = max((one.program.main.opset for one in models), key=OPSETS.index)
    main = Function(newest, tuple(joining.entering.items()), Block((), operations, names))
    return Package(
        path=path,
        spec_version=model.specificationVersion,
        inputs=tuple(joining.inputs.values()),
        outputs=tuple(outputs),
        program=Program({"main": main}),
        metadata=dict(model.description.metadata.userDefined),
        words=words_of(model.description.metadata),
        blob_ranks=joining.blob_ranks,
        format="pipeline",
    )


@dataclass(slots=True)
class _Joining:
    """A pipeline being joined: the ops so far, and what every feature's name stands for."""

    to: Lowering
    held: dict[str, Held] = field(default_factory=dict)
    inputs: dict[str, InputFeature] = field(default_factory=dict)
    entering: dict[str, ValueType] = field(default_factory=dict)
    blob_ranks: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def enter(self, described: list[InputFeature], models: list[Package]) -> None:
        """Declare the inputs, each as the first model that reads it takes it."""
        for own in described:
            name, declared = entering_value(self.to, own)
            feature, rank = own, None
            for one in models:
                found = {f.name: f for f in one.inputs}.get(name)
                if found is not None:
                    feature, rank = found, one.blob_ranks.get(name)
                    declared = dict(one.program.main.inputs)[name]
                    break
            self._note(name, declared)
            self.inputs[name], self.entering[name] = feature, declared
            if rank is not None:
                self.blob_ranks[name] = rank
            self.held[name] = Held(Value(name), feature, rank, own=True)

    def _note(self, name: str, declared: ValueType | None) -> None:
        self.taken.add(name)
        if isinstance(declared, TensorType):
            self.to.ranks[name] = None if declared.variadic else len(declared.shape)
            self.to.dtypes[name] = declared.dtype

    def add(self, one: Package, at: int) -> None:
        """Add a model's ops, its values renamed where their names are taken."""
        main = one.program.main
        if any(isinstance(type, StateType) for _, type in main.inputs):
            raise refusal(PackageError, self.to.package, f"model {at} of its pipeline holds states")
        self.to.layer = f"model {at}"
        types = dict(main.inputs)
        names: dict[str, str] = {
            feature.name: self._fed(one, at, feature, types[feature.name]) for feature in one.inputs
        }
        for operation in main.block.walk():
            inner = (value for block in operation.blocks for value in block.inputs)
            for name, declared in (*operation.outputs, *inner, (operation.name, None)):
                if name not in names:
                    names[name] = self._free(name, at)
                self._note(names[name], declared)
        drafts = self.to.drafts[-1].operations
        drafts += [_of(with_names(o, names), main.opset) for o in main.block.operations]
        if len(drafts) > PROGRAM_OPS.value:
            raise refusal(PackageError, self.to.package, f"more than {PROGRAM_OPS}")
        for feature in one.outputs:
            if feature.name not in main.block.outputs:
                what = f'model {at} of its pipeline gives no "{feature.name}"'
                raise refusal(PackageError, self.to.package, what)
            value = Value(names.get(feature.name, feature.name))
            self.held[feature.name] = Held(value, feature, one.blob_ranks.get(feature.name))

    def _free(self, name: str, at: int) -> str:
        free = name
        while free in self.taken:
            free = f"{at}/{free}"
        return free

    def _fed(self, one: Package, at: int, feature: InputFeature, declared: ValueType) -> Value:
        """Give what a model's input is fed."""
        held = self.held.get(feature.name)
        if held is not None:
            return handed_on(self.to, held, feature, declared, one.blob_ranks.get(feature.name))
        if isinstance(feature, ArrayFeature) and feature.default is not None:
            dtype = getattr(declared, "dtype", "fp32")
            filler = np.full(feature.shape, feature.default)
            value = self.to.stored(filler.astype(np.int32 if dtype == "int32" else np.float32))
            return self.to.cast(value, dtype)
        what = f'model {at} of its pipeline reads "{feature.name}", which nothing gives before it'
        raise refusal(PackageError, self.to.package, what)


def _of(operation: Operation, opset: str) -> Operation:
    """Note the opset that an op and those in its blocks are of."""
    blocks = tuple(
        replace(block, operations=tuple(_of(inner, opset) for inner in block.operations))
        for block in operation.blocks
    )
    return replace(operation, opset=operation.opset or opset, blocks=blocks)
