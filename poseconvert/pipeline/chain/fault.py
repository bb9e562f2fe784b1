"""Whose fault a broken package is, in three words, as far as running it can tell."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np

from poseconvert.drift import EXECUTOR, Comparison, Parity
from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain.evaluate import ChainResult, Evaluation
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.measurement import Fault
from poseconvert.runners.runner import Outputs
from poseconvert.stages.stage import COREML_FROM_ONNX, ONNX_FROM_TORCH, SIMPLIFIED_FROM_ONNX

# Rounded weights explain a drift of which they leave less than this share; above the other share
# they have nothing to do with it.
_EXPLAINED, _UNTOUCHED = 0.1, 0.9


def fault_of(result: ChainResult, inputs: Inputs, *, graph: Path, precision: str) -> Fault | None:
    """Tell a wrong conversion from the rounding of float16; None where nothing broke.

    Parameters
    ----------
    graph : ``model.simplified.onnx``, run with its weights rounded to float16 where that decides.
    precision : of the package.
    """
    broken = [row for row in result.comparisons if row.parity is Parity.BROKEN]
    if not broken:
        return None
    before = {ONNX_FROM_TORCH.name, SIMPLIFIED_FROM_ONNX.name}
    exact = [row for row in broken if row.stage in before]
    if precision == "fp32":
        exact += [row for row in broken if _executed(row)]
    if exact:
        return Fault("conversion fault", f"{exact[0].candidate} rounds nothing, and broke")
    modes = {row.candidate.precision: row for row in result.comparisons if _package(row)}
    plain, rounding = modes.get("fp32"), modes.get("fp16")
    if plain is None or rounding is None:
        return Fault("cannot tell", "the package did not run with rounding and without")
    if plain.parity is Parity.BROKEN:
        return _by_rest(plain) or _by_weights(result, plain, inputs, graph)
    if rounding.parity is Parity.BROKEN:
        return Fault("float16 rounding", "the package holds where results are not rounded")
    return Fault("cannot tell", "the package holds here, with rounding and without")


def _executed(row: Comparison) -> bool:
    return row.candidate.runner == EXECUTOR and not row.candidate.recorded


def _package(row: Comparison) -> bool:
    return row.stage == COREML_FROM_ONNX.name and _executed(row)


def _by_rest(plain: Comparison) -> Fault | None:
    """Look at what the graph with the package's weights leaves, where that was compared."""
    if left := [output.reason for output in plain.beyond if output.reason]:
        return Fault("conversion fault", f"not explained by float16 weights: {left[0]}")
    words = "the graph with its weights in float16 drifts alike: what that leaves is held"
    return Fault("float16 rounding", words) if plain.beyond else None


def _by_weights(result: ChainResult, plain: Comparison, inputs: Inputs, graph: Path) -> Fault:
    """Run the graph with the weights of the package: what is left is the conversion's own."""
    # Here, so that --recheck, which runs nothing, loads no runtime.
    from poseconvert.graph.reader import read_onnx
    from poseconvert.runners.onnx import OnnxRunner
    from poseconvert.runners.rounded_weights import in_float16

    ran = {evaluation.run: evaluation for evaluation in result.evaluations}
    reference = ran.get(plain.reference) if plain.reference else None
    candidate = ran.get(plain.candidate)
    rounded: Outputs = {}
    with suppress(PoseconvertError, OSError):
        model = in_float16(read_onnx(graph))
        rounded = OnnxRunner(graph, model=model).run(inputs.batch)
    left = _left(reference, candidate, rounded)
    if left is None:
        return Fault("cannot tell", "the graph does not run with the weights of float16")
    share = f"{100 * left:.2g} % of the drift is left beside the graph with its weights in float16"
    if left <= _EXPLAINED:
        return Fault("float16 rounding", share)
    if left >= _UNTOUCHED:
        return Fault("conversion fault", share)
    return Fault("cannot tell", share)


def _left(
    reference: Evaluation | None, candidate: Evaluation | None, rounded: Outputs
) -> float | None:
    """Return the largest share, over the outputs, of a drift that rounded weights leave."""
    if reference is None or candidate is None or not rounded:
        return None
    shares = []
    for name, expected in reference.outputs.items():
        got, instead = candidate.outputs.get(name), rounded.get(name)
        if got is None or instead is None or not got.shape == expected.shape == instead.shape:
            return None
        drift = np.abs(got.astype(np.float64) - expected).max()
        left = np.abs(got.astype(np.float64) - instead).max()
        if not np.isfinite([drift, left]).all():
            return None
        if drift > 0:
            shares.append(float(left / drift))
    return max(shares, default=None)
