"""Say why parity is not held: each stage that broke, its causes from the cheapest on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from onnx import ModelProto

from poseconvert.conversion.golden import Goldens
from poseconvert.drift import EXECUTOR, Comparison, Parity, verdict
from poseconvert.errors import PoseconvertError
from poseconvert.graph.reader import read_onnx
from poseconvert.mil import read_package
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.measurement import Diagnosis, Measurement
from poseconvert.pipeline.chain.model import LoadedModel
from poseconvert.pipeline.chain.recorded import DECODED
from poseconvert.pipeline.diagnose.batch_norm import fold_causes
from poseconvert.pipeline.diagnose.compressed import compressed_causes
from poseconvert.pipeline.diagnose.conventions import convention_causes
from poseconvert.pipeline.diagnose.declared import lints, normalization_of
from poseconvert.pipeline.diagnose.decoder import decoder_causes
from poseconvert.pipeline.diagnose.float16 import half_causes
from poseconvert.pipeline.diagnose.frames import frame_causes
from poseconvert.pipeline.diagnose.graphs import baked_constants, graph_causes, training_mode
from poseconvert.pipeline.diagnose.hypothesis import Broken, broken_comparisons
from poseconvert.pipeline.diagnose.inputs import input_causes
from poseconvert.pipeline.diagnose.outputs import output_causes
from poseconvert.pipeline.diagnose.package import package_causes
from poseconvert.pipeline.diagnose.pictures import picture_causes
from poseconvert.pipeline.diagnose.sizes import size_causes
from poseconvert.pipeline.localise.onnx_ops import open_onnx
from poseconvert.stages.stage import (
    COMPRESSED_FROM_COREML,
    COREML_FROM_ONNX,
    END_TO_END,
    ONNX,
    ONNX_FROM_TORCH,
    PACKAGE,
    SIMPLIFIED,
    SIMPLIFIED_FROM_ONNX,
)


def diagnose(
    conversion: ConversionFolder,
    measurement: Measurement,
    *,
    model: Path | None,
    pictures: Sequence[Path] = (),
    recorded: Goldens | None = None,
    progress: Progress,
) -> tuple[Diagnosis, ...]:
    """Look for the causes of a parity that is not held; nothing where it is.

    Parameters
    ----------
    model : where MODEL is now; None for where it was.
    pictures : what was measured on, where it was pictures.
    recorded : what another runtime said, where that was judged.
    """
    if verdict(measurement.result.comparisons) is Parity.HELD:
        return ()
    progress("looking for the cause")
    search = _Search(conversion, measurement, model, pictures, recorded)
    checks = (
        search.contract(),
        *search.stages(),
        search.decoding(),
        search.reference(),
        size_causes(measurement.result.comparisons, measurement.manifest),
    )
    found = next((found for check in checks if (found := _all(check))), [])
    found = found or [Diagnosis("unknown", search.advice())]
    return tuple({(one.cause, one.op): one for one in reversed(found)}.values())[::-1]


def _all(checks: Iterator[Diagnosis]) -> list[Diagnosis]:
    """Collect diagnoses; a check gives none where what it needs does not run."""
    found = []
    try:
        for one in checks:
            found.append(one)
    except PoseconvertError:
        pass
    return found


class _Search:
    def __init__(
        self,
        conversion: ConversionFolder,
        measurement: Measurement,
        model: Path | None,
        pictures: Sequence[Path],
        recorded: Goldens | None,
    ) -> None:
        self._conversion = conversion
        self._measurement = measurement
        self._model = model
        self._pictures = pictures
        self._recorded = recorded
        result = measurement.result
        self._broken = list(broken_comparisons(result, measurement.inputs, measurement.specs))

    def contract(self) -> Iterator[Diagnosis]:
        """Check what the files alone show, and outputs that could not be decoded."""
        yield from lints(self._conversion, self._measurement)
        if self._recorded is not None and self._pictures and len(self._recorded.inputs) == 1:
            at = [self._recorded.names.index(name) for name in self._measurement.inputs.names]
            recorded = self._recorded.inputs[0][at]
            if not np.array_equal(recorded, self._measurement.inputs.shown):
                yield from picture_causes(recorded, self._pictures, self._conversion.preprocessing)

    def reference(self) -> Iterator[Diagnosis]:
        """Find the reference alone at fault: both its neighbours agree with one another."""
        parity = {c.stage: c.parity for c in self._measurement.result.comparisons}
        stages = [stage for stage in parity if stage != END_TO_END]
        broken = [stage for stage in stages if parity[stage] is Parity.BROKEN]
        if len(broken) >= 2 and parity.get(END_TO_END) is Parity.HELD:
            yield Diagnosis(
                "reference runtime",
                f"{' and '.join(broken)} are broken, yet the first and the last artifact agree: the"
                " runtime between them is at fault, not the conversion",
            )

    def stages(self) -> Iterator[Iterator[Diagnosis]]:
        """Check every stage that broke, the first one first."""
        alone = [b for b in self._broken if b.comparison.stage != END_TO_END]
        for broken in alone or self._broken:
            yield self._stage(broken)

    def decoding(self) -> Iterator[Diagnosis]:
        """Check what an app decoded."""
        judged: Comparison | None = next(
            (c for c in self._measurement.result.comparisons if c.stage == DECODED), None
        )
        if judged is None or judged.parity is not Parity.BROKEN or self._recorded is None:
            return
        at = [self._recorded.names.index(name) for name in judged.inputs]
        outputs = {name: values[at] for name, values in self._recorded.outputs.items()}
        joints = {head: values[at] for head, values in self._recorded.joints.items()}
        yield from decoder_causes(outputs, joints, self._measurement.specs)

    def _stage(self, broken: Broken) -> Iterator[Diagnosis]:
        for check in self._checks(broken):
            found = _all(check())
            if found:
                yield from found
                return

    def _checks(self, broken: Broken) -> Iterator[Callable[[], Iterator[Diagnosis]]]:
        folder, stage = self._conversion.folder, broken.comparison.stage
        compress = self._conversion.manifest.compress
        if compress and stage == COMPRESSED_FROM_COREML.name:
            comparisons = self._measurement.result.comparisons
            if not broken.candidate.run.recorded:
                yield lambda: compressed_causes(broken, compress.compression, comparisons)
                return
        if broken.candidate.run.recorded:
            yield lambda: frame_causes(broken)
        yield lambda: output_causes(broken)
        graphs = self._graphs(stage)
        if graphs is not None:
            reference, candidate, path = graphs
            yield lambda: training_mode(broken, candidate, path=path)
            yield lambda: baked_constants(broken, reference, candidate)
            yield lambda: fold_causes(broken, reference, candidate)
        known = normalization_of(self._conversion)
        yield lambda: input_causes(broken, known)
        if graphs is not None:
            yield lambda: graph_causes(broken, *graphs[:2], path=graphs[2])
        elif broken.candidate.run.recorded:
            simplified = folder / SIMPLIFIED
            yield lambda: convention_causes(broken, read_onnx(simplified), path=simplified)
            yield lambda: self._on_the_device(broken)
        elif stage == COREML_FROM_ONNX.name:
            package = read_package(folder / PACKAGE)
            source = open_onnx(folder / SIMPLIFIED)
            yield lambda: half_causes(broken, package, self._measurement.result)
            yield lambda: package_causes(broken, package, source, self._conversion)

    def _graphs(self, stage: str) -> tuple[ModelProto, ModelProto, Path] | None:
        """Return the graphs of a stage between two graphs; PyTorch's is exported anew."""
        folder = self._conversion.folder
        if stage == SIMPLIFIED_FROM_ONNX.name:
            return read_onnx(folder / ONNX), read_onnx(folder / SIMPLIFIED), folder / SIMPLIFIED
        if stage != ONNX_FROM_TORCH.name:
            return None
        try:
            origin = self._conversion.origin(self._model)
        except PoseconvertError:
            origin = None
        if origin is None:
            return None
        return _exported(origin), read_onnx(folder / ONNX), folder / ONNX

    def _on_the_device(self, broken: Broken) -> Iterator[Diagnosis]:
        """Say that it is not the package, where the executor holds in every mode."""
        executed = [
            c
            for c in self._measurement.result.comparisons
            if c.stage == broken.comparison.stage and c.candidate.runner == EXECUTOR
        ]
        if executed and all(c.parity is Parity.HELD for c in executed):
            yield Diagnosis(
                "outside the package",
                f"{broken.candidate.run.label} is off where the reference executor holds in"
                f" {len(executed)} precision modes, and no known mistake of feeding or recording"
                " explains it; record another unit of the same device: if that holds, this unit is"
                " at fault, else what feeds and records both",
            )

    def advice(self) -> str:
        """Say what to do where no cause was found."""
        stages = [broken.comparison.stage for broken in self._broken]
        if not stages:
            return "nothing that ran is off; what did not run says why"
        if stages[0] == ONNX_FROM_TORCH.name and self._graphs(stages[0]) is None:
            return f"{stages[0]}: no cause found without MODEL. Give --model"
        return f"{stages[0]}: none of the known causes explains it. Look at the ops: diff --ops"


def _exported(origin: LoadedModel) -> ModelProto:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ONNX
        origin.write_onnx(path)
        return read_onnx(path)
