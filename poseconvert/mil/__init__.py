"""The reference executor for Core ML packages: never Core ML itself, never the Neural Engine.

::

    package = read_package("pose.mlpackage")
    outputs = Executor(package, precision="fp16").run({"image": picture})

Importing this package loads neither torch nor coremltools; its names load what they need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poseconvert.mil.cost import Cost as Cost
    from poseconvert.mil.cost import costs as costs
    from poseconvert.mil.cost import moved_bytes as moved_bytes
    from poseconvert.mil.cost import stored_bytes as stored_bytes
    from poseconvert.mil.dropin import enable_coremltools_predict as enable_coremltools_predict
    from poseconvert.mil.envelope import Envelope as Envelope
    from poseconvert.mil.envelope import fp16_envelope as fp16_envelope
    from poseconvert.mil.executor import Executor as Executor
    from poseconvert.mil.features import ArrayFeature as ArrayFeature
    from poseconvert.mil.features import ImageFeature as ImageFeature
    from poseconvert.mil.hazards import Hazard as Hazard
    from poseconvert.mil.hazards import find_hazards as find_hazards
    from poseconvert.mil.precision import Precision as Precision
    from poseconvert.mil.program import Operation as Operation
    from poseconvert.mil.program import Package as Package
    from poseconvert.mil.program import Program as Program
    from poseconvert.mil.program import TensorType as TensorType
    from poseconvert.mil.reader import read_package as read_package
    from poseconvert.mil.registry import missing_ops as missing_ops
    from poseconvert.mil.seen_hazards import find_seen_hazards as find_seen_hazards

_HOMES = {
    "ArrayFeature": "features",
    "Cost": "cost",
    "Envelope": "envelope",
    "Executor": "executor",
    "Hazard": "hazards",
    "ImageFeature": "features",
    "Operation": "program",
    "Package": "program",
    "Precision": "precision",
    "Program": "program",
    "TensorType": "program",
    "costs": "cost",
    "enable_coremltools_predict": "dropin",
    "find_hazards": "hazards",
    "fp16_envelope": "envelope",
    "missing_ops": "registry",
    "moved_bytes": "cost",
    "read_package": "reader",
    "find_seen_hazards": "seen_hazards",
    "stored_bytes": "cost",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
