"""Artifacts run on the same inputs, and each judged by the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import Comparison, Parity, end_tolerance
from poseconvert.errors import ConversionError, PoseconvertError
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.imaging.scaling import Scaling
from poseconvert.imaging.wanted import scaled
from poseconvert.pipeline.chain.evaluate import (
    ChainResult,
    Evaluation,
    Link,
    Progress,
    decoded,
    evaluate,
)
from poseconvert.pipeline.chain.inputs import Inputs, chain_inputs, golden_inputs, readable_inputs
from poseconvert.pipeline.chain.judge import judge_chain
from poseconvert.pipeline.chain.measurement import Diagnosis, Measurement
from poseconvert.pipeline.chain.yardsticks import with_yardsticks
from poseconvert.pipeline.diagnose.hypothesis import broken_comparisons, on_axis
from poseconvert.pipeline.diagnose.inputs import Normalization, input_causes
from poseconvert.pipeline.diagnose.outputs import output_causes
from poseconvert.pipeline.pair.artifact import Artifact, Shapes
from poseconvert.pipeline.pair.caller import scalings
from poseconvert.pipeline.pair.described import decoders_offered, heads_of, manifest_of
from poseconvert.pipeline.pair.matching import matched_inputs, matched_outputs
from poseconvert.pipeline.pair.reading import read_artifacts
from poseconvert.runners.fed import FedRunner, Pairing
from poseconvert.runners.runner import Outputs, Runner
from poseconvert.stages.stage import SOURCE


@dataclass(frozen=True, slots=True)
class PairOptions:
    """What the user says where the artifacts do not.

    Attributes
    ----------
    match : a candidate's input or output by the reference's that it stands for.
    decode : a preset's name or a JSON file of specs.
    inputs : shapes by name.
    scaling : done to pictures fed as tensors to what does not scale them itself.
    """

    match: Mapping[str, str] = field(default_factory=dict)
    decode: str | None = None
    inputs: Shapes = field(default_factory=dict)
    scaling: Scaling | None = None


def compare_artifacts(
    paths: Sequence[Path],
    pictures: Sequence[Path],
    *,
    options: PairOptions,
    progress: Progress,
) -> Measurement:
    """Run artifacts on pictures, else on patterns, and judge each by the first.

    Raises
    ------
    PoseconvertError : one cannot be read, or they do not belong together. One that does not run
        is a result: the others are compared.
    """
    progress("reading the artifacts")
    reference, *candidates = artifacts = read_artifacts(paths, inputs=options.inputs)
    notes, callers = scalings(artifacts, options.scaling)
    inputs, left_out = _inputs(artifacts, pictures)
    notes += tuple(
        f"{one.name} does not say what it computed in: it is allowed what float16 costs"
        for one in candidates
        if one.recorded
    )
    links = [_link(reference, callers[0])]
    (first,) = evaluate(links, inputs, specs=(), progress=progress, floor=not reference.recorded)
    if first.reason:
        raise ConversionError(f"{reference.path}: the reference does not run: {first.reason}")
    shapes = {name: (1, *values.shape[1:]) for name, values in first.outputs.items()}
    heads = heads_of(artifacts, options.decode, shapes)
    first = _with_scales(reference, first, links, inputs, specs=heads, progress=progress)
    first = decoded(first, heads)
    evaluations = [first]
    comparisons: list[Comparison] = []
    for artifact, scaling in zip(candidates, callers[1:], strict=True):
        own = _candidates(reference, artifact, first.outputs, scaling, options.match)
        found = evaluate(own.links, inputs, specs=heads, progress=progress)
        judged = judge_chain(
            [evaluations[0], *found], inputs, specs=heads, precision=artifact.precision
        )
        evaluations += found
        comparisons += judged.comparisons
        notes += own.notes()
    notes += decoders_offered(reference, heads, shapes)
    last, result = artifacts[-1], ChainResult(tuple(evaluations), tuple(comparisons))
    manifest = manifest_of(reference, last, shapes, heads, notes, inputs, result.comparisons)
    measurement = Measurement(reference.path.parent, manifest, result, inputs, left_out=left_out)
    progress("looking for the cause")
    inside = callers[0] or reference.scaling
    return replace(measurement, diagnoses=tuple(_causes(measurement, reference.name, inside)))


def _with_scales(
    reference: Artifact,
    first: Evaluation,
    links: Sequence[Link],
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    progress: Progress,
) -> Evaluation:
    """Measure what parts are judged against: on our own inputs, never on those judged."""
    if reference.recorded:
        return first
    own, found = inputs, first
    if "given" in inputs.origins:
        own, _ = _inputs([replace(reference, recorded=None)], ())
        (found,) = evaluate(links, own, specs=(), progress=progress, floor=True)
    graph = reference.path if reference.path.suffix == ".onnx" else None
    known = with_yardsticks(found, own, specs=specs, graph=graph)
    return replace(first, floor=known.floor, yardsticks=known.yardsticks)


def _inputs(
    artifacts: Sequence[Artifact], pictures: Sequence[Path]
) -> tuple[Inputs, tuple[str, ...]]:
    """Take the pictures, else what was recorded, else our own."""
    reference = artifacts[0]
    recorded = next((one for one in artifacts if one.recorded), None)
    if recorded and recorded.recorded:
        if pictures:
            raise ConversionError(
                f"{recorded.path}: was recorded on inputs of its own, the others are run on those."
                " Omit --image."
            )
        return golden_inputs(recorded.recorded, [one.name for one in reference.inputs]), ()
    pictured = {
        one.name: Preprocessing(width=one.shape[3], height=one.shape[2])
        for one in reference.inputs
        if one.picture
    }
    if not pictures:
        return chain_inputs({one.name: one.shape for one in reference.inputs}, pictured), ()
    if other := [str(one) for one in reference.inputs if not one.picture]:
        raise ConversionError(
            f"{reference.path}: its input {other[0]} is not a picture. Omit --image: people,"
            " patterns and seeded numbers are fed then."
        )
    return readable_inputs(pictures, pictured)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The links of one candidate, the runners opened for them, and outputs nobody asked for."""

    links: list[Link]
    runners: list[FedRunner]
    unasked: set[str]

    def notes(self) -> tuple[str, ...]:
        """Say which outputs were matched by more than their name."""
        pairs = {str(pair) for runner in self.runners for pair in runner.pairs
                 if pair.by != "name" or pair.channels_last}  # fmt: skip
        name = self.links[0].artifact
        more = (f"{name}: gives {one} too, which is not compared" for one in sorted(self.unasked))
        return (*(f"{name}: output {pair}" for pair in sorted(pairs)), *more)


def _candidates(
    reference: Artifact,
    artifact: Artifact,
    expected: Outputs,
    scaling: Scaling | None,
    said: Mapping[str, str],
) -> _Candidates:
    """Prepare a candidate; what it wants must be what the reference wants."""
    who = reference.name, artifact.name
    names = matched_inputs(reference.inputs, artifact.inputs, said=said, who=who)
    wanted = {names[one.name]: one for one in scaled(artifact.inputs, scaling)}
    opened: list[FedRunner] = []
    unasked: set[str] = set()

    def match(outputs: Outputs) -> Sequence[Pairing]:
        pairs = matched_outputs(expected, outputs, said=said, who=who)
        unasked.update({*outputs} - {pair.candidate for pair in pairs})
        return pairs

    def fed(load: Callable[[], Runner]) -> Runner:
        opened.append(FedRunner(load(), wanted, match=match))
        return opened[-1]

    tolerance = end_tolerance(artifact.precision, compressed=artifact.compressed)
    links = [
        Link(artifact.name, artifact.name, partial(fed, load), tolerance) for load in artifact.opens
    ]
    return _Candidates(links, opened, unasked)


def _link(reference: Artifact, scaling: Scaling | None) -> Link:
    """Prepare the reference; what takes its pictures channels last answers so, decoders do not."""
    wanted = {one.name: one for one in scaled(reference.inputs, scaling)}
    last = any(one.channels_last for one in wanted.values())

    def match(outputs: Outputs) -> Sequence[Pairing]:
        return [Pairing(n, n, "name", last and values.ndim == 4) for n, values in outputs.items()]

    def opened() -> Runner:
        return FedRunner(reference.opens[-1](), wanted, match=match)

    return Link(reference.name, SOURCE, opened)


def _causes(
    measurement: Measurement, reference: str, scaling: Scaling | None
) -> Iterator[Diagnosis]:
    """Try what inputs and outputs tell: nothing is known of how the artifacts were made."""
    if measurement.parity is not Parity.BROKEN:
        return
    known = None
    if scaling:
        known = Normalization(on_axis(scaling.scale), on_axis(scaling.bias))
    seen = set()
    for broken in broken_comparisons(measurement.result, measurement.inputs, measurement.specs):
        for cause in (*_tried(output_causes(broken)), *_tried(input_causes(broken, known))):
            if cause.cause not in seen:
                seen.add(cause.cause)
                yield cause
    if not seen:
        yield Diagnosis(
            "unknown",
            f"neither the outputs nor the input of {reference} read otherwise explain it",
        )


def _tried(causes: Iterator[Diagnosis]) -> list[Diagnosis]:
    found = []
    try:
        for one in causes:
            found.append(one)
    except PoseconvertError:
        pass
    return found
