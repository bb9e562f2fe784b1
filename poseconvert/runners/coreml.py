"""The real Core ML runtime, on macOS only."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from poseconvert.errors import RunError
from poseconvert.runners.runner import Batch, Outputs, Tensor, leading, run_each


def available() -> bool:
    """Tell whether this machine has Core ML."""
    return sys.platform == "darwin"


class CoreMLRunner:
    """Evaluates a package with Core ML through ``coremltools.models.MLModel``.

    Raises
    ------
    RunError : this machine has no Core ML, or it refuses the package.
    """

    precision = ""

    def __init__(self, path: Path) -> None:
        if not available():
            raise RunError(f"{path}: Core ML runs on macOS only. Use the reference executor here.")
        import coremltools

        try:
            self._model: Any = coremltools.models.MLModel(str(path))
        except Exception as error:  # coremltools passes on whatever the framework says
            raise RunError(f"{path}: Core ML cannot load it ({error}).") from error
        description = self._model.get_spec().description
        self._images = {
            one.name for one in description.input if one.type.WhichOneof("Type") == "imageType"
        }
        arrays = [one.type.multiArrayType.shape for one in description.input]
        self.size = 1 if self._images else leading(arrays)
        self.name = "Core ML (macOS)"

    def run(self, batch: Batch) -> Outputs:
        """Evaluate N inputs, as many at a time as the package takes."""
        return run_each(batch, self._run_one, size=self.size)

    def _run_one(self, one: Mapping[str, Tensor]) -> dict[str, Any]:
        values = {name: _image(v) if name in self._images else v for name, v in one.items()}
        return dict(self._model.predict(values))


def _image(tensor: Tensor) -> Image.Image:
    return Image.fromarray(tensor[0].transpose(1, 2, 0).astype(np.uint8))
