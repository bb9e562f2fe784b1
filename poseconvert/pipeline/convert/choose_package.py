"""Make the Core ML package by a route that holds; where float16 hurts, keep few ops float32."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import Comparison, Parity
from poseconvert.drift.comparison import joint_reasons
from poseconvert.errors import RouteError, StageError
from poseconvert.pipeline.chain.evaluate import ChainResult, Evaluation, Progress, evaluate
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain
from poseconvert.pipeline.chain.links import package_links
from poseconvert.pipeline.chain.package_maker import PackageMaker
from poseconvert.pipeline.chain.rounded import with_rounded
from poseconvert.pipeline.chain.sizes import AtSize, judged_at, with_sizes
from poseconvert.pipeline.convert.routes import Trial, shipped, try_routes
from poseconvert.pipeline.float16.weight_noise import Sensitivity, sensitivities
from poseconvert.stages.coreml_from_onnx import ways_of
from poseconvert.stages.coreml_options import (
    KEEPS_OPS,
    ROUTES,
    CoreMLOptions,
    Precision,
    Route,
)
from poseconvert.stages.stage import COREML_FROM_ONNX, END_TO_END, PACKAGE, SIMPLIFIED

# Half of the allowed noise is left to the rounding of activations.
_WEIGHT_SHARE = 0.5
_GROWTH = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Packaged:
    """The package that stands in the folder, and the chain measured with it.

    Attributes
    ----------
    notes : what was done to it, in sentences.
    trials : the ways to Core ML that were tried.
    rescued : whether ops are in float32 because float16 broke parity.
    """

    options: CoreMLOptions
    result: ChainResult
    notes: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    rescued: bool = False


def make_package(
    maker: PackageMaker,
    upstream: Sequence[Evaluation],
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    options: CoreMLOptions,
    rescue: bool,
    progress: Progress,
    route: Route | None = None,
    sizes: Sequence[AtSize] = (),
) -> Packaged:
    """Choose a route on float32, then make the package that ``options`` ask for.

    Parameters
    ----------
    maker : of packages of ``model.simplified.onnx``, beside it.
    upstream : evaluations of the chain up to ``model.simplified.onnx``.
    rescue : where float16 alone breaks parity, keep the most sensitive ops in
        float32, then more of them, and last make all of it float32.
    route : the only one to try; None for all of them in order.
    sizes : beside the default one; the package is judged at each.

    Raises
    ------
    StageError : no route makes a package.
    """
    folder, graph = maker.path.parent, maker.graph

    def judged(
        precision: Precision, heads: Sequence[DecodeSpec], keep: Sequence[str] = ()
    ) -> ChainResult:
        links = package_links(folder, precision=precision)
        package = evaluate(links, inputs, specs=heads, progress=progress)
        before = list(upstream)
        if precision == "fp16":
            before = with_rounded(before, folder / SIMPLIFIED, inputs, keep=keep)
        result = judge_chain([*before, *package], inputs, specs=heads, precision=precision)
        rows = judged_at(sizes, links, precision=precision, joints=bool(heads), progress=progress)
        return with_sizes(result, rows)

    def check() -> Comparison:
        found = [c for c in judged("fp32", ()).comparisons if _of_package(c)]
        return next((c for c in found if c.parity is not Parity.HELD), found[0])

    whole = replace(options, precision="fp32", keep_fp32=())
    ways = ways_of(graph, [route] if route else ROUTES)
    trials = try_routes(ways, make=lambda by: maker.make(by, whole), check=check)
    used = shipped(trials)

    def attempt(chosen: CoreMLOptions) -> Packaged:
        try:
            maker.make(used.way, chosen)
        except RouteError as error:  # its float32 package was fine
            raise StageError(
                f"coreml_from_onnx by {used.way}: {error}. Give another --precision or --route."
            ) from error
        return Packaged(chosen, judged(chosen.precision, specs, chosen.keep_fp32), trials=trials)

    if used.parity is Parity.BROKEN:
        return _without_rounding(attempt(whole), options)
    packaged = attempt(options)
    broken = _why_broken(packaged.result)
    finite = all(np.isfinite(v).all() for e in upstream for v in e.outputs.values())
    steady = not any(e.unsteady for e in upstream)
    if not (rescue and options.precision == "fp16" and broken and finite and steady):
        return packaged
    progress("measuring which ops float16 hurts")
    keeps = bool(sizes) or used.way.route in KEEPS_OPS
    ranked = sensitivities(folder / SIMPLIFIED, inputs.batch) if keeps else []
    return _rescued(attempt, ranked, options, used.way.route, broken)


def tune_note(
    packaged: Packaged, target: Path, *, heads: Sequence[DecodeSpec], pictures: Sequence[Path]
) -> tuple[str, ...]:
    """Say which command looks for the fewest ops in float32, where float16 was given up."""
    options = packaged.options
    gave_up = packaged.rescued and (options.precision == "fp32" or options.keep_fp32)
    if not (gave_up and heads) or options.sizes:
        return ()
    allowed = COREML_FROM_ONNX.tolerance("fp16").joint_px
    shown = " ".join(f"--image {shlex.quote(str(path))}" for path in pictures)
    command = f"poseconvert tune {shlex.quote(str(target))} --max-drift {allowed:g}px {shown}"
    return (f"the fewest ops in float32 that keep every visible joint: {command.rstrip()}",)


def _without_rounding(packaged: Packaged, asked: CoreMLOptions) -> Packaged:
    """Say that float32 is written where no route is held, so that rounding hides nothing."""
    if asked.precision == "fp32":
        return packaged
    note = "the package is float32, to be looked at: no route's float32 package is held"
    return replace(packaged, notes=(note,))


def _rescued(
    attempt: Callable[[CoreMLOptions], Packaged],
    ranked: Sequence[Sensitivity],
    options: CoreMLOptions,
    route: Route,
    broken: str,
) -> Packaged:
    """Keep few ops in float32, then more of them, at last all."""
    tried = 0
    for count in _counts(ranked):
        kept = tuple(one.weight for one in ranked[:count])
        try:
            packaged = attempt(replace(options, keep_fp32=kept))
        except StageError:  # the route gave a weight another name
            continue
        tried = count
        if not _why_broken(packaged.result):
            note = (
                f"{count} of {len(ranked)} ops kept in float32, because float16 broke parity"
                f" ({broken}): {', '.join(kept)}"
            )
            return replace(packaged, notes=(note,), rescued=True)
    packaged = attempt(replace(options, precision="fp32"))
    even = f" even with {tried} of {len(ranked)} ops in float32" if tried else ""
    if route not in KEEPS_OPS and not tried:
        even = f", and the route {route} cannot keep these ops in float32"
    note = (
        f"the package is float32, because float16 broke parity ({broken}){even};"
        " it will not use the Neural Engine"
    )
    return replace(packaged, notes=(note,), rescued=True)


def _counts(ranked: Sequence[Sensitivity]) -> Iterator[int]:
    """Yield how many ops to keep: so many that the others' noise fits, then more."""
    wanted = COREML_FROM_ONNX.tolerance("fp16").psnr_db
    assert wanted is not None
    allowed = _WEIGHT_SHARE * 10 ** (-wanted / 10)
    remaining = sum(one.noise for one in ranked)
    first = 0
    while first < len(ranked) and (remaining > allowed or not first):
        remaining -= ranked[first].noise
        first += 1
    yield from (count for growth in _GROWTH if (count := first * growth) < len(ranked))


def _why_broken(result: ChainResult) -> str:
    """Return why the package broke, at any size; empty when it did not.

    Reasons begin with the visible joint that went furthest: of several rows, a joint's is given.
    """
    found = [
        (not joint_reasons(comparison.joints, comparison.tolerance), comparison.reasons[0])
        for comparison in result.comparisons
        if _of_package(comparison) and comparison.parity is Parity.BROKEN
    ]
    return min(found, key=lambda one: one[0])[1] if found else ""


def _of_package(comparison: Comparison) -> bool:
    """Whether the package is judged: at its default size, or at another."""
    return comparison.stage != END_TO_END and comparison.candidate.artifact == PACKAGE
