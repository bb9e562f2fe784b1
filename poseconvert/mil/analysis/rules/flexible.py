"""Rules on packages that take several shapes."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.mil.analysis.rules.rule import Place, Rule, whole
from poseconvert.mil.analysis.rules.seen import Seen
from poseconvert.mil.package.features import FIXED


def _enumerated(seen: Seen) -> dict[str, set[tuple[int, ...]]]:
    """Every shape of each input that has several stated ones."""
    return {
        one.name: {tuple(one.shape), *one.flexible.enumerated}
        for one in seen.package.inputs
        if one.flexible.enumerated
    }


def _ranges(seen: Seen) -> list[str]:
    return [one.name for one in seen.package.inputs if one.flexible.ranges]


@whole
def _batches(seen: Seen) -> Iterator[Place]:
    for name, shapes in _enumerated(seen).items():
        if len({shape[0] for shape in shapes if shape}) > 1:
            yield Place(name, "enumerated shapes that differ in their first axis")


@whole
def _several(seen: Seen) -> Iterator[Place]:
    several = [name for name, shapes in _enumerated(seen).items() if len(shapes) > 1]
    if len(several) > 1:
        yield Place("", f"{', '.join(several)} have enumerated shapes each")


@whole
def _range(seen: Seen) -> Iterator[Place]:
    for name in _ranges(seen):
        yield Place(name, "a range of shapes")


@whole
def _enumerated_norm(seen: Seen) -> Iterator[Place]:
    if _enumerated(seen):
        for site in seen.sites():
            if site.operation.type == "layer_norm":
                yield Place(site.operation.name, "layer_norm of an enumerated shape")


@whole
def _mean(seen: Seen) -> Iterator[Place]:
    old = seen.package.program.main.opset == "CoreML5"
    if old and any(one.flexible != FIXED for one in seen.package.inputs):
        for site in seen.sites():
            if site.operation.type == "reduce_mean":
                yield Place(site.operation.name, "a mean of a flexible shape for iOS 15")


RULES = (
    Rule(
        id="PC060",
        kind="wrong",
        title="enumerated shapes that differ in their first axis",
        otherwise="Core ML gave (1, 256) for an input of (8, 256), without an error.",
        cure="Make one package for each batch size.",
        source="apple/coremltools#2730",
        evidence="Core ML result",
        check=_batches,
    ),
    Rule(
        id="PC061",
        kind="risky",
        title="several inputs with enumerated shapes",
        otherwise="Only shapes at the same place of each list are reported to run together.",
        cure="Feed matching shapes, or make one package for each.",
        source="apple/coremltools#2271",
        evidence="report",
        check=_several,
    ),
    Rule(
        id="PC062",
        kind="slow",
        title="input with a range of shapes",
        otherwise='"MLE5Engine is not currently supported for models with range shape inputs that'
        ' try to utilize the Neural Engine".',
        cure="Enumerate the shapes.",
        source="apple/coremltools#1029, #2370",
        evidence="compiler message",
        check=_range,
    ),
    Rule(
        id="PC063",
        kind="slow",
        title="`layer_norm` with enumerated shapes",
        otherwise="The package is reported to leave the Neural Engine: 175 ms instead of 20.",
        cure="Fix the shape.",
        source="apple/coremltools#1909",
        evidence="report",
        check=_enumerated_norm,
    ),
    Rule(
        id="PC064",
        kind="refused",
        title="mean of a flexible shape, for iOS 15",
        otherwise='On iOS 15.4 it does not load: "MIL->EIR translation error ... std::bad_cast".',
        cure="Convert for iOS 16, or fix the shape.",
        source="apple/coremltools#1420",
        evidence="compiler message",
        check=_mean,
    ),
)
