"""PyTorch pose networks to Core ML, with proof of what each step did to the joints.

::

    conversion = poseconvert.convert("model.safetensors")
    conversion.verdict
    conversion.diff("photo").report("diff.html")

Importing this package loads no other library; its names load what they need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poseconvert.decoding import DecodeSpec as DecodeSpec
    from poseconvert.drift import Tolerance as Tolerance
    from poseconvert.errors import ConversionError as ConversionError
    from poseconvert.errors import DatasetError as DatasetError
    from poseconvert.errors import DecodeError as DecodeError
    from poseconvert.errors import DeviceError as DeviceError
    from poseconvert.errors import GraphError as GraphError
    from poseconvert.errors import ModelError as ModelError
    from poseconvert.errors import OutputError as OutputError
    from poseconvert.errors import PackageError as PackageError
    from poseconvert.errors import PictureError as PictureError
    from poseconvert.errors import PoseconvertError as PoseconvertError
    from poseconvert.errors import RunError as RunError
    from poseconvert.errors import StageError as StageError
    from poseconvert.errors import UsageError as UsageError
    from poseconvert.face.adopt import adopt as adopt
    from poseconvert.face.arrays import compare as compare
    from poseconvert.face.arrays import decode as decode
    from poseconvert.face.artifacts import inspect as inspect
    from poseconvert.face.artifacts import ios_bundle as ios_bundle
    from poseconvert.face.artifacts import swift_package as swift_package
    from poseconvert.face.bundled import REFERENCE_MODEL as REFERENCE_MODEL
    from poseconvert.face.conversion import Conversion as Conversion
    from poseconvert.face.conversion import open as open
    from poseconvert.face.convert import convert as convert
    from poseconvert.face.doctor import doctor as doctor
    from poseconvert.face.phones import bench_compare as bench_compare
    from poseconvert.face.phones import bench_import as bench_import
    from poseconvert.face.phones import bench_show as bench_show
    from poseconvert.mil import Executor as Executor
    from poseconvert.mil import read_package as read_package

__version__ = "0.1.0"

_HOMES = {
    "Conversion": "face.conversion",
    "ConversionError": "errors",
    "DatasetError": "errors",
    "DecodeError": "errors",
    "DecodeSpec": "decoding",
    "DeviceError": "errors",
    "Executor": "mil",
    "GraphError": "errors",
    "ModelError": "errors",
    "OutputError": "errors",
    "PackageError": "errors",
    "PictureError": "errors",
    "PoseconvertError": "errors",
    "REFERENCE_MODEL": "face.bundled",
    "RunError": "errors",
    "StageError": "errors",
    "Tolerance": "drift",
    "UsageError": "errors",
    "adopt": "face.adopt",
    "bench_compare": "face.phones",
    "bench_import": "face.phones",
    "bench_show": "face.phones",
    "compare": "face.arrays",
    "convert": "face.convert",
    "decode": "face.arrays",
    "doctor": "face.doctor",
    "inspect": "face.artifacts",
    "ios_bundle": "face.artifacts",
    "open": "face.conversion",
    "read_package": "mil",
    "swift_package": "face.artifacts",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*_HOMES, "__version__"])
