"""The real Core ML runtime, on macOS only."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from poseconvert.errors import RunError
from poseconvert.runners.runner import Batch, Outputs, run_each


def available() -> bool:
    """Tell whether this machine has Core ML."""
    return sys.platform == "darwin"


class CoreMLRunner:
    """Evaluates a package with Core ML through ``coremltools.models.MLModel``.

    Raises
    ------
    RunError : this machine has no Core ML, or it refuses the package.
    """

    def __init__(self, path: Path) -> None:
        if not available():
            raise RunError(f"{path}: Core ML runs on macOS only. Use the reference executor here.")
        import coremltools

        try:
            self._model: Any = coremltools.models.MLModel(str(path))
        except Exception as error:  # coremltools passes on whatever the framework says
            raise RunError(f"{path}: Core ML cannot load it ({error}).") from error
        description = self._model.get_spec().description
        self._input = description.input[0].name
        self._image = description.input[0].type.WhichOneof("Type") == "imageType"
        self.label = "Core ML (macOS)"

    def run(self, batch: Batch) -> Outputs:
        """Evaluate (N, C, H, W) float32, one input at a time."""
        return run_each(batch, self._run_one)

    def _run_one(self, one: Batch) -> dict[str, Any]:
        value: Any = one
        if self._image:
            value = Image.fromarray(one[0].transpose(1, 2, 0).astype(np.uint8))
        return dict(self._model.predict({self._input: value}))
