"""The route through onnx2coreml: it returns a MIL program, which coremltools packs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnx import ModelProto

from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.coreml_package import packed


def by_onnx2coreml(model: ModelProto, kinds: Sequence[Any], options: CoreMLOptions) -> Any:
    """Make the package of ``model``; raises whatever onnx2coreml and coremltools raise."""
    import coremltools as ct
    from onnx2coreml.converter import Converter

    half = options.precision == "fp16"
    program = Converter().to_mil(
        model,
        target=getattr(ct.target, options.target),
        precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32,
    )
    return packed(program, kinds, options, called=str)  # it keeps the graph's names


def lacking_in_onnx2coreml(model: ModelProto) -> set[str]:
    """Return the op types of ``model`` that onnx2coreml has no conversion for."""
    import onnx2coreml

    return set(onnx2coreml.analyze(model).unsupported)
