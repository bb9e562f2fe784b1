"""Make the Core ML package; where float16 breaks parity, keep as few ops as possible float32."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import TOLERANCES, Parity
from poseconvert.pipeline.chain import ChainResult, Evaluation, Progress, evaluate, judge_chain
from poseconvert.pipeline.inputs import Inputs
from poseconvert.pipeline.links import PACKAGE, SIMPLIFIED, package_links
from poseconvert.pipeline.sensitivity import Sensitivity, sensitivities
from poseconvert.stages.coreml_from_onnx import CoreMLOptions, coreml_from_onnx

# Half of the allowed noise is left to the rounding of activations.
_WEIGHT_SHARE = 0.5
_GROWTH = (1, 2, 4)


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
    rescue: bool,
    progress: Progress,
) -> Packaged:
    """Run ``coreml_from_onnx`` and, with ``rescue``, again until parity holds.

    Parameters
    ----------
    upstream : evaluations of the chain up to ``model.simplified.onnx``.
    rescue : where float16 alone breaks parity, keep the most sensitive ops in
        float32, then more of them, and last make all of it float32.
    """

    def attempt(chosen: CoreMLOptions) -> Packaged:
        kept = f", {len(chosen.keep_fp32)} in fp32" if chosen.keep_fp32 else ""
        progress(f"coreml_from_onnx ({chosen.precision}{kept})")
        shutil.rmtree(folder / PACKAGE, ignore_errors=True)
        coreml_from_onnx(folder / SIMPLIFIED, folder / PACKAGE, options=chosen)
        links = package_links(folder, precision=chosen.precision)
        package = evaluate(links, inputs, specs=specs, progress=progress)
        result = judge_chain([*upstream, *package], inputs, specs=specs, precision=chosen.precision)
        return Packaged(chosen, result)

    packaged = attempt(options)
    broken = _why_broken(packaged.result)
    finite = all(np.isfinite(v).all() for e in upstream for v in e.outputs.values())
    if not (rescue and options.precision == "fp16" and broken and finite):
        return packaged
    progress("measuring which ops float16 hurts")
    ranked = sensitivities(folder / SIMPLIFIED, inputs.batch)
    counts = list(_counts(ranked))
    for count in counts:
        kept = tuple(one.weight for one in ranked[:count])
        packaged = attempt(replace(options, keep_fp32=kept))
        if not _why_broken(packaged.result):
            note = (
                f"{count} of {len(ranked)} ops kept in float32, because float16 broke parity"
                f" ({broken}): {', '.join(kept)}"
            )
            return replace(packaged, notes=(note,))
    packaged = attempt(replace(options, precision="fp32"))
    even = f" even with {counts[-1]} of {len(ranked)} ops in float32" if counts else ""
    note = (
        f"the package is float32, because float16 broke parity ({broken}){even};"
        " it will not use the Neural Engine"
    )
    return replace(packaged, notes=(note,))


def _counts(ranked: Sequence[Sensitivity]) -> Iterator[int]:
    """Yield how many ops to keep: so many that the others' noise fits, then more."""
    wanted = TOLERANCES["coreml_from_onnx/fp16"].psnr_db
    assert wanted is not None
    allowed = _WEIGHT_SHARE * 10 ** (-wanted / 10)
    remaining = sum(one.noise for one in ranked)
    first = 0
    while first < len(ranked) and (remaining > allowed or not first):
        remaining -= ranked[first].noise
        first += 1
    yield from (count for growth in _GROWTH if (count := first * growth) < len(ranked))


def _why_broken(result: ChainResult) -> str:
    """Return the first reason why the package's own stage broke; empty when it did not."""
    for comparison in result.comparisons:
        if comparison.stage == "coreml_from_onnx" and comparison.parity is Parity.BROKEN:
            return comparison.reasons[0].partition(";")[0]
    return ""
