"""A compiled ML Program -> an ONNX model in memory, or the reason why not.

Values declared fp16 are float32 here too, as everywhere in the executor. Sizes must be declared:
ONNX Runtime then holds its own shape inference to ours, op by op.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from onnx import ModelProto, ValueInfoProto, helper

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import IR_VERSION, ONNX_OPSET, Graph, Value
from poseconvert.mil.onnx_registry import find_form
from poseconvert.mil.plan import BlockPlan, Step
from poseconvert.mil.precision import carried, carrier
from poseconvert.mil.program import Array, Package, TensorType, ValueType


@dataclass(frozen=True, slots=True)
class Translation:
    """A model whose large weights lie beside it, by initializer, and its outputs by MIL name."""

    model: ModelProto
    weights: Mapping[str, Array]
    outputs: Mapping[str, str]


def translate(package: Package, plan: BlockPlan) -> Translation:
    """Translate the ``main`` function of a package.

    Parameters
    ----------
    package
        What ``read_package`` gave.
    plan
        The package, compiled; its constants become initializers without being copied.

    Raises
    ------
    UnsupportedOpError
        ONNX has no form that gives the same numbers; the op and the reason are named.
    """
    translator = _Translator(package, plan)
    for step in plan.steps:
        translator.step(step)
    return translator.finished()


class _Translator:
    def __init__(self, package: Package, plan: BlockPlan) -> None:
        self.package = package
        self.plan = plan
        self.graph = Graph()
        self.opset = package.program.main.opset
        self.infos: dict[str, ValueInfoProto] = {}
        self.given = {
            name: _value(name, declared) for name, declared in package.program.main.inputs
        }
        self.values = dict(self.given)

    def step(self, step: Step) -> None:
        """Write one operation and say what its outputs are called."""
        operation = step.operation
        form = find_form(operation.type, self.opset)
        if form is None:
            raise UnsupportedOpError(f"{operation} has no ONNX form in opset {self.opset}")
        self.graph.enter(operation.outputs[0][0] if operation.outputs else operation.name)
        arguments = {
            parameter: self.value(a) if isinstance(a, str) else tuple(map(self.value, a))
            for parameter, a in step.arguments.items()
        }
        try:
            written = form(self.graph, **arguments)
        except (UnsupportedOpError, ValueError, TypeError, IndexError) as reason:
            raise UnsupportedOpError(f"{operation}: {reason}") from reason
        names = (written,) if isinstance(written, str) else written
        if len(names) != len(operation.outputs):
            raise UnsupportedOpError(f"{operation} has {len(operation.outputs)} outputs")
        for name, (output, declared) in zip(names, operation.outputs, strict=True):
            self.values[output] = self.settled(name, declared, step)

    def value(self, name: str) -> Value:
        """Give a value by its MIL name."""
        if name not in self.values:
            self.values[name] = _constant(name, self.plan.constants[name])
        return self.values[name]

    def settled(self, name: str, declared: ValueType, step: Step) -> Value:
        """Round a value where its step does, and have ONNX Runtime check its declared type."""
        value = _value(name, declared)
        if step.settle is not carried and value.dtype == "fp16":
            half = self.graph.cast_to(name, np.float16)
            value = replace(value, name=self.graph.cast_to(half, np.float32))
        if value.name not in self.given and value.name not in self.graph.initializers:
            self.infos[value.name] = _info(value.name, value)
        return value

    def finished(self) -> Translation:
        main, graph = self.package.program.main, self.graph
        graph.enter("outputs")
        results = {name: graph.node("Identity", self.value(name)) for name in main.block.outputs}
        model = helper.make_model(
            helper.make_graph(
                graph.nodes,
                "main",
                [_info(name, value) for name, value in self.given.items()],
                [_info(given, self.value(name)) for name, given in results.items()],
                list(graph.initializers.values()),
                value_info=list(self.infos.values()),
            ),
            opset_imports=[helper.make_opsetid("", ONNX_OPSET)],
            ir_version=IR_VERSION,
        )
        return Translation(model, graph.weights, results)


def _value(name: str, declared: ValueType) -> Value:
    if not isinstance(declared, TensorType):
        raise UnsupportedOpError(f'"{name}" is {declared}, which ONNX lacks')
    return Value(name, declared.dtype, declared.shape)


def _constant(name: str, stored: Any) -> Value:
    array = np.asarray(stored)
    if array.dtype.kind in "US":
        return Value(name, "string", array.shape, stored)
    if isinstance(stored, int) and not isinstance(stored, bool):
        return Value(name, "int32", (), stored)
    return Value(name, "fp32" if array.dtype.kind == "f" else array.dtype.name, array.shape, stored)


def _info(name: str, value: Value) -> ValueInfoProto:
    code = helper.np_dtype_to_tensor_dtype(np.dtype(carrier(value.dtype)))
    return helper.make_tensor_value_info(name, code, value.shape)
