"""Outputs that were stored before, given again for the inputs they were stored for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.errors import RunError
from poseconvert.runners.runner import Batch, Outputs


class RecordedRunner:
    """Replays outputs; an input is known by its bytes.

    Parameters
    ----------
    name : what evaluated them.
    names : of the recorded inputs.
    inputs : one array (N, ...) per input of the network, in its order.
    outputs : by name, (N, ...).
    """

    precision = ""
    size = 1

    def __init__(
        self,
        name: str,
        names: Sequence[str],
        inputs: Sequence[NDArray[Any]],
        outputs: Mapping[str, NDArray[Any]],
    ) -> None:
        self.name = name
        self._names, self._inputs, self._outputs = tuple(names), tuple(inputs), dict(outputs)

    def run(self, batch: Batch) -> Outputs:
        """Give what was recorded for each input.

        Raises
        ------
        RunError : something was recorded on another input.
        """
        given = list(batch.tensors.values())
        if len(given) != len(self._inputs):
            raise RunError(
                f"it was recorded on {len(self._inputs)} inputs, these are {len(given)}."
                " Record it on the same."
            )
        for theirs, ours in zip(self._inputs, given, strict=True):
            if theirs.shape[1:] != ours.shape[1:]:
                raise RunError(
                    f"it was recorded on inputs {theirs.shape[1:]}, these are {ours.shape[1:]}."
                    " Record it on the same."
                )
        rows = [self._row(index, given) for index in range(len(batch))]
        return {name: values[rows] for name, values in self._outputs.items()}

    def _row(self, index: int, given: Sequence[NDArray[Any]]) -> int:
        """Find an input among the recorded ones: at its own place, where the batch is whole."""
        here = [index] if index < len(self._names) else []
        for row in dict.fromkeys((*here, *range(len(self._names)))):
            pairs = zip(self._inputs, given, strict=True)
            if all(np.array_equal(theirs[row], ours[index]) for theirs, ours in pairs):
                return int(row)
        raise RunError(self._unlike(min(index, len(self._names) - 1), index, given))

    def _unlike(self, row: int, index: int, given: Sequence[NDArray[Any]]) -> str:
        for theirs, ours in zip(self._inputs, given, strict=True):
            apart = np.abs(theirs[row].astype(np.float64) - ours[index].astype(np.float64))
            if np.count_nonzero(apart):
                break
        return (
            f"it was recorded on another input {self._names[row]}: {np.count_nonzero(apart)} of"
            f" {apart.size} values differ, by up to {apart.max():g}. Feed the stored bytes."
        )
