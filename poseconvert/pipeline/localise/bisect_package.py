"""Cut out of ``model.simplified.onnx`` what drifts when it is converted to Core ML."""

from __future__ import annotations

import math
import re
from typing import Any

from poseconvert.graph.extract import excerpt
from poseconvert.mil import Executor, read_package
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.how_made import way_of
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.localise.onnx_ops import Opened, open_onnx
from poseconvert.pipeline.localise.package_ops import FP16
from poseconvert.pipeline.localise.repro_script import drift, on_core_ml
from poseconvert.pipeline.localise.smallest_model import Fault, Part, Repro, smallest_part
from poseconvert.runners.runner import Batch
from poseconvert.stages.coreml_from_onnx import seen_by
from poseconvert.stages.coreml_options import KEEPS_OPS, Way
from poseconvert.stages.coreml_package import quiet_coremltools
from poseconvert.stages.stage import PACKAGE, SIMPLIFIED


def cut_for_core_ml(
    conversion: ConversionFolder, fault: Fault, inputs: Inputs, *, progress: Progress
) -> Repro | str:
    """Find the smallest part whose conversion shows the fault; a sentence without one."""
    way = way_of(conversion)
    if way.route not in KEEPS_OPS:
        return "The package was made from PyTorch, so no part of a graph shows its drift;"
    opened = open_onnx(conversion.folder / SIMPLIFIED)
    opened.values.feed(_worst(conversion, opened, fault, inputs.batch))
    settings = _settings(conversion, fault, way)
    made: dict[Part, Repro] = {}

    def shows(part: Part) -> bool:
        progress(f"{part.value} with {len(part.inside) - 1} values before it")
        try:
            made[part] = repro = _repro(opened, part, way, settings)
            with quiet_coremltools():
                fed = {name.partition("/")[2]: value for name, value in repro.inputs.items()}
                found = on_core_ml(repro.models["model.onnx"], fed, settings)
        except Exception:  # a part that does not convert shows no drift; any type is raised
            return False
        return fault.shown(drift(repro.reference, found))

    smallest = smallest_part(opened.graph, fault.value, shows=shows)
    if smallest is None:
        return (
            f"No part of {SIMPLIFIED} shows the drift of {fault} when it is converted again, not"
            f" even all of it: {PACKAGE} is not what {way} makes of it;"
        )
    return made[smallest]


def _repro(opened: Opened, part: Part, way: Way, settings: dict[str, Any]) -> Repro:
    """Cut the part out, as the converter gets it, with the recorded values around it."""
    cut = excerpt(
        opened.graph,
        part.value,
        inside=part.inside,
        shape_of=lambda name: opened.values[name].shape,
    )
    return Repro(
        {"model.onnx": seen_by(way, cut.model)},
        {f"model/{name}": opened.values[value] for name, value in cut.inputs.items()},
        opened.values[part.value],
        settings,
    )


def _worst(conversion: ConversionFolder, opened: Opened, fault: Fault, batch: Batch) -> Batch:
    """Return the input on which the package is furthest from the graph."""
    package = read_package(conversion.folder / PACKAGE)
    executor = Executor(package, precision=_mode(fault), engine="interpreter")

    def distance(index: int) -> float:
        one = batch[index : index + 1]
        opened.values.feed(one)
        found = executor.run(conversion.fed(one).tensors, keep=[fault.op.value])
        measured = drift(opened.values[fault.value], found[fault.op.value])
        return math.inf if math.isnan(measured) else measured

    worst = max(range(len(batch)), key=distance)
    return batch[worst : worst + 1]


def _mode(fault: Fault) -> Any:
    return "fp16" if fault.graph.stage == FP16 else "fp32"


def _settings(conversion: ConversionFolder, fault: Fault, way: Way) -> dict[str, Any]:
    manifest = conversion.manifest
    names = manifest.keep_fp32  # onnxsim writes them without dots
    return {
        "what": f"{fault}: drift {fault.drift:.3g} of the range",
        "limit": fault.limit,
        "models": ["model.onnx"],
        "libraries": ["onnx", "onnxruntime", "coremltools", way.route, "poseconvert"],
        "route": way.route,
        "target": manifest.target,
        "precision": manifest.precision,
        "mode": _mode(fault),
        "keep_fp32": sorted({*names, *(re.sub(r"\W", "_", name) for name in names)}),
    }
