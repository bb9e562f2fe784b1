"""What layers are lowered with: values with their ranks, and the ops emitted so far.

A blob of the older convention has five axes, ``[Seq, Batch, C, H, W]``. Sequence and batch are
one axis here, ``[N, C, H, W]``, but in networks whose layers tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from poseconvert.budgets import PROGRAM_OPS
from poseconvert.errors import PackageError
from poseconvert.mil.package.neuralnetwork.constants import constant
from poseconvert.mil.package.neuralnetwork.weights import is_given, read_weights
from poseconvert.mil.package.program import (
    Array,
    Block,
    DictionaryType,
    Operation,
    Reference,
    TensorType,
    ValueType,
)
from poseconvert.mil.package.refusal import refusal


@dataclass(slots=True)
class Draft:
    """The ops of one block as they are emitted, and which value a blob's name stands for."""

    operations: list[Operation] = field(default_factory=list)
    blobs: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Lowering:
    """One network being lowered.

    Attributes
    ----------
    exact : blobs have the axes that are described; else those of the older convention.
    ranks, dtypes : of every value.
    layer : name of the layer at work, for errors and op names.
    held_rank : the rank that the layer's description gives its first output, if any.
    """

    package: Path
    exact: bool
    blob_rank: int = 4
    layer: str = ""
    held_rank: int | None = None
    ranks: dict[str, int | None] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=lambda: [Draft()])
    count: int = 0

    def error(self, what: str, cure: str = "Convert its source to an ML Program.") -> PackageError:
        """Build a refusal that names the layer."""
        return refusal(PackageError, self.package, f'layer "{self.layer}" {what}', cure)

    def open(self) -> None:
        """Begin a nested block, which sees the blobs around it."""
        self.drafts.append(Draft(blobs=dict(self.drafts[-1].blobs)))

    def close(self) -> Draft:
        """End the block that was begun last."""
        return self.drafts.pop()

    def op(
        self,
        type: str,
        rank: int | None,
        dtype: str = "fp32",
        /,
        *,
        blocks: tuple[Block, ...] = (),
        **arguments: Any,
    ) -> Value:
        """Emit an op of one result; give the result."""
        return self.ops(type, (rank,), (dtype,), blocks=blocks, **arguments)[0]

    def ops(
        self,
        type: str,
        ranks: Sequence[int | None],
        dtypes: Sequence[str] | None = None,
        /,
        *,
        blocks: tuple[Block, ...] = (),
        **arguments: Any,
    ) -> tuple[Value, ...]:
        """Emit an op of several results; give them."""
        kinds = dtypes or ["fp32"] * len(ranks)
        outputs = tuple(self.declare(rank, dtype) for rank, dtype in zip(ranks, kinds, strict=True))
        inputs = {
            name: self._references(value) for name, value in arguments.items() if value is not None
        }
        self.count += 1
        if self.count > PROGRAM_OPS.value:
            raise refusal(PackageError, self.package, f"more than {PROGRAM_OPS}")
        operation = Operation(type, outputs[0][0], inputs, outputs, {}, blocks)
        self.drafts[-1].operations.append(operation)
        return tuple(Value(name) for name, _ in outputs)

    def declare(
        self, rank: int | None, dtype: str = "fp32", name: str | None = None
    ) -> tuple[str, ValueType]:
        """Make a value's name and type."""
        name = name or f"{self.layer}/{len(self.ranks)}"
        self.ranks[name], self.dtypes[name] = rank, dtype
        return name, type_of(rank, dtype)

    def _references(self, argument: Any) -> tuple[Reference, ...]:
        if isinstance(argument, (list, tuple)) and argument and isinstance(argument[0], Value):
            return tuple(map(str, argument))
        return (str(argument),) if isinstance(argument, Value) else (constant(argument),)

    def rank(self, value: str) -> int:
        """Give a value's rank, which the layer needs to know."""
        rank = self.ranks[value]
        if rank is None:
            raise self.error("needs a rank that is known only at run time")
        return rank

    def axis(self, value: str, axis: int) -> int:
        """Count an axis of a value from the front."""
        rank = self.rank(value)
        if not -rank <= axis < rank:
            raise self.error(f"goes along axis {axis} of a value of rank {rank}")
        return axis % rank

    def cast(self, value: Value, dtype: str) -> Value:
        """Cast to another dtype where it is not that already."""
        if self.dtypes[value] == dtype:
            return value
        return self.op("cast", self.ranks[value], dtype, x=value, dtype=dtype)

    def sizes(self, value: Value, first: int, last: int | None = None) -> Value:
        """Emit some sizes of a value, as an int32 vector."""
        shape = self.op("shape", 1, "int32", x=value)
        begin, end = np.array([first]), np.array([last or 0])
        mask = np.array([last is None])
        return self.op("slice_by_index", 1, "int32", x=shape, begin=begin, end=end, end_mask=mask)

    def scalar(self, value: Value) -> Value:
        """Make a scalar of a value that holds one element."""
        if self.ranks[value] == 0:
            return value
        return self.op("squeeze", 0, self.dtypes[value], x=value)

    def folded(self, value: Value, rank: int) -> Value:
        """Merge the leading axes of a value, so that a rank is left; rank 3 gets a leading 1."""
        have = self.rank(value)
        if have < rank:
            return self.op("expand_dims", rank, x=value, axes=np.arange(rank - have))
        if have == rank:
            return value
        tail = self.sizes(value, 1 - rank)
        shape = self.op("concat", 1, "int32", values=(self.stored([-1]), tail), axis=0)
        return self.op("reshape", rank, x=value, shape=shape)

    def unfolded(self, value: Value, like: Value) -> Value:
        """Undo ``folded``: the leading axes of ``like``, the others of the value."""
        have, rank = self.rank(value), self.rank(like)
        if rank < have:
            return self.op("squeeze", rank, x=value, axes=np.arange(have - rank))
        if rank == have:
            return value
        sizes = (self.sizes(like, 0, rank - have + 1), self.sizes(value, 1 - have))
        shape = self.op("concat", 1, "int32", values=sizes, axis=0)
        return self.op("reshape", rank, x=value, shape=shape)

    def stored(self, value: Any) -> Value:
        """Emit a constant, for parameters that take several values."""
        held = constant(np.asarray(value))
        rank, dtype = held.array.ndim, held.type.dtype
        name, _ = self.declare(rank, dtype)
        operation = Operation("const", name, {}, ((name, held.type),), {"val": held})
        self.drafts[-1].operations.append(operation)
        return Value(name)

    def weights(
        self, message: Any, shape: Sequence[int], *, channel_axis: int = 0, what: str = "weights"
    ) -> Array:
        """Read one of the layer's weights."""
        owner = f'layer "{self.layer}": its {what}'
        return read_weights(
            message, tuple(shape), owner=owner, package=self.package, channel_axis=channel_axis
        )

    def bias(self, parameters: Any, length: int) -> Array | None:
        """Read the layer's bias where it has one."""
        if not parameters.hasBias or not is_given(parameters.bias):
            return None
        return self.weights(parameters.bias, (length,), what="bias")


class Value(str):
    """A value's name, told from a string that is a constant."""

    __slots__ = ()


def type_of(rank: int | None, dtype: str) -> ValueType:
    """Give the type of a value whose sizes are known at run time only."""
    if dtype == "dictionary":
        return DictionaryType()
    if rank is None:
        return TensorType(dtype, (None,), variadic=True)
    return TensorType(dtype, (None,) * rank)


#: Lowers one layer: its parameters and the names of its inputs -> the names of its outputs.
Lower: TypeAlias = Callable[[Lowering, Any, tuple[Value, ...]], Value | tuple[Value, ...]]

LAYERS: dict[str, Lower] = {}


def layer(kind: str) -> Callable[[Lower], Lower]:
    """Register the decorated function as what lowers a kind of layer.

    Raises
    ------
    ValueError
        The kind is registered already.
    """

    def register(lower: Lower) -> Lower:
        if kind in LAYERS:
            raise ValueError(f'layer "{kind}" is registered twice')
        LAYERS[kind] = lower
        return lower

    return register
