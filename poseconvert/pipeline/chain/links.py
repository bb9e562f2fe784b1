"""Which runner evaluates which artifact, in the order of the chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from poseconvert.conversion.interface import Interface
from poseconvert.drift import TOLERANCES
from poseconvert.errors import PackageError, RunError
from poseconvert.mil import Package, read_package
from poseconvert.mil.package.features import ArrayFeature
from poseconvert.pipeline.chain.evaluate import Link
from poseconvert.runners import coreml
from poseconvert.runners.coreml import CoreMLRunner
from poseconvert.runners.mil import MilRunner
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch, Runner
from poseconvert.stages.coreml_options import Precision
from poseconvert.stages.stage import (
    COMPRESSED_FROM_COREML,
    COREML_FROM_ONNX,
    ONNX,
    SIMPLIFIED,
    SIMPLIFIED_FROM_ONNX,
    Stage,
)


def onnx_links(
    folder: Path,
    *,
    made: str,
    normalize: Callable[[Batch], Batch] | None = None,
    refused: Mapping[str, str] | None = None,
) -> list[Link]:
    """List both ONNX artifacts.

    Parameters
    ----------
    made : the stage that made ``model.onnx``; ``source`` when the chain starts there.
    normalize : see :class:`OnnxRunner`, for ``model.onnx`` only.
    refused : artifacts that must not run, with the reason.
    """
    refused = refused or {}
    return [
        Link(
            ONNX,
            made,
            lambda: OnnxRunner(folder / ONNX, normalize=normalize),
            TOLERANCES.get(made),
            refused.get(ONNX, ""),
        ),
        Link(
            SIMPLIFIED,
            SIMPLIFIED_FROM_ONNX.name,
            lambda: OnnxRunner(folder / SIMPLIFIED),
            TOLERANCES[SIMPLIFIED_FROM_ONNX.name],
            refused.get(SIMPLIFIED, ""),
        ),
    ]


def package_links(
    folder: Path,
    *,
    precision: Precision,
    refused: str = "",
    interface: Interface | None = None,
) -> list[Link]:
    """List the runners of ``model.mlpackage``.

    A float16 package is run twice by the reference executor, rounding after every
    op and never rounding: a phone may do either, so both must hold.

    Parameters
    ----------
    refused : why it must not run; empty if it may.
    interface : how it is fed and read; None for a package made here.
    """
    if interface is None:
        return _run_by_all(folder, COREML_FROM_ONNX, precision, refused, vet=_as_promised)
    links = _run_by_all(folder, COREML_FROM_ONNX, precision, refused)

    def adopted(load: Callable[[], Runner]) -> Runner:
        return interface.runner(load())

    return [replace(link, open=partial(adopted, link.open)) for link in links if link.open]


def compressed_links(folder: Path, *, precision: Precision, refused: str = "") -> list[Link]:
    """List the runners of ``model.compressed.mlpackage``, those of ``model.mlpackage``."""
    return _run_by_all(folder, COMPRESSED_FROM_COREML, precision, refused, vet=_as_promised)


def taking(links: Sequence[Link], size: int) -> list[Link]:
    """Let artifacts run that take ``size`` inputs in one run, as their manifest promises."""

    def opened(load: Callable[[], Runner]) -> Runner:
        runner = load()
        if runner.size != size:
            raise RunError(
                f"it takes {runner.size} inputs in one run, the manifest says {size}."
                " Convert again."
            )
        return runner

    return [replace(link, open=partial(opened, link.open)) for link in links if link.open]


def _run_by_all(
    folder: Path,
    stage: Stage,
    precision: Precision,
    refused: str,
    vet: Callable[[Package], Package] = lambda package: package,
) -> list[Link]:
    path, tolerance = folder / stage.makes, stage.tolerance(precision)

    @cache
    def package() -> Package:
        return vet(read_package(path))

    opens: list[Callable[[], Runner]] = []
    if coreml.available():  # where it exists the real runtime is the one that counts
        opens.append(lambda: CoreMLRunner(path))
    if precision == "fp16":
        opens.append(lambda: MilRunner(package(), precision="fp16"))
    opens.append(lambda: MilRunner(package(), precision="fp32"))
    return [Link(stage.makes, stage.name, runner, tolerance, refused) for runner in opens]


def _as_promised(package: Package) -> Package:
    """Refuse a package whose outputs are not float32: an app would read noise."""
    for output in package.outputs:
        if isinstance(output, ArrayFeature) and output.dtype == "fp16":
            raise PackageError(
                f'{package.path.name}: output "{output.name}" is declared float16, not float32 as'
                " the conversion promises. Convert again, or declare it float32."
            )
    return package
