"""The route through onnxsim's own exporter: its float32 program, packed again as we want it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any
from unittest.mock import patch

from onnx import ModelProto

from poseconvert.graph.tensors import all_graphs
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.coreml_package import packed, passes


def by_onnxsim(model: ModelProto, kinds: Sequence[Any], options: CoreMLOptions) -> Any:
    """Make the package of ``model``; raises whatever onnxsim and coremltools raise.

    onnxsim knows tensor inputs and one precision for all ops only. So it is asked
    for a float32 program, and coremltools packs that with our input and precision;
    it folds away the identity ops onnxsim puts behind every output.
    """
    import coremltools as ct
    import onnxsim

    # export_coreml calls ct.convert and has no word for its passes.
    with patch.object(ct, "convert", partial(ct.convert, pass_pipeline=passes(options))):
        program = onnxsim.export_coreml(
            model,
            compute_precision=ct.precision.FLOAT32,
            minimum_deployment_target=options.target,
        )._mil_program
    # onnxsim calls the constant of weight "a.b" "a_b__const7", the op that gives "a.b" "a_b__7".
    kept = {re.sub(r"\W", "_", name): name for name in options.keep_fp32}
    numbered = re.compile(r"__(?:const)?\d+$")
    return packed(program, kinds, options, called=lambda name: kept.get(numbered.sub("", name), ""))


def lacking_in_onnxsim(model: ModelProto) -> set[str]:
    """Return the op types of ``model`` that onnxsim has no Core ML conversion for."""
    from onnxsim.coreml_export import SUPPORTED_ONNX_OPS

    used = {node.op_type for graph in all_graphs(model.graph) for node in graph.node}
    return used - set(SUPPORTED_ONNX_OPS)
