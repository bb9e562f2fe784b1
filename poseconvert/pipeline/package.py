"""Make the Core ML package; where float16 breaks parity, keep few ops in float32."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import Comparison, Parity
from poseconvert.pipeline.chain import ChainResult, Evaluation, Progress, evaluate, judge_chain
from poseconvert.pipeline.inputs import Inputs
from poseconvert.pipeline.links import PACKAGE, SIMPLIFIED, package_links
from poseconvert.stages.coreml_from_onnx import CoreMLOptions, coreml_from_onnx
from poseconvert.stages.sensitive import sensitivities

_TRIES = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Packaged:
    """The package that stands in the folder, and the chain measured with it."""

    options: CoreMLOptions
    result: ChainResult
    notes: tuple[str, ...] = ()


def make_package(
    folder: Path,
    upstream: Sequence[Evaluation],
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    options: CoreMLOptions,
    find_fp32: bool,
    progress: Progress,
) -> Packaged:
    """Run ``coreml_from_onnx`` until parity holds.

    Parameters
    ----------
    upstream : evaluations of the chain up to ``model.simplified.onnx``.
    find_fp32 : where float16 alone breaks parity, try again with the 1, 2, 4 and
        8 most sensitive ops in float32; the first package that holds stays.

    Returns
    -------
    Packaged : with everything float16 when no attempt holds.
    """

    def attempt(chosen: CoreMLOptions) -> Packaged:
        kept = f", {len(chosen.keep_fp32)} op(s) in fp32" if chosen.keep_fp32 else ""
        progress(f"coreml_from_onnx{kept}")
        shutil.rmtree(folder / PACKAGE, ignore_errors=True)
        coreml_from_onnx(folder / SIMPLIFIED, folder / PACKAGE, options=chosen)
        links = package_links(folder, precision=chosen.precision)
        package = evaluate(links, inputs, specs=specs, progress=progress)
        result = judge_chain([*upstream, *package], inputs, specs=specs, precision=chosen.precision)
        return Packaged(chosen, result)

    first = attempt(options)
    broken = _broken_package(first.result)
    if not (find_fp32 and options.precision == "fp16" and broken):
        return first
    ranked = sensitivities(folder / SIMPLIFIED)
    for count in _TRIES[: len(ranked)]:
        kept = ranked[:count]
        tried = attempt(replace(options, keep_fp32=tuple(one.weight for one in kept)))
        if not _broken_package(tried.result):
            names = ", ".join(f"{s.weight} (sum of |w| up to {s.amplification:.0f})" for s in kept)
            note = f"kept in float32, because all in float16 broke parity ({broken}): {names}"
            return replace(tried, notes=(note,))
    return attempt(options)


def _broken_package(result: ChainResult) -> str:
    """Return the first reason why the package's own stage broke; empty when it did not."""
    found: list[Comparison] = [
        comparison
        for comparison in result.comparisons
        if comparison.stage == "coreml_from_onnx" and comparison.parity is Parity.BROKEN
    ]
    return found[0].reasons[0].partition(";")[0] if found else ""
