"""What all runners have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]
Outputs = dict[str, NDArray[np.float32]]


class Runner(Protocol):
    """Evaluates one artifact."""

    @property
    def label(self) -> str:
        """What runs, with its version, as shown to the user."""

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs.

        Parameters
        ----------
        batch : (N, C, H, W) float32; pictures are RGB in 0-255.

        Returns
        -------
        outputs : by name, float32, the N results along the first axis.

        Raises
        ------
        RunError : the batch does not fit the artifact's input.
        """


@runtime_checkable
class Varied(Protocol):
    """A runner that can run its network in other ways that are right as well."""

    def variants(self) -> Iterator[tuple[str, Callable[[Batch], Outputs]]]:
        """Yield what is changed, in a word or two, and a function that runs so.

        The function raises RunError where this network cannot be run so.
        """


def run_each(batch: Batch, run_one: Callable[[Batch], Mapping[str, Any]]) -> Outputs:
    """Run a batch-1 artifact on each input and join the results along the first axis."""
    results = [run_one(batch[index : index + 1]) for index in range(len(batch))]
    return {
        name: _joined([np.asarray(result[name], np.float32) for result in results])
        for name in results[0]
    }


def _joined(values: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Join along the batch axis; outputs without one get it."""
    has_batch = values[0].ndim > 0 and values[0].shape[0] == 1
    return np.concatenate(values) if has_batch else np.stack(values)
