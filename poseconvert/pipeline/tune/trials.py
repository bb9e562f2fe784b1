"""Packages of one graph that differ in the ops kept float32: made, run, and what they moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from poseconvert.decoding import DecodeSpec
from poseconvert.errors import KeepError, PoseconvertError, RouteError, StageError
from poseconvert.graph.reader import read_onnx
from poseconvert.mil import Package, read_package
from poseconvert.mil.analysis.fp16_envelope import MODES
from poseconvert.network.source import Source
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.package_maker import PackageMaker
from poseconvert.pipeline.localise.joint_movement import drifts_between
from poseconvert.pipeline.tune.budget import Case, CaseDrift, case_drift
from poseconvert.runners.mil import MilRunner
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Outputs
from poseconvert.stages.coreml_options import CoreMLOptions, Way
from poseconvert.stages.stage import PACKAGE


class Trials:
    """Makes a package of a graph with some ops in float32 and measures its joints.

    Nothing is measured twice; one package at a time stands in ``work``.

    Parameters
    ----------
    graph : ``model.simplified.onnx``; its joints on ONNX Runtime are the reference.
    work : an empty folder.
    inputs : what is run.
    specs : decode specs of the heads.
    way, network : how packages are made; ``network`` for the route ``torch`` only.

    Raises
    ------
    GraphError, RunError : the graph does not run.
    """

    def __init__(
        self,
        graph: Path,
        work: Path,
        inputs: Inputs,
        *,
        specs: Sequence[DecodeSpec],
        way: Way,
        network: Source | None,
        progress: Progress,
    ) -> None:
        self._maker = PackageMaker(
            read_onnx(graph), work / PACKAGE, network=network, progress=progress
        )
        self._specs, self._way, self._progress = specs, way, progress
        self._batch = inputs.batch
        reference = OnnxRunner(graph).run(self._batch)
        self._reference = [_one(reference, index) for index in range(len(self._batch))]
        self.cases = tuple(
            Case(index, name, mode) for mode in MODES for index, name in enumerate(inputs.names)
        )
        self._standing: Package | None = None
        self._measured: dict[tuple[CoreMLOptions, Case], CaseDrift] = {}

    def joints(self) -> CaseDrift:
        """Count the reference's own visible and hidden joints, over all inputs."""
        still = [
            case_drift(case, drifts_between(one, one, specs=self._specs, name=case.input_name))
            for case, one in zip(self.cases[: len(self._batch)], self._reference, strict=True)
        ]
        return replace(
            still[0],
            visible=sum(one.visible for one in still),
            hidden=sum(one.hidden for one in still),
        )

    def package(self, options: CoreMLOptions) -> Package:
        """Make a package, unless it is the one that stands.

        Raises
        ------
        KeepError : the route knows no op by some of the names to keep.
        StageError : there is no such package.
        """
        try:
            anew = self._maker.make(self._way, options)
        except KeepError:
            raise
        except RouteError as error:
            raise StageError(
                f"coreml_from_onnx by {self._way}: {error}. Convert by another --route."
            ) from error
        if anew or self._standing is None:
            self._standing = read_package(self._maker.path)
        return self._standing

    def drift(self, options: CoreMLOptions, case: Case) -> CaseDrift:
        """Measure one case; a package that does not run on it moves joints infinitely far."""
        if (options, case) not in self._measured:
            package = self.package(options)
            self._progress(f"{case.mode} on {case.input_name}")
            self._measured[options, case] = self._run(package, case)
        return self._measured[options, case]

    def _run(self, package: Package, case: Case) -> CaseDrift:
        one = self._batch[case.index : case.index + 1]
        try:
            outputs = MilRunner(package, precision=case.mode).run(one)
            drifts = drifts_between(
                self._reference[case.index], outputs, specs=self._specs, name=case.input_name
            )
        except PoseconvertError as error:
            return CaseDrift(case, float("inf"), reason=str(error))
        return case_drift(case, drifts)

    @property
    def made(self) -> int:
        """How many packages were made."""
        return self._maker.made

    @property
    def nbytes(self) -> int:
        """Bytes of the package that stands."""
        return sum(file.stat().st_size for file in self._maker.path.rglob("*") if file.is_file())


def _one(outputs: Outputs, index: int) -> dict[str, Any]:
    return {name: values[index : index + 1] for name, values in outputs.items()}
