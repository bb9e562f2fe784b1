"""Files of ordinary people convert, and the package answers as the file they have does."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from poseconvert.drift import Parity
from poseconvert.mil import Executor, read_package
from poseconvert.network.source import ModelOptions

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("name", "scale"),
    [("ein", 1 / 255), ("nhwc_i32", None), ("nhwc_u8", None)],
)
def test_it_converts_and_means_the_same(converted, name, scale):
    path = CASES / f"{name}.onnx"
    options = ModelOptions(scale=(scale,) * 3) if scale else ModelOptions()
    made = converted(path, model=options)
    assert made.parity is Parity.HELD, [one.reasons for one in made.result.comparisons]
    package = read_package(made.folder / "model.mlpackage")
    session = onnxruntime.InferenceSession(path)
    (declared,) = session.get_inputs()
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, 64, 64)).astype(np.float32)
    last = declared.shape[3] == 3
    kind = {"tensor(int32)": np.int32, "tensor(uint8)": np.uint8}.get(declared.type, np.float32)
    fed = picture.transpose(0, 2, 3, 1) if last else picture * scale
    expected = session.run(None, {declared.name: fed.astype(kind)})[0]
    executor = Executor(package, precision="fp32")
    (found,) = executor.run({declared.name: picture}).values()
    span = np.ptp(expected)
    np.testing.assert_allclose(found, expected, atol=2e-3 * span)  # weights are float16
