"""MIL op family ``control_flow``: lists of tensors that programs write and lengthen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseconvert.mil.package.limits import LIST_LENGTH
from poseconvert.mil.precision import carrier
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers


@dataclass(frozen=True, slots=True)
class TensorList:
    """An immutable list; ``blank`` is what elements never written hold, if their shape is known."""

    elements: tuple[Array | None, ...]
    blank: Array | None
    dynamic: bool

    def written(self, indices: Sequence[int], values: Sequence[Array]) -> TensorList:
        """Copy with some elements replaced; a dynamic list grows as far as it must.

        Raises
        ------
        IndexError
            An index is negative, or outside a list that does not grow.
        """
        reach = max(indices, default=-1) + 1
        limit = LIST_LENGTH.value if self.dynamic else len(self.elements)
        if min(indices, default=0) < 0 or reach > limit:
            raise IndexError(f"indices {list(indices)} do not fit a list of {len(self.elements)}")
        elements = [*self.elements, *[None] * (reach - len(self.elements))]
        for index, value in zip(indices, values, strict=True):
            elements[index] = value
        return TensorList(tuple(elements), self.blank, self.dynamic)

    def read(self, index: int) -> Array:
        """Give one element.

        Raises
        ------
        IndexError
            There is no such element, or it was never written and its shape is unknown.
        """
        if not 0 <= index < len(self.elements):
            raise IndexError(f"index {index} does not fit a list of {len(self.elements)}")
        element = self.elements[index]
        element = self.blank if element is None else element
        if element is None:
            raise IndexError(f"element {index} was never written")
        return element


@op("make_list", since="CoreML5", several=("elem_shape",))
def make_list(
    *,
    elem_shape: tuple[int | str, ...],
    init_length: int = 1,
    dynamic_length: bool = True,
    dtype: str = "fp32",
) -> TensorList:
    """``y`` is a list of ``init_length`` zeros of shape ``elem_shape``.

    Shapes
    ------
    ``elem_shape``: sizes; a string stands for one that the first written element decides.

    Raises
    ------
    ValueError
        The length is negative or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``make_list``.
    """
    if not 0 <= int(init_length) <= LIST_LENGTH.value:
        raise ValueError(f"a list of {init_length} elements is refused (limit {LIST_LENGTH.value})")
    sizes = [size for size in elem_shape if not isinstance(size, str)]
    known = len(sizes) == len(elem_shape)
    blank = np.zeros(bounded(integers(sizes)), carrier(dtype)) if known else None
    return TensorList((None,) * int(init_length), blank, bool(dynamic_length))


@op("list_length", since="CoreML5")
def list_length(*, ls: TensorList) -> Array:
    """``y`` is the number of elements.

    Shapes
    ------
    Result: scalar, int32.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_length``.
    """
    return np.array(len(ls.elements), np.int32)


@op("list_write", since="CoreML5")
def list_write(*, ls: TensorList, index: int, value: Array) -> TensorList:
    """``y`` is ``ls`` with ``y[index] = value``; beyond the end of a dynamic list it grows.

    Shapes
    ------
    ``index``: scalar; ``value``: an element.

    Raises
    ------
    IndexError
        The index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_write``.
    """
    return ls.written([int(index)], [value])


@op("list_read", since="CoreML5")
def list_read(*, ls: TensorList, index: int) -> Array:
    """``y = ls[index]``.

    Shapes
    ------
    ``index``: scalar; result: an element.

    Raises
    ------
    IndexError
        The index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_read``.
    """
    return ls.read(int(index))


@op("list_gather", since="CoreML5")
def list_gather(*, ls: TensorList, indices: Array) -> Array:
    """``y[i] = ls[indices[i]]``.

    Shapes
    ------
    ``indices``: [K]; result: [K, element...].

    Raises
    ------
    IndexError
        An index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_gather``.
    """
    return np.stack([ls.read(index) for index in integers(indices)])


@op("list_scatter", since="CoreML5")
def list_scatter(*, ls: TensorList, indices: Array, value: Array) -> TensorList:
    """``y`` is ``ls`` with ``y[indices[i]] = value[i]``; a dynamic list grows as far as it must.

    Shapes
    ------
    ``indices``: [K]; ``value``: [K, element...].

    Raises
    ------
    IndexError
        An index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_scatter``.
    """
    return ls.written(integers(indices), list(value))
