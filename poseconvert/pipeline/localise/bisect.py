"""Write the smallest model that still shows the drift of the first op over tolerance."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx

from poseconvert.conversion.atomic_write import written_at_once
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Progress
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.measurement import Localisation
from poseconvert.pipeline.localise import repro_script
from poseconvert.pipeline.localise.bisect_package import cut_for_core_ml
from poseconvert.pipeline.localise.bisect_simplified import cut_for_simplified
from poseconvert.pipeline.localise.onnx_ops import STAGE
from poseconvert.pipeline.localise.smallest_model import first_fault

SCRIPT = "repro.py"
KIND = "repro"


def write_repro(
    conversion: ConversionFolder,
    found: Localisation,
    inputs: Inputs,
    folder: Path,
    *,
    progress: Progress,
) -> str:
    """Cut out the first op over tolerance and write the smallest model that shows its drift.

    Parameters
    ----------
    folder : written at once; untouched where there is nothing to show.

    Returns
    -------
    str
        What was written, or why nothing was, in a sentence.

    Raises
    ------
    PoseconvertError : an artifact does not run, or ``folder`` cannot be written.
    """
    fault = first_fault(found)
    if fault is None:
        absent = [graph.stage for graph in found.graphs if graph.reason]
        but = f" ({', '.join(absent)} not measured)" if absent else ""
        return (
            f"no op with a counterpart is over tolerance{but}: nothing to bisect, {folder} not made"
        )
    progress(f"bisecting {fault}")
    cut = cut_for_simplified if fault.graph.stage == STAGE else cut_for_core_ml
    repro = cut(conversion, fault, inputs, progress=progress)
    if isinstance(repro, str):
        return f"{repro} {folder} was not made."
    with written_at_once(folder, marker=SCRIPT, kind=KIND) as partial:
        for name, model in repro.models.items():
            onnx.save(model, partial / name)
        np.savez(partial / "input.npz", **repro.inputs)  # type: ignore[arg-type]
        np.savez(partial / "reference.npz", y=repro.reference)
        (partial / "repro.json").write_text(json.dumps(repro.settings, indent=1) + "\n")
        shutil.copyfile(repro_script.__file__, partial / SCRIPT)
    nodes = len(list(repro.models.values())[-1].graph.node)
    size = "1 op that shows" if nodes == 1 else f"{nodes} ops that show"
    return f"wrote {folder}: {size} {fault}; run: python {folder / SCRIPT}"
