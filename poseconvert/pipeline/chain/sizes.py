"""The network at a size beside its default one, and its package judged there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from poseconvert.conversion.golden import Goldens
from poseconvert.conversion.size_record import SizeRecord, text_of
from poseconvert.decoding import DecodeSpec
from poseconvert.drift import Comparison, end_tolerance
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.evaluate import ChainResult, Evaluation, Link, Progress, evaluate
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain
from poseconvert.pipeline.chain.model import LoadedModel, load_model
from poseconvert.pipeline.chain.yardsticks import with_yardsticks
from poseconvert.stages.coreml_options import Precision
from poseconvert.stages.stage import COMPRESSED_FROM_COREML, SOURCE, STAGES


@dataclass(frozen=True, slots=True)
class AtSize:
    """What the package is judged by at one more size.

    Attributes
    ----------
    record : the size, with its shapes and decode specs.
    inputs : what is run there; their names say the size.
    reference : what PyTorch returned, or why it did not run.
    """

    record: SizeRecord
    inputs: Inputs
    reference: Evaluation

    @property
    def specs(self) -> tuple[DecodeSpec, ...]:
        """The decode spec of each head at this size."""
        return self.record.decode

    @property
    def goldens(self) -> Goldens:
        """What is stored of it."""
        reference, inputs = self.reference, self.inputs
        values = tuple(inputs.values.values())
        return Goldens(
            reference.run.label,
            inputs.names,
            values,
            reference.outputs,
            reference.floor,
            origins=inputs.origins,
            yardsticks=reference.yardsticks,
        )


def reference_at(
    there: LoadedModel, inputs: Inputs, *, size: str, progress: Progress
) -> Evaluation:
    """Run PyTorch, read at another size, on inputs of that size."""
    link = Link(there.path.name, SOURCE, there.torch_runner, size=size)
    (reference,) = evaluate([link], inputs, specs=(), progress=progress, floor=True)
    return with_yardsticks(reference, inputs)


def origin_at(origin: LoadedModel, size: tuple[int, int]) -> LoadedModel:
    """Read MODEL again, at another size.

    Raises
    ------
    ModelError : it does not take this size.
    """
    options: ModelOptions = replace(origin.options, size=size)
    if options.inputs:  # a program says its size by the shape of its input
        shapes = {name: (*shape[:2], *size) for name, shape in options.inputs.items()}
        options = replace(options, inputs=shapes)
    return load_model(origin.path, options)


def pictured_at(
    pictured: Mapping[str, Preprocessing], size: tuple[int, int]
) -> dict[str, Preprocessing]:
    """Say how a picture becomes the input of another size."""
    height, width = size
    return {name: replace(one, height=height, width=width) for name, one in pictured.items()}


def named_at(inputs: Inputs, size: tuple[int, int]) -> Inputs:
    """Name inputs after their size, so that none is taken for the same input at another."""
    return replace(inputs, names=tuple(f"{name} at {text_of(size)}" for name in inputs.names))


def judged_at(
    sizes: Sequence[AtSize],
    links: Sequence[Link],
    *,
    precision: Precision,
    joints: bool = True,
    progress: Progress,
) -> list[Comparison]:
    """Run a package at other sizes and judge it by PyTorch: one row per size and runner.

    Parameters
    ----------
    links : the runners of one package.
    joints : compare joints too, where there are decode specs.
    """
    rows: list[Comparison] = []
    for at in sizes:
        there = [_link_at(link, at.record, precision) for link in links]
        specs = at.specs if joints else ()
        ran = evaluate(there, at.inputs, specs=specs, progress=_said_at(at.record, progress))
        result = judge_chain([at.reference, *ran], at.inputs, specs=specs, precision=precision)
        rows += result.comparisons
    return rows


def stage_at(stage: str, record: SizeRecord) -> str:
    """Name the row of a package's stage at another size; empty for what is not a package's."""
    begins = next((one.at_size for one in STAGES if one.name == stage), "")
    return f"{begins}_{record.name}" if begins else ""


def with_sizes(result: ChainResult, rows: Sequence[Comparison]) -> ChainResult:
    """Put rows of other sizes before the last, which is end to end."""
    if not rows:
        return result
    *stages, end_to_end = result.comparisons
    return replace(result, comparisons=(*stages, *rows, end_to_end))


def _link_at(link: Link, record: SizeRecord, precision: Precision) -> Link:
    # It is compared with the first artifact.
    compressed = link.stage == COMPRESSED_FROM_COREML.name
    tolerance = end_tolerance(precision, compressed=compressed)
    stage = stage_at(link.stage, record)
    return replace(link, stage=stage, tolerance=tolerance, size=record.name)


def _said_at(record: SizeRecord, progress: Progress) -> Progress:
    return lambda step: progress(f"{step} at {record.name}")
