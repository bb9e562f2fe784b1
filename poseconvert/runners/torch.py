"""The reference: PyTorch in float32 on CPU, eval mode."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from poseconvert.errors import RunError
from poseconvert.network.source import Source
from poseconvert.runners.runner import Batch, Outputs, run_each


class TorchRunner:
    """Evaluates a :class:`Source`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.label = f"PyTorch {torch.__version__.split('+')[0]}"

    def run(self, batch: Batch) -> Outputs:
        """Evaluate (N, C, H, W) float32, one input at a time."""
        if batch.shape[1:] != self._source.input_shape[1:]:
            raise RunError(
                f"PyTorch: input has shape {batch.shape[1:]}, the network takes"
                f" {self._source.input_shape[1:]}. Prepare the picture at that size."
            )
        return run_each(batch, self._run_one)

    def _run_one(self, one: Batch) -> dict[str, torch.Tensor]:
        with torch.inference_mode():
            outputs = self._source.module(torch.from_numpy(one))
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        values = outputs.values() if isinstance(outputs, Mapping) else outputs
        return dict(zip(self._source.output_names, values, strict=True))
