"""Lists of tensors that programs write and lengthen, for family ``control_flow``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poseconvert.budgets import LIST_LENGTH
from poseconvert.mil.ops.shared import Array


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
