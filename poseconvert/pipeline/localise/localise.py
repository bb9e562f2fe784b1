"""Where a conversion drifts: every op of every graph, alone and with all ops before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from poseconvert.drift import OP_TOLERANCES, GraphDrift
from poseconvert.errors import PoseconvertError
from poseconvert.mil import read_package
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.measurement import Localisation
from poseconvert.pipeline.localise.onnx_ops import STAGE, OnnxOps, Opened, match_onnx, open_onnx
from poseconvert.pipeline.localise.package_ops import FP16, FP32, PackageOps
from poseconvert.pipeline.localise.package_values import match_package
from poseconvert.runners.runner import Batch
from poseconvert.stages.stage import ONNX, PACKAGE, SIMPLIFIED

T = TypeVar("T")
Ops = TypeVar("Ops", OnnxOps, PackageOps)


def localise(conversion: ConversionFolder, inputs: Inputs, *, progress: Progress) -> Localisation:
    """Measure every op of a conversion.

    Values are compared as they are computed and then let go; of ONNX graphs at most
    ``HELD_BYTES`` are held at a time.

    Raises
    ------
    ConversionError : the network takes several inputs in one run.
    """
    conversion.refuse_batch("--ops")
    batch = inputs.batch
    progress("matching values")
    before, after = _opened(conversion, ONNX), _opened(conversion, SIMPLIFIED)
    simplified = _tried(lambda: _simplified(_is(before), _is(after), batch[:1], conversion))
    packaged = _tried(lambda: _packaged(conversion, after, simplified, batch[:1]))
    for index, name in enumerate(inputs.names):
        progress(f"every op on {name}")
        one = batch[index : index + 1]
        _feed((before, after), one)
        simplified = _run(simplified, one, name)
        packaged = _run(packaged, one, name)
    graphs = (*_onnx_graph(simplified), *_package_graphs(conversion, after, packaged))
    return Localisation(inputs.names, graphs)


class _AbsentError(PoseconvertError):
    """An artifact that does not run; the text is the reason."""


def _tried(make: Callable[[], T]) -> T | str:
    """Make something, or say in a sentence why not."""
    try:
        return make()
    except PoseconvertError as error:
        return str(error)


def _is(artifact: T | str) -> T:
    if isinstance(artifact, str):
        raise _AbsentError(artifact)
    return artifact


def _opened(conversion: ConversionFolder, name: str) -> Opened | str:
    if name in conversion.refused:
        return conversion.refused[name]
    normalize = conversion.normalize if name == ONNX else None
    return _tried(lambda: open_onnx(conversion.folder / name, normalize=normalize))


def _simplified(before: Opened, after: Opened, one: Batch, conversion: ConversionFolder) -> OnnxOps:
    return OnnxOps(before, after, match_onnx(before, after, one), conversion.specs)


def _packaged(
    conversion: ConversionFolder, source: Opened | str, simplified: OnnxOps | str, one: Batch
) -> PackageOps:
    if PACKAGE in conversion.refused:
        raise _AbsentError(conversion.refused[PACKAGE])
    package = read_package(conversion.folder / PACKAGE)
    fed = conversion.fed(one) if conversion.manifest.interface else None
    matches = {} if isinstance(source, str) else match_package(package, source, one, fed=fed)
    modules = {} if isinstance(simplified, str) else simplified.modules
    return PackageOps(
        package,
        conversion.manifest.precision != "fp32",
        None if isinstance(source, str) else source,
        matches,
        {name: modules.get(match.reference, "") for name, match in matches.items()},
        conversion.specs,
        conversion.fed,
    )


def _feed(artifacts: Iterable[Opened | str], one: Batch) -> None:
    for artifact in artifacts:
        if not isinstance(artifact, str):
            artifact.values.feed(one)


def _run(ops: Ops | str, one: Batch, name: str) -> Ops | str:
    """Measure one input, unless there is a reason not to; what fails now is a reason."""

    def measured() -> Ops:
        _is(ops).run(one, name)
        return _is(ops)

    return _tried(measured)


def _onnx_graph(simplified: OnnxOps | str) -> Iterator[GraphDrift]:
    if isinstance(simplified, str):
        yield _not_measured(STAGE, simplified)
    else:
        yield simplified.graph()


def _package_graphs(
    conversion: ConversionFolder, source: Opened | str, packaged: PackageOps | str
) -> Iterator[GraphDrift]:
    half = conversion.manifest.precision != "fp32"
    if isinstance(packaged, str):
        yield from (_not_measured(s, packaged) for s in ((FP32, FP16) if half else (FP32,)))
        return
    if isinstance(source, str):
        yield _not_measured(FP32, source)
    yield from packaged.graphs()


def _not_measured(stage: str, reason: str) -> GraphDrift:
    return GraphDrift(stage, "", "", OP_TOLERANCES[stage], reason=reason)
