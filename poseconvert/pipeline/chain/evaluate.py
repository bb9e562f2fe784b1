"""The chain of artifacts on one batch of inputs: what runs each, and what each returned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from poseconvert.decoding import DecodeSpec, Pose, decode
from poseconvert.drift import Comparison, Floor, Run, Tolerance, Yardstick
from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain.inputs import Inputs, own_inputs
from poseconvert.pipeline.chain.noise_floor import noise_floor
from poseconvert.pipeline.chain.steadiness import unsteadiness
from poseconvert.runners.recorded import RecordedRunner
from poseconvert.runners.runner import Outputs, Runner

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Link:
    """One artifact with the runner that evaluates it.

    Attributes
    ----------
    artifact : its file name.
    stage : the stage that made it, or ``source``.
    open : loads the runner, when its turn comes; None where only its outputs are at hand.
    tolerance : of its stage, None for the first link.
    refused : why it must not run; empty when it may.
    size : such as 448x448, where it is not the default one.
    """

    artifact: str
    stage: str
    open: Callable[[], Runner] | None
    tolerance: Tolerance | None = None
    refused: str = ""
    size: str = ""

    def by(self, runner: Runner) -> Run:
        """Name its evaluation by a runner."""
        recorded = isinstance(runner, RecordedRunner)
        return Run(self.artifact, runner.name, runner.precision, self.size, recorded)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one link returned.

    Attributes
    ----------
    link : what was to run.
    run : what ran.
    outputs : by name, (N, ...) float32; empty when it did not run.
    poses : one per decode spec; none where the outputs cannot be decoded.
    floor : noise floor of each output; measured for the reference only.
    moved : what it answered our own inputs with other float32 arithmetic, with ``floor``.
    yardsticks : what the drift of each output is measured against; for the reference only.
    rounded : what the graph that a package is made of answers with the weights of float16; empty
        where that is not known.
    unsteady : how it answers one input twice differently; measured for the first of a chain.
    reason : why it did not run, or could not be decoded; empty when it was.
    """

    link: Link
    run: Run
    outputs: Outputs = field(default_factory=dict)
    poses: tuple[Pose, ...] = ()
    floor: Mapping[str, Floor] = field(default_factory=dict)
    moved: tuple[Outputs, ...] = ()
    yardsticks: Mapping[str, Yardstick] = field(default_factory=dict)
    rounded: Outputs = field(default_factory=dict)
    unsteady: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChainResult:
    """Every evaluation, and every verdict."""

    evaluations: tuple[Evaluation, ...]
    comparisons: tuple[Comparison, ...]


def lacking(evaluation: Evaluation, promised: Iterable[str]) -> str:
    """Say which output a reference lacks: what no side has would else be compared by none."""
    missing = [name for name in promised if name not in evaluation.outputs]
    return f"it lacks output {missing[0]}, which the manifest promises" if missing else ""


def evaluate(
    links: Sequence[Link],
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    progress: Progress,
    floor: bool = False,
) -> list[Evaluation]:
    """Run each link on all inputs; one that fails is recorded with its reason.

    The first one runs one input twice more: what does not repeat itself is not a reference.

    Parameters
    ----------
    floor : measure the first link's noise floor, for it is the reference.
    """
    batch = inputs.batch
    evaluations = []
    for link in links:
        unable = Run(link.artifact, size=link.size)
        if link.refused or link.open is None:
            evaluations.append(Evaluation(link, unable, reason=link.refused))
            continue
        progress(f"running {link.artifact}")
        try:
            runner = link.open()
            run, outputs = link.by(runner), runner.run(batch)
        except PoseconvertError as error:
            evaluations.append(Evaluation(link, unable, reason=str(error)))
            continue
        evaluation = decoded(Evaluation(link, run, outputs), specs)
        first = link is links[0] and not evaluation.reason
        if first:
            evaluation = replace(evaluation, unsteady=unsteadiness(runner, batch))
        if first and floor:
            evaluation = _with_noise(evaluation, runner, inputs)
        evaluations.append(evaluation)
    return evaluations


def decoded(evaluation: Evaluation, specs: Sequence[DecodeSpec]) -> Evaluation:
    """Decode what ran; outputs that are not of the layout are recorded with the reason."""
    try:
        return replace(evaluation, poses=tuple(decode(evaluation.outputs, one) for one in specs))
    except PoseconvertError as error:
        return replace(evaluation, reason=str(error))


def _with_noise(reference: Evaluation, runner: Runner, inputs: Inputs) -> Evaluation:
    """Measure on our own inputs, so that no picture changes what another is judged by."""
    at = own_inputs(inputs.origins)
    outputs = {name: values[at] for name, values in reference.outputs.items()}
    noise = noise_floor(runner, inputs.batch[at], outputs)
    return replace(reference, floor=noise.floor, moved=noise.moved)
