"""The reference: PyTorch in float32 on CPU, eval mode."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from poseconvert.errors import RunError
from poseconvert.network.source import Source
from poseconvert.runners.runner import Batch, Outputs, leading, run_each


class TorchRunner:
    """Evaluates a :class:`Source`."""

    precision = ""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.size = leading(source.inputs.values())
        self.name = f"PyTorch {torch.__version__.split('+')[0]}"

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs, as many at a time as the network takes."""
        for name, shape in self._source.inputs.items():
            found = batch.tensors[name].shape[1:] if name in batch.tensors else None
            if found != shape[1:]:
                raise RunError(
                    f"PyTorch: input {name} has shape {found}, the network takes {shape[1:]}."
                    " Prepare the picture at that size."
                )
        return run_each(batch, self._run_one, size=self.size)

    def variants(self) -> Iterator[tuple[str, Callable[[Batch], Outputs]]]:
        """Yield what is changed, in a word or two, and a function that runs so."""
        for count in {1, 2} - {torch.get_num_threads()}:
            yield f"{count} thread{'s' * (count > 1)}", partial(self._threads, count=count)
        if torch.backends.mkldnn.enabled:
            yield "no oneDNN", self._without_onednn
        yield "float64", self._float64

    def random_ops(self) -> tuple[str, ...]:
        """Name the ops that draw random numbers."""
        from poseconvert.runners.random_ops import random_ops_of_module

        return random_ops_of_module(self._source.module)

    def _threads(self, batch: Batch, *, count: int) -> Outputs:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        try:
            return self.run(batch)
        finally:
            torch.set_num_threads(before)

    def _without_onednn(self, batch: Batch) -> Outputs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it speaks of GPUs
            with torch.backends.mkldnn.flags(enabled=False):
                return self.run(batch)

    def _float64(self, batch: Batch) -> Outputs:
        try:
            module = copy.deepcopy(self._source.module).double()
            wide = np.float64
            return run_each(
                batch.map(lambda tensor: tensor.astype(wide)),
                partial(self._outputs, module),
                size=self.size,
            )
        except Exception as error:  # a traced or exported program may hold float32 constants
            raise RunError(f"PyTorch: the network does not run in float64 ({error}).") from error

    def _run_one(self, one: Mapping[str, NDArray[Any]]) -> dict[str, torch.Tensor]:
        return self._outputs(self._source.module, one)

    def _outputs(
        self, module: nn.Module, one: Mapping[str, NDArray[Any]]
    ) -> dict[str, torch.Tensor]:
        with torch.inference_mode():
            outputs = module(*(torch.from_numpy(one[name]) for name in self._source.inputs))
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        values = outputs.values() if isinstance(outputs, Mapping) else outputs
        return dict(zip(self._source.output_names, values, strict=True))
