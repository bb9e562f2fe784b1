"""Records of an ML Program, as the reference executor holds it.

::

    Package -> Program -> Function -> Block -> Operation -> Constant
        `-> features (what the package describes to its caller)

They are ours, not coremltools': read once from the protobuf, and immutable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from poseconvert.mil.package.features import InputFeature, OutputFeature

Array: TypeAlias = npt.NDArray[Any]
Shape: TypeAlias = tuple[int | None, ...]

#: Every dtype a value may declare, and the numpy dtype it is held in.
DTYPES: Mapping[str, np.dtype[Any]] = {
    "fp16": np.dtype(np.float16),
    "fp32": np.dtype(np.float32),
    "fp64": np.dtype(np.float64),
    "bf16": np.dtype(np.float32),
    "int4": np.dtype(np.int8),
    "int8": np.dtype(np.int8),
    "int16": np.dtype(np.int16),
    "int32": np.dtype(np.int32),
    "int64": np.dtype(np.int64),
    "uint1": np.dtype(np.uint8),
    "uint2": np.dtype(np.uint8),
    "uint3": np.dtype(np.uint8),
    "uint4": np.dtype(np.uint8),
    "uint6": np.dtype(np.uint8),
    "uint8": np.dtype(np.uint8),
    "uint16": np.dtype(np.uint16),
    "uint32": np.dtype(np.uint32),
    "uint64": np.dtype(np.uint64),
    "bool": np.dtype(np.bool_),
    "string": np.dtype(np.str_),
}

_NARROW = {"bf16": 16, "int4": 4, "uint1": 1, "uint2": 2, "uint3": 3, "uint4": 4, "uint6": 6}

#: Bits that one element takes in the package.
BITS: Mapping[str, int] = {
    name: _NARROW.get(name, 8 * dtype.itemsize) for name, dtype in DTYPES.items()
}

OPSETS = ("CoreML5", "CoreML6", "CoreML7", "CoreML8")


@dataclass(frozen=True, slots=True)
class TensorType:
    """A declared dtype and shape; ``None`` stands for a dimension known only at run time.

    Where ``variadic``, it stands for any number of dimensions.
    """

    dtype: str
    shape: Shape
    variadic: bool = False

    @property
    def elements(self) -> int | None:
        """Number of elements, or ``None`` when a dimension is unknown."""
        known = [size for size in self.shape if size is not None]
        return prod(known) if len(known) == len(self.shape) else None

    @property
    def nbytes(self) -> int | None:
        """Bytes in the declared dtype, or ``None`` when a dimension is unknown."""
        return None if self.elements is None else -(-self.elements * BITS[self.dtype] // 8)

    def admits(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of this shape fits the declared one."""
        return self.variadic or (
            len(shape) == len(self.shape)
            and all(
                declared in (None, size) for declared, size in zip(self.shape, shape, strict=True)
            )
        )

    def __str__(self) -> str:
        if self.variadic:
            return f"{self.dtype}[...]"
        return f"{self.dtype}[{', '.join('?' if s is None else str(s) for s in self.shape)}]"


@dataclass(frozen=True, slots=True)
class ListType:
    """A list of tensors that programs write, read and lengthen."""

    element: TensorType


@dataclass(frozen=True, slots=True)
class StateType:
    """A tensor that outlives one run."""

    wrapped: TensorType


@dataclass(frozen=True, slots=True)
class DictionaryType:
    """Class labels to probabilities."""


ValueType: TypeAlias = TensorType | ListType | StateType | DictionaryType


@dataclass(frozen=True, slots=True)
class Constant:
    """A value stored in the package; the array is read-only and may lie in a mapped file."""

    type: TensorType
    array: Array


#: What an operation's parameter points at: a value's name, or a value written in place.
Reference: TypeAlias = str | Constant


@dataclass(frozen=True, slots=True)
class Operation:
    """One op: ``inputs`` by parameter name, each a tuple because some parameters take several.

    ``opset`` is its own where the models of a pipeline were joined; None: its function's.
    """

    type: str
    name: str
    inputs: Mapping[str, tuple[Reference, ...]]
    outputs: tuple[tuple[str, ValueType], ...]
    attributes: Mapping[str, Constant]
    blocks: tuple[Block, ...] = ()
    opset: str | None = None

    def __str__(self) -> str:
        return f'op "{self.name}" ({self.type})'


@dataclass(frozen=True, slots=True)
class Block:
    """Operations in execution order, and the names of the values that leave the block."""

    inputs: tuple[tuple[str, ValueType], ...]
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]

    def walk(self) -> Iterator[Operation]:
        """Every operation, those in nested blocks right after their owner."""
        for operation in self.operations:
            yield operation
            for block in operation.blocks:
                yield from block.walk()


@dataclass(frozen=True, slots=True)
class Function:
    """Typed inputs and the one block that serves the function's opset."""

    opset: str
    inputs: tuple[tuple[str, ValueType], ...]
    block: Block

    def types(self) -> dict[str, TensorType]:
        """Give the declared type of every tensor of the function's own block, by name."""
        produced = (output for operation in self.block.operations for output in operation.outputs)
        types = {**dict(self.inputs), **dict(produced)}
        return {name: type for name, type in types.items() if isinstance(type, TensorType)}

    def states(self) -> dict[str, TensorType]:
        """Give the tensors that outlive a run, by name."""
        return {name: type.wrapped for name, type in self.inputs if isinstance(type, StateType)}

    def constants(self) -> dict[str, Constant]:
        """Give the values of the function's ``const`` operations, by name."""
        return {
            operation.outputs[0][0]: operation.attributes["val"]
            for operation in self.block.operations
            if operation.type == "const" and operation.outputs and "val" in operation.attributes
        }


@dataclass(frozen=True, slots=True)
class Program:
    """Functions by name, and which of them runs."""

    functions: Mapping[str, Function]
    chosen: str = "main"

    @property
    def main(self) -> Function:
        """The function that runs."""
        return self.functions[self.chosen]


@dataclass(frozen=True, slots=True)
class Package:
    """An ``.mlpackage`` or ``.mlmodel``, seen through one of its functions.

    Attributes
    ----------
    blob_ranks : ranks of the program's own inputs and outputs, by name, where a NeuralNetwork has
        other axes than it describes.
    words : what it says of itself: description, author, licence and version.
    format : what the model is; a NeuralNetwork's layers are held as a program too.
    """

    path: Path
    spec_version: int
    inputs: tuple[InputFeature, ...]
    outputs: tuple[OutputFeature, ...]
    program: Program
    metadata: Mapping[str, str]
    blob_ranks: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    format: Literal["ML Program", "NeuralNetwork", "pipeline", "other"] = "ML Program"
