"""What another runtime said, recorded: a phone, a Mac, anything that writes goldens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.conversion.golden import Goldens, read_goldens
from poseconvert.decoding import DecodeSpec, decode
from poseconvert.drift import Comparison, Tolerance, compare_outputs, judge, not_run
from poseconvert.errors import PoseconvertError
from poseconvert.files import followed
from poseconvert.pipeline.chain.evaluate import Evaluation, Link
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.runners.recorded import recorded_runner
from poseconvert.runners.runner import Outputs

_OUTSIDE = -1000.0

#: The row in which an app's joints are judged: no stage makes them.
DECODED = "decoding"
DECODING = Tolerance(
    1e-5, None, 0.05, "one decoder on one set of outputs: only the float type may differ"
)


def read_recorded(folder: Path) -> Goldens:
    """Read what was recorded: ``golden.json`` in ``folder`` or in its ``golden/``.

    Raises
    ------
    ConversionError : missing, malformed, or a changed hash.
    """
    return read_goldens(followed(folder).parent if folder.name == "golden" else folder)


def recorded_evaluation(
    recorded: Goldens, inputs: Inputs, *, specs: Sequence[DecodeSpec], of: Link
) -> Evaluation:
    """Return the recorded outputs as if the package had run now.

    ``of`` is a link of the package that was recorded: the one an app ships.
    Inputs that are not byte for byte those of the run are a reason not to judge the outputs.
    """
    link = replace(of, open=recorded_runner, refused="")
    label = f"{recorded.runner}, recorded"
    missing = [name for name in inputs.names if name not in recorded.names]
    if missing:
        return Evaluation(
            link, reason=f"nothing was recorded for {', '.join(missing[:3])}. Record the goldens."
        )
    at = [recorded.names.index(name) for name in inputs.names]
    outputs: Outputs = {name: values[at] for name, values in recorded.outputs.items()}
    given = [values[at] for values in recorded.inputs]
    if len(given) != len(inputs.values):
        other = f"it was recorded on {len(given)} inputs, these are {len(inputs.values)}."
        return Evaluation(link, label, outputs, reason=f"{other} Record it on the same.")
    for theirs, ours in zip(given, inputs.values.values(), strict=True):
        if other := _other_inputs(theirs, ours, inputs.names):
            return Evaluation(link, label, outputs, reason=other)
    try:
        poses = tuple(decode(outputs, spec) for spec in specs)
    except PoseconvertError as error:
        return Evaluation(link, label, outputs, reason=str(error))
    return Evaluation(link, label, outputs, poses)


def _other_inputs(recorded: NDArray[Any], values: NDArray[Any], names: Sequence[str]) -> str:
    """Say how the recorded inputs are not those of the run; empty where they are."""
    if recorded.shape != values.shape or recorded.dtype != values.dtype:
        return (
            f"it was recorded on inputs {recorded.shape[1:]} {recorded.dtype}, these are"
            f" {values.shape[1:]} {values.dtype}. Record it on the same."
        )
    for name, theirs, ours in zip(names, recorded, values, strict=True):
        if not np.array_equal(theirs, ours):
            apart = np.abs(theirs.astype(np.float64) - ours.astype(np.float64))
            return (
                f"it was recorded on another input {name}: {np.count_nonzero(apart)} of"
                f" {apart.size} values differ, by up to {apart.max():g}. Feed the stored bytes."
            )
    return ""


def judged_joints(
    recorded: Goldens, evaluation: Evaluation, inputs: Inputs, *, specs: Sequence[DecodeSpec]
) -> Iterator[Comparison]:
    """Judge what an app decoded against our decoder on the same outputs."""
    if not recorded.joints:
        return
    package, reason = evaluation.link.artifact, evaluation.reason
    if reason:
        yield not_run(DECODED, candidate=package, tolerance=DECODING, reason=reason)
        return
    at = [recorded.names.index(name) for name in inputs.names]
    theirs = {head: joints[at] for head, joints in recorded.joints.items()}
    expected = decoded(evaluation.outputs, specs)
    names = {f"joints {head}": joints for head, joints in expected.items() if head in theirs}
    outputs = compare_outputs(
        {name: present(values) for name, values in names.items()},
        {f"joints {head}": present(values) for head, values in theirs.items()},
        tolerance=DECODING,
    )
    yield judge(
        DECODED,
        reference=f"{package} on poseconvert's decoder",
        candidate=f"{package} on {evaluation.label}",
        inputs=inputs.names,
        outputs=outputs,
        joints=(),
        tolerance=DECODING,
    )


def decoded(
    outputs: Mapping[str, Any], specs: Sequence[DecodeSpec]
) -> dict[str, NDArray[np.float64]]:
    """Return positions (N, J, 2 or 3) by head."""
    return {
        "3d" if spec.dims == 3 else "2d": np.asarray(decode(dict(outputs), spec).position)
        for spec in specs
    }


def present(positions: NDArray[Any]) -> NDArray[Any]:
    """Put absent joints outside, so that one that is absent on one side only shows."""
    return np.where(np.isnan(positions), _OUTSIDE, positions)
