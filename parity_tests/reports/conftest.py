"""Small measurements made by hand: no network, no conversion."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poseconvert.conversion.manifest import Artifact, Manifest, ModelRecord
from poseconvert.decoding import DecodeSpec, Pose
from poseconvert.drift import (
    Comparison,
    JointDrift,
    OutputDrift,
    Parity,
    TensorDrift,
    Tolerance,
    not_run,
)
from poseconvert.pipeline.chain import ChainResult, Evaluation, Link
from poseconvert.pipeline.inputs import Inputs
from poseconvert.pipeline.measurement import Measurement

SIZE = 64
NAMES = ("first", "second")
TOLERANCE = Tolerance(None, 55.0, 0.5, "made up for the test")
DRIFT = TensorDrift(8, 0.05, 0.01, 0.02, 61.25, 0, (0, 1, 2, 3), 0.5, 0.55)
SPEC = DecodeSpec(
    skeleton="coco_17", joints=17, grid=(4, 4), stride=(16.0, 16.0), size=(SIZE, SIZE),
    heatmap="heatmap", offset="offset",
)  # fmt: skip


def joint(name: str, **changes) -> JointDrift:
    standard = JointDrift(name, "first", "2d", "visible", 0.23, 0.0, 0.9, 0.89, 0.4, "safe")
    return replace(standard, **changes)


def comparison(stage: str = "coreml_from_onnx", **changes) -> Comparison:
    standard = Comparison(
        stage=stage,
        reference="model.simplified.onnx on ONNX Runtime 1.32.0",
        candidate="model.mlpackage on reference executor (fp16)",
        inputs=NAMES,
        outputs=(OutputDrift("heatmap", DRIFT, ""),),
        joints=(
            joint("leftEye", band="absent", score=0.0, displacement_px=np.nan, standing="at risk"),
            joint("nose"),
            joint("leftWrist", standing="at risk", displacement_px=0.1, margin=0.01),
            joint("leftEar", band="occluded", score=0.2, standing="flipped", displacement_px=90.0),
        ),
        tolerance=TOLERANCE,
        parity=Parity.HELD,
        reasons=(),
    )
    return replace(standard, **changes)


BROKEN = comparison(
    parity=Parity.BROKEN,
    reasons=tuple(f"heatmap: drift {n} of the range, allowed 1e-5; worst at [0]" for n in range(9)),
)
NOT_RUN = not_run(
    "coreml_from_onnx",
    candidate="model.mlpackage",
    tolerance=TOLERANCE,
    reason="model.mlpackage did not run: it was edited after the conversion",
)


def pose(*places: tuple[float, float, float], cells: int = 0) -> Pose:
    """17 joints on two inputs: x, y, score of the first ones, the others absent."""
    position, score = np.full((2, 17, 2), np.nan), np.zeros((2, 17))
    cell = np.full((2, 17), -1)
    for j, (x, y, peak) in enumerate(places):
        position[:, j], score[:, j], cell[:, j] = (x, y), peak, cells
    return Pose(position, score, cell)


def evaluation(artifact: str, label: str, made: Pose, tolerance: Tolerance | None) -> Evaluation:
    return Evaluation(Link(artifact, "stage", list, tolerance), label, {}, (made,))


MANIFEST = Manifest(
    created_utc="2026-01-01T00:00:00+00:00",
    versions={"poseconvert": "0.1.0", "torch": "2.13.0"},
    model=ModelRecord("../net.pth", "a" * 64, "posenet", {"width": 0.5}, {"scale": None}),
    notes=("1 of 31 ops kept in float32",),
    input_name="image",
    input_shape=(1, 3, SIZE, SIZE),
    input_kind="image",
    outputs={"heatmap": (1, 17, 4, 4)},
    preprocessing=None,
    decode=(SPEC.to_dict(),),
    precision="fp16",
    keep_fp32=("conv1",),
    target="iOS16",
    artifacts=(Artifact("model.onnx", "onnx", "onnx_from_torch", "b" * 64),),
    parity=(),
    tolerances={},
    verdict="held",
)


@pytest.fixture
def measure() -> Callable[..., Measurement]:
    """Make a measurement of given comparisons and poses; the first pose is the reference."""

    def make(*comparisons, poses=(), names=NAMES, values=None, **manifest) -> Measurement:
        if values is None:
            values = np.full((len(names), SIZE, SIZE, 3), 90, np.uint8)
        evaluations = [
            evaluation(f"model{n}.onnx", f"runner {n}", made, TOLERANCE if n else None)
            for n, made in enumerate(poses)
        ]
        result = ChainResult(tuple(evaluations), comparisons)
        return Measurement(Path("x"), replace(MANIFEST, **manifest), result, Inputs(names, values))

    return make


@pytest.fixture
def made():
    """The records above by name, for test modules cannot import this file."""

    class Made:
        joint = staticmethod(joint)
        comparison = staticmethod(comparison)
        pose = staticmethod(pose)
        broken, not_run, drift, spec, size = BROKEN, NOT_RUN, DRIFT, SPEC, SIZE

    return Made
