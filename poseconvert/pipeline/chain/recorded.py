"""What another runtime said, recorded: a phone, a Mac, anything that writes goldens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.conversion.golden import Goldens, read_goldens
from poseconvert.decoding import DecodeSpec, decode
from poseconvert.drift import Comparison, Tolerance, compare_outputs, judge, not_run
from poseconvert.files import followed
from poseconvert.pipeline.chain.evaluate import Evaluation, Link, Progress, evaluate
from poseconvert.pipeline.chain.inputs import Inputs, tensor_of
from poseconvert.runners.recorded import RecordedRunner

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


def replayed(recorded: Goldens, link: Link) -> Link:
    """Put what was recorded in the place of what runs an artifact."""
    return replace(link, open=partial(recorded_runner, recorded), refused="")


def recorded_runner(recorded: Goldens) -> RecordedRunner:
    """Replay what was recorded."""
    given = [tensor_of(values) for values in recorded.inputs]
    return RecordedRunner(recorded.runner, recorded.names, given, recorded.outputs)


def recorded_evaluation(
    recorded: Goldens,
    inputs: Inputs,
    *,
    specs: Sequence[DecodeSpec],
    of: Link,
    progress: Progress,
) -> Evaluation:
    """Replay what was recorded on ``inputs``.

    ``of`` is a link of the package that was recorded: the one an app ships.
    Inputs that are not byte for byte those of the run are a reason not to judge the outputs.
    """
    link = replayed(recorded, of)
    if missing := [name for name in inputs.names if name not in recorded.names]:
        why = f"nothing was recorded for {', '.join(missing[:3])}. Record the goldens."
        link = replace(link, refused=why)
    return evaluate([link], inputs, specs=specs, progress=progress)[0]


def judged_joints(
    recorded: Goldens, evaluation: Evaluation, inputs: Inputs, *, specs: Sequence[DecodeSpec]
) -> Iterator[Comparison]:
    """Judge what an app decoded against our decoder on the same outputs."""
    if not recorded.joints:
        return
    if reason := evaluation.reason:
        yield not_run(DECODED, candidate=evaluation.run, tolerance=DECODING, reason=reason)
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
        reference=replace(evaluation.run, runner="poseconvert's decoder", recorded=False),
        candidate=evaluation.run,
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
