"""The weights that travel with the package."""

from __future__ import annotations

from pathlib import Path

import poseconvert

# In the clone a link to the folder beside the package, in a wheel the file itself.
_MODELS = Path(poseconvert.__file__).parent / "reference_models"
REFERENCE_MODEL = _MODELS / "dual_head_mobilenet_v1" / "model.safetensors"
