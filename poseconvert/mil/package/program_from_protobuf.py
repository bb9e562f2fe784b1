"""MIL protobuf -> our records, read straight from ``MIL.proto`` without pymil."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from poseconvert.budgets import AXIS_LENGTH, PROGRAM_RANK, TENSOR_ELEMENTS
from poseconvert.errors import PackageError
from poseconvert.mil.package.blob import BlobFile
from poseconvert.mil.package.inline_values import DECODERS
from poseconvert.mil.package.package_paths import inside
from poseconvert.mil.package.program import (
    OPSETS,
    Array,
    Block,
    Constant,
    DictionaryType,
    Function,
    ListType,
    Operation,
    Program,
    Reference,
    Shape,
    StateType,
    TensorType,
    ValueType,
)
from poseconvert.mil.package.program_size import refuse_large
from poseconvert.mil.package.refusal import refusal

_DTYPE_NAMES = {
    1: "bool",
    2: "string",
    10: "fp16",
    11: "fp32",
    12: "fp64",
    13: "bf16",
    21: "int8",
    22: "int16",
    23: "int32",
    24: "int64",
    25: "int4",
    31: "uint8",
    32: "uint16",
    33: "uint32",
    34: "uint64",
    35: "uint4",
    36: "uint2",
    37: "uint1",
    38: "uint6",
    39: "uint3",
}
_MODEL_FOLDER = "@model_path/"


def program_from_protobuf(
    program: Any, *, package: Path, model_folder: Path, chosen: str = "main"
) -> Program:
    """Translate a ``MILSpec.Program`` message.

    Parameters
    ----------
    program
        The parsed message.
    package
        The package folder: named in errors, and the fence around blob files.
    model_folder
        The folder that ``@model_path`` stands for.
    chosen
        Name of the function that runs.

    Raises
    ------
    PackageError
        The version is unknown, there is too much of it, the chosen function or a block for its
        opset is missing, a type or
        value is malformed or not supported yet, or a weight cannot be read.
    """
    if program.version != 1:
        raise refusal(PackageError, package, f"ML Program version {program.version}, expected 1")
    if chosen not in program.functions:
        raise refusal(
            PackageError,
            package,
            f"no function named {chosen}, only {sorted(program.functions) or 'none'}",
        )
    refuse_large(program, package)
    translator = _Translation(package, model_folder)
    functions = {
        name: translator.function(name, function)
        for name, function in sorted(program.functions.items())
    }
    return Program(functions, chosen)


@dataclass(frozen=True, slots=True)
class _Translation:
    """One translation: where it is, and the blob files opened so far."""

    package: Path
    model_folder: Path
    blobs: dict[str, BlobFile] = field(default_factory=dict)

    def error(self, what: str) -> PackageError:
        return refusal(PackageError, self.package, what)

    def function(self, name: str, message: Any) -> Function:
        if message.opset not in OPSETS:
            raise self.error(f'opset "{message.opset}", expected one of {", ".join(OPSETS)}')
        if message.opset not in message.block_specializations:
            raise self.error(f"function {name} has no block for its opset {message.opset}")
        inputs = tuple(map(self.named_type, message.inputs))
        return Function(
            message.opset, inputs, self.block(message.block_specializations[message.opset])
        )

    def block(self, message: Any) -> Block:
        return Block(
            tuple(map(self.named_type, message.inputs)),
            tuple(map(self.operation, message.operations)),
            tuple(message.outputs),
        )

    def operation(self, message: Any) -> Operation:
        outputs = tuple(map(self.named_type, message.outputs))
        owner = outputs[0][0] if outputs else message.type
        attributes = {
            key: self.value(owner if key == "val" else f"{owner}.{key}", value)
            for key, value in message.attributes.items()
        }
        named = attributes.get("name")
        name = str(named.array) if named else owner
        return Operation(
            type=message.type,
            name=name,
            inputs={
                key: tuple(self.reference(key, binding) for binding in argument.arguments)
                for key, argument in message.inputs.items()
            },
            outputs=outputs,
            attributes={key: value for key, value in attributes.items() if key != "name"},
            blocks=tuple(map(self.block, message.blocks)),
        )

    def reference(self, parameter: str, binding: Any) -> Reference:
        if binding.WhichOneof("binding") == "value":
            return self.value(parameter, binding.value)
        return str(binding.name)

    def named_type(self, message: Any) -> tuple[str, ValueType]:
        return message.name, self.type(message.name, message.type)

    def type(self, name: str, message: Any) -> ValueType:
        """Translate a value type; ``name`` is only for the message when it is refused."""
        kind = message.WhichOneof("type")
        if kind == "listType":
            return ListType(self.tensor_type(name, message.listType.type))
        if kind == "stateType":
            return StateType(self.tensor_type(name, message.stateType.wrappedType))
        return DictionaryType() if kind == "dictionaryType" else self.tensor_type(name, message)

    def tensor_type(self, name: str, message: Any) -> TensorType:
        """Translate a type that must be a tensor's."""
        kind = message.WhichOneof("type")
        if kind != "tensorType":
            raise self.error(f'value "{name}" has a {kind or "missing type"}, not supported yet')
        tensor = message.tensorType
        if tensor.dataType not in _DTYPE_NAMES:
            raise self.error(f'value "{name}" has dtype code {tensor.dataType}, not supported yet')
        shape: Shape = tuple(
            d.constant.size if d.WhichOneof("dimension") == "constant" else None
            for d in tensor.dimensions
        )
        if tensor.rank != len(shape):
            raise self.error(f'value "{name}" has rank {tensor.rank} and {len(shape)} dimensions')
        variadic = any(d.unknown.variadic for d in tensor.dimensions)
        if len(shape) > PROGRAM_RANK.value:
            raise self.error(f'value "{name}" has {len(shape)} dimensions, at most {PROGRAM_RANK}')
        declared = TensorType(_DTYPE_NAMES[tensor.dataType], shape, variadic)
        known = [size for size in shape if size is not None]
        if prod(known) > TENSOR_ELEMENTS.value or max(known, default=0) > AXIS_LENGTH.value:
            raise self.error(f'value "{name}" is {declared}, above {TENSOR_ELEMENTS}')
        return declared

    def value(self, name: str, message: Any) -> Constant:
        """Translate a stored value, in place or in a blob file."""
        kind = message.WhichOneof("value")
        if message.type.WhichOneof("type") == "listType":
            return self.listed(name, message)
        declared = self.tensor_type(name, message.type)
        if kind == "blobFileValue":
            flat = self.blob(name, message.blobFileValue, declared)
        elif kind == "immediateValue" and message.immediateValue.WhichOneof("value") == "tensor":
            flat = self.immediate(name, message.immediateValue.tensor, declared)
        else:
            raise self.error(f'value "{name}" holds no tensor')
        if flat.size != declared.elements:
            raise self.error(f'value "{name}" is {declared} but holds {flat.size} elements')
        array = flat.reshape([size or 0 for size in declared.shape])
        array.flags.writeable = False
        return Constant(declared, array)

    def listed(self, name: str, message: Any) -> Constant:
        """Translate a stored list of scalars, as a vector."""
        if message.immediateValue.WhichOneof("value") != "list":
            raise self.error(f'value "{name}" holds no list')
        scalars = [self.value(name, value) for value in message.immediateValue.list.values]
        if any(scalar.array.size != 1 for scalar in scalars):
            raise self.error(f'value "{name}" lists values that are not scalars')
        array = np.array([scalar.array.item() for scalar in scalars])
        array.flags.writeable = False
        dtype = scalars[0].type.dtype if scalars else "string"
        return Constant(TensorType(dtype, array.shape), array)

    def immediate(self, name: str, tensor: Any, declared: TensorType) -> Array:
        field_name = tensor.WhichOneof("value")
        decode = DECODERS.get((field_name, declared.dtype))
        if decode is None:
            raise self.error(f'value "{name}" is {declared} but is stored as {field_name}')
        try:
            return decode(declared, getattr(tensor, field_name).values)
        except (ValueError, OverflowError) as error:
            raise self.error(f'value "{name}" is {declared} but holds other bytes') from error

    def blob(self, name: str, message: Any, declared: TensorType) -> Array:
        file_name = message.fileName
        if not file_name.startswith(_MODEL_FOLDER):
            raise self.error(f'value "{name}" lies in "{file_name}", outside {_MODEL_FOLDER}')
        if file_name not in self.blobs:
            relative = PurePosixPath(file_name.removeprefix(_MODEL_FOLDER))
            self.blobs[file_name] = BlobFile(inside(self.package, self.model_folder / relative))
        dtype, flat = self.blobs[file_name].read(message.offset)
        if dtype != declared.dtype:
            raise self.error(f'value "{name}" is {declared} but its blob is {dtype}')
        return flat
