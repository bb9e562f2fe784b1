"""Tensors that outlive one run of a program, as Core ML's states do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from poseconvert.errors import RunError
from poseconvert.mil.executor.precision import carrier
from poseconvert.mil.package.program import DTYPES, Array, TensorType


@dataclass(slots=True)
class Cell:
    """One state's present value, in its carrier; ops read and write it."""

    type: TensorType
    array: Array


class State:
    """The states of one conversation with a program; give it to every run of it.

    Parameters
    ----------
    types
        Declared types by name; values start at zero, as Core ML's do.
    """

    def __init__(self, types: Mapping[str, TensorType]) -> None:
        self.cells = {name: Cell(type, _zeros(type)) for name, type in types.items()}

    def read(self, name: str) -> Array:
        """Copy a state's value, in its declared dtype.

        Raises
        ------
        RunError
            There is no such state.
        """
        cell = self._cell(name)
        return cell.array.astype(DTYPES[cell.type.dtype])

    def write(self, name: str, value: Array) -> None:
        """Replace a state's value.

        Raises
        ------
        RunError
            There is no such state, or the value has another shape.
        """
        cell = self._cell(name)
        if np.shape(value) != cell.array.shape:
            raise RunError(
                f'state "{name}": given {list(np.shape(value))}, it is {cell.type}. '
                "Give its declared shape."
            )
        with np.errstate(over="ignore", invalid="ignore"):
            settled = np.asarray(value).astype(DTYPES[cell.type.dtype])
        cell.array = settled.astype(carrier(cell.type.dtype))

    def _cell(self, name: str) -> Cell:
        if name not in self.cells:
            known = ", ".join(sorted(self.cells))
            raise RunError(f'there is no state "{name}", only {known}. Name one of these.')
        return self.cells[name]


def _zeros(type: TensorType) -> Array:
    return np.zeros([size or 0 for size in type.shape], carrier(type.dtype))
