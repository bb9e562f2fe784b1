"""Packages of one graph, made in one place: the one that stands there is not made again."""

from __future__ import annotations

import shutil
from pathlib import Path

from onnx import ModelProto

from poseconvert.network.source import Source
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
from poseconvert.stages.coreml_options import CoreMLOptions, Way
from poseconvert.stages.stage import COREML_FROM_ONNX


class PackageMaker:
    """Makes packages by any way and with any options, one at a time.

    Parameters
    ----------
    graph : the simplified graph, which is read once for all of them.
    path : where the package stands.
    network : the PyTorch source, for the route ``torch``.

    Attributes
    ----------
    made : how many were made.
    """

    def __init__(
        self, graph: ModelProto, path: Path, *, network: Source | None, progress: Progress
    ) -> None:
        self.graph, self.path, self.made = graph, path, 0
        self._network, self._progress = network, progress
        self._standing: tuple[Way, CoreMLOptions] | None = None

    def make(self, way: Way, options: CoreMLOptions) -> bool:
        """Put a package in place; return whether it is another one than stood there.

        Raises
        ------
        RouteError : the way makes none; nothing stands then.
        """
        if self._standing == (way, options):
            return False
        self._standing = None
        kept = f", {len(options.keep_fp32)} ops in fp32" if options.keep_fp32 else ""
        self._progress(f"{COREML_FROM_ONNX.name} by {way} ({options.precision}{kept})")
        shutil.rmtree(self.path, ignore_errors=True)
        coreml_from_onnx(self.graph, self.path, options=options, way=way, network=self._network)
        self._standing = (way, options)
        self.made += 1
        return True
