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
    from poseconvert.mil.analysis.cost import Cost as Cost
    from poseconvert.mil.analysis.cost import costs as costs
    from poseconvert.mil.analysis.cost import moved_bytes as moved_bytes
    from poseconvert.mil.analysis.cost import stored_bytes as stored_bytes
    from poseconvert.mil.analysis.fp16_envelope import Envelope as Envelope
    from poseconvert.mil.analysis.fp16_envelope import fp16_envelope as fp16_envelope
    from poseconvert.mil.analysis.runtime_hazards import find_seen_hazards as find_seen_hazards
    from poseconvert.mil.analysis.static_hazards import Hazard as Hazard
    from poseconvert.mil.analysis.static_hazards import find_hazards as find_hazards
    from poseconvert.mil.dropin import enable_coremltools_predict as enable_coremltools_predict
    from poseconvert.mil.executor.executor import Executor as Executor
    from poseconvert.mil.executor.precision import Precision as Precision
    from poseconvert.mil.executor.registry import missing_ops as missing_ops
    from poseconvert.mil.package.features import ArrayFeature as ArrayFeature
    from poseconvert.mil.package.features import ImageFeature as ImageFeature
    from poseconvert.mil.package.program import Operation as Operation
    from poseconvert.mil.package.program import Package as Package
    from poseconvert.mil.package.program import Program as Program
    from poseconvert.mil.package.program import TensorType as TensorType
    from poseconvert.mil.package.reader import read_package as read_package

_HOMES = {
    "ArrayFeature": "package.features",
    "Cost": "analysis.cost",
    "Envelope": "analysis.fp16_envelope",
    "Executor": "executor.executor",
    "Hazard": "analysis.static_hazards",
    "ImageFeature": "package.features",
    "Operation": "package.program",
    "Package": "package.program",
    "Precision": "executor.precision",
    "Program": "package.program",
    "TensorType": "package.program",
    "costs": "analysis.cost",
    "enable_coremltools_predict": "dropin",
    "find_hazards": "analysis.static_hazards",
    "fp16_envelope": "analysis.fp16_envelope",
    "missing_ops": "executor.registry",
    "moved_bytes": "analysis.cost",
    "read_package": "package.reader",
    "find_seen_hazards": "analysis.runtime_hazards",
    "stored_bytes": "analysis.cost",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
