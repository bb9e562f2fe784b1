"""What all runners have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from poseconvert.errors import RunError

Tensor = NDArray[np.float32]
Outputs = dict[str, Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """N inputs of a network.

    Attributes
    ----------
    tensors : by name of the network's input, (N, ...) float32; pictures are NCHW, RGB in 0-255.
    """

    tensors: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    def __getitem__(self, chosen: slice | list[int]) -> Batch:
        return self.map(lambda tensor: tensor[chosen])

    def runs(self, size: int = 1) -> Iterator[Batch]:
        """Yield ``size`` inputs at a time; the last one is repeated to fill the last run."""
        for start in range(0, len(self), size):
            yield self[[min(index, len(self) - 1) for index in range(start, start + size)]]

    def map(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """Change every tensor."""
        return Batch({name: change(tensor) for name, tensor in self.tensors.items()})


class Runner(Protocol):
    """Evaluates one artifact."""

    @property
    def size(self) -> int:
        """How many inputs one run takes."""

    @property
    def name(self) -> str:
        """What runs, with its version."""

    @property
    def precision(self) -> str:
        """Its mode, where it has several; else empty."""

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs.

        Parameters
        ----------
        batch : the network's inputs, by their names.

        Returns
        -------
        outputs : by name, float32, the N results along the first axis.

        Raises
        ------
        RunError : the batch does not fit the artifact's inputs.
        """


@runtime_checkable
class Varied(Protocol):
    """A runner that can run its network in other ways that are right as well."""

    def variants(self) -> Iterator[tuple[str, Callable[[Batch], Outputs]]]:
        """Yield what is changed, in a word or two, and a function that runs so.

        The function raises RunError where this network cannot be run so.
        """


def leading(shapes: Iterable[Sequence[Any]]) -> int:
    """Return how many inputs one run takes: the first size that all inputs share, else 1."""
    first = {shape[0] if len(shape) else 1 for shape in shapes}
    size = first.pop() if len(first) == 1 else 1
    return size if isinstance(size, int) and size > 1 else 1


def run_each(
    batch: Batch, run_one: Callable[[Mapping[str, Tensor]], Mapping[str, Any]], *, size: int = 1
) -> Outputs:
    """Run an artifact on ``size`` inputs at a time and join the results along the first axis.

    Raises
    ------
    RunError : an output has no axis for the inputs of one run.
    """
    parts = [run_one(one.tensors) for one in batch.runs(size)]
    return {
        name: _joined(name, [np.asarray(p[name], np.float32) for p in parts], size)[: len(batch)]
        for name in parts[0]
    }


def _joined(name: str, values: list[Tensor], size: int) -> Tensor:
    """Join along the batch axis; outputs without one get it."""
    shape = values[0].shape
    if shape[:1] == (size,):
        return np.concatenate(values)
    if size > 1:
        raise RunError(
            f"output {name} {shape} has no axis of {size}, the inputs of one run. Convert the"
            " network for one input at a time."
        )
    return np.stack(values)
