"""The fewest ops in float32 that keep every visible joint within a budget, and their price."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.how_made import base_options, source_of, way_of
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.localise.smallest_set import pruned, shortest_prefix
from poseconvert.pipeline.tune.budget import Case
from poseconvert.pipeline.tune.ranking import Candidates, candidates, ranked
from poseconvert.pipeline.tune.result import Measured, Tuned, price_of
from poseconvert.pipeline.tune.trials import Trials
from poseconvert.stages.coreml_options import KEEPS_OPS, CoreMLOptions
from poseconvert.stages.stage import SIMPLIFIED

# Ops are ranked on so many inputs, those that are furthest over the budget.
_RANKED_ON = 3


def tune(
    conversion: ConversionFolder,
    inputs: Inputs,
    *,
    budget: float,
    model: Path | None = None,
    progress: Progress,
) -> Tuned:
    """Find the fewest ops to keep in float32.

    Packages are made by the route of the conversion and run in every float16 mode of the
    reference executor. First all ops in float16; then activations that end the graph in
    float32, which costs no weights; then ops by rank, the last set pruned op by op; then all.

    Parameters
    ----------
    budget : in input pixels.
    model : where MODEL is now; only for conversions by the route ``torch``.

    Raises
    ------
    ConversionError : the folder was edited, has no decode spec, runs on several inputs, or
        its package takes several sizes.
    StageError : no package can be made.
    """
    conversion.refuse_batch("tune")
    conversion.refuse_sizes("tune")
    way, base = way_of(conversion), base_options(conversion)
    with tempfile.TemporaryDirectory(prefix="poseconvert-tune-") as work:
        progress("running the reference")
        trials = Trials(
            conversion.folder / SIMPLIFIED,
            Path(work),
            inputs,
            specs=conversion.specs,
            way=way,
            network=source_of(conversion, way, model),
            progress=progress,
        )
        search = _Search(trials, conversion, inputs, base, budget, progress)
        if not trials.joints().visible:
            return search.result(None, "no visible joint on the inputs; give pictures with --image")
        return search.run(keeps_ops=way.route in KEEPS_OPS)


class _Search:
    """The search of one ``tune``."""

    def __init__(
        self,
        trials: Trials,
        conversion: ConversionFolder,
        inputs: Inputs,
        base: CoreMLOptions,
        budget: float,
        progress: Progress,
    ) -> None:
        self._trials, self._conversion, self._inputs = trials, conversion, inputs
        self._base, self._budget, self._progress = base, budget, progress
        self._before: Measured | None = None
        self._candidates = Candidates()

    def run(self, *, keeps_ops: bool) -> Tuned:
        """Try the cheapest first."""
        self._before = self._whole(self._base)
        if self._before.within(self._budget):
            return self.result(self._before)
        runs = not all(one.reason for one in self._before.cases)
        if keeps_ops and runs:
            self._candidates = candidates(
                self._conversion, lambda names: self._trials.package(self._keep(names))
            )
            if found := self._single_ops(self._before):
                return self.result(found)
        everything = self._whole(replace(self._base, precision="fp32"))
        if everything.within(self._budget):
            return self.result(everything)
        worst = everything.worst
        return self.result(
            None,
            f"even all of it in float32 moves {worst.joint or 'joints'} on"
            f" {worst.case.input_name} by {worst.px:.3g} px"
            + (f" ({worst.reason})" if worst.reason else ""),
        )

    def result(self, answer: Measured | None, reason: str = "") -> Tuned:
        """Return what was found."""
        joints = self._trials.joints()
        return Tuned(
            self._conversion,
            self._budget,
            self._inputs,
            joints.visible,
            joints.hidden,
            len(self._candidates.names),
            self._candidates.endings,
            self._trials.made,
            self._before,
            answer,
            reason,
        )

    def _single_ops(self, before: Measured) -> Measured | None:
        """Keep the endings, then ops by rank until every case is within, then drop what can be."""
        endings = frozenset(self._candidates.endings)
        if endings:
            found = self._whole(self._keeping(endings))
            if found.within(self._budget):
                return found
        hard = self._over(before)
        order = self._ranked([case.index for case in hard])
        while True:
            grown = shortest_prefix(order, always=endings, holds=partial(self._holds, tuple(hard)))
            if grown is None:
                return None
            found = self._whole(self._keeping(grown))
            if found.within(self._budget):
                return self._pruned(found, grown, hard)
            hard = [*self._over(found), *hard]  # the newest first: it fails soonest

    def _pruned(self, found: Measured, grown: frozenset[str], hard: list[Case]) -> Measured:
        """Drop ops from a set that is within the budget on every case."""
        while True:
            kept = pruned(
                grown, price=self._candidates.price, holds=partial(self._holds, tuple(hard))
            )
            less = found if kept == grown else self._whole(self._keeping(kept))
            if less.within(self._budget):
                return less
            hard = [*self._over(less), *hard]

    def _ranked(self, hard: Sequence[int]) -> tuple[str, ...]:
        self._progress("measuring which ops float16 hurts")
        chosen = list(dict.fromkeys(hard))[:_RANKED_ON]
        return ranked(
            self._trials.package(self._base),
            self._candidates,
            self._conversion.folder / SIMPLIFIED,
            self._inputs.batch[chosen],
        )

    def _holds(self, hard: Sequence[Case], kept: frozenset[str]) -> bool:
        """Whether a set brings the hard cases into the budget; the first that fails ends it."""
        options = self._keeping(kept)
        return all(self._trials.drift(options, case).px <= self._budget for case in hard)

    def _keeping(self, kept: frozenset[str]) -> CoreMLOptions:
        """Name the ops in graph order, so that one set is one package."""
        return self._keep(tuple(name for name in self._candidates.names if name in kept))

    def _keep(self, names: tuple[str, ...]) -> CoreMLOptions:
        return replace(self._base, keep_fp32=names)

    def _whole(self, options: CoreMLOptions) -> Measured:
        """Measure every case of a package."""
        package = self._trials.package(options)
        cases = tuple(self._trials.drift(options, case) for case in self._trials.cases)
        return Measured(options, cases, price_of(package, self._trials.nbytes))

    def _over(self, found: Measured) -> list[Case]:
        over = [one for one in found.cases if not one.px <= self._budget]
        return [one.case for one in sorted(over, key=lambda one: -one.px)]
