"""An ONNX graph under construction: what the translations in ``onnx_forms`` write into.

::

    name = graph.node("Clip", x, f32(0), f32(6))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper, numpy_helper

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.precision import carrier
from poseconvert.mil.program import Array

ONNX_OPSET = 20
IR_VERSION = 9

#: Initializers of more bytes stay outside the message and are shared with ONNX Runtime.
_INLINE_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Value:
    """What an op's parameter is bound to.

    Attributes
    ----------
    name : its name in the ONNX graph.
    dtype : MIL name of its declared dtype.
    dims : its declared shape; ``None`` stands for a size known only at run time.
    constant : what the package stores, or ``None`` for a value computed at run time.
    """

    name: str
    dtype: str
    dims: tuple[int | None, ...]
    constant: Any = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The declared shape.

        Raises
        ------
        UnsupportedOpError
            A size is known only at run time.
        """
        known = tuple(size for size in self.dims if size is not None)
        if len(known) != len(self.dims):
            raise UnsupportedOpError(f'the shape of "{self.name}" is known only at run time')
        return known

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.dims)

    @property
    def is_float(self) -> bool:
        """Whether it travels as float32."""
        return carrier(self.dtype).kind == "f"


#: A node's input: a value, the name of one written before, a constant, or nothing.
Input: TypeAlias = Value | str | Array | None


def f32(number: float | Sequence[float]) -> Array:
    """Give float32 constants."""
    return np.asarray(number, np.float32)


def i64(numbers: int | Sequence[int]) -> Array:
    """Give int64 constants, as ONNX takes shapes and axes."""
    return np.asarray(numbers, np.int64)


def ints(value: Value | None, default: Sequence[int] = ()) -> list[int]:
    """Give an integer vector, or number, that must be constant."""
    if value is None:
        return list(default)
    return [int(each) for each in np.asarray(_constant(value)).reshape(-1)]


def stored(value: Value | None) -> Any:
    """Give a parameter as kernels take it, which must be constant; None where the op lacks it."""
    return None if value is None else _constant(value)


def number(value: Value | None, default: float = 0.0) -> float:
    """Give a number that must be constant."""
    return default if value is None else float(_constant(value))


def flag(value: Value | None, default: bool = False) -> bool:
    """Give a truth value that must be constant."""
    return default if value is None else bool(_constant(value))


def text(value: Value | None, default: str = "") -> str:
    """Give a string that must be constant."""
    return default if value is None else str(_constant(value))


def _constant(value: Value) -> Any:
    if value.constant is None:
        raise UnsupportedOpError(f'"{value.name}" is a parameter computed at run time')
    return value.constant


class Graph:
    """Nodes and initializers, written in order."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: dict[str, TensorProto] = {}
        self.weights: dict[str, Array] = {}
        self._scope = ""

    def enter(self, scope: str) -> None:
        """Name the values written from now on after the MIL value they compute."""
        self._scope = scope

    def node(self, type: str, *inputs: Input, **attributes: Any) -> str:
        """Write a node with one output and give that output's name."""
        return self.nodes_output(type, *inputs, count=1, **attributes)[0]

    def nodes_output(
        self, type: str, *inputs: Input, count: int, **attributes: Any
    ) -> tuple[str, ...]:
        """Write a node and give the names of its outputs."""
        names = tuple(self._fresh() + (f".{i}" if i else "") for i in range(count))
        given = [self.name(each) for each in inputs]
        while given and not given[-1]:  # ONNX Runtime 1.32 reads past some that are empty
            given.pop()
        self.nodes.append(helper.make_node(type, given, names, **attributes))
        return names

    def name(self, given: Input) -> str:
        """Give the name of an input, written as an initializer where it is a constant."""
        if given is None:
            return ""
        if isinstance(given, str):
            return given
        if not isinstance(given, Value):
            return self._initializer(f"{self._fresh()}/{len(self.initializers)}", given)
        if given.constant is None or given.name in self.initializers:
            return given.name
        return self._initializer(given.name, np.asarray(given.constant, dtype=carrier(given.dtype)))

    def cast(self, given: Input, dtype: str) -> str:
        """Convert to the carrier of a MIL dtype."""
        return self.cast_to(given, carrier(dtype))

    def cast_to(self, given: Input, dtype: npt.DTypeLike) -> str:
        """Convert to a numpy dtype."""
        return self.node("Cast", given, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def _fresh(self) -> str:
        return f"{self._scope}:{len(self.nodes)}"

    def _initializer(self, name: str, array: Array) -> str:
        if array.nbytes <= _INLINE_BYTES:
            self.initializers[name] = numpy_helper.from_array(array, name)
            return name
        outside = TensorProto(
            name=name,
            dims=array.shape,
            data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        for key, held in {"location": "memory", "offset": "0", "length": str(array.nbytes)}.items():
            outside.external_data.add(key=key, value=held)
        self.initializers[name] = outside
        self.weights[name] = np.ascontiguousarray(array)
        return name
