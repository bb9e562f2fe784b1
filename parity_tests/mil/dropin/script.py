"""Run as a process of its own: what coremltools does before and after the drop-in is enabled.

Prints one JSON object, and is not collected by pytest: enabling lasts as long as its process.
"""

import asyncio
import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

logging.getLogger("coremltools").setLevel(logging.ERROR)
warnings.simplefilter("ignore")

import coremltools as ct  # noqa: E402
from coremltools.converters.mil import Builder as mb  # noqa: E402, N813
from coremltools.converters.mil.mil import types  # noqa: E402
from coremltools.models.ml_program.experimental.debugging_utils import (  # noqa: E402
    MLModelComparator,
    MLModelValidator,
)

import poseconvert.mil  # noqa: E402

FOLDER = Path(tempfile.mkdtemp())
X = np.random.default_rng(0).normal(size=(1, 2, 4, 4)).astype(np.float32)


def converted(build, shape=(1, 2, 4, 4), inputs=None):
    program = mb.program(input_specs=[mb.TensorSpec(shape)])(build)
    return ct.convert(program, convert_to="mlprogram", inputs=inputs)


def convolution(weight_scale):
    weight = weight_scale * np.ones((3, 2, 1, 1), np.float32)

    def build(x):
        first = mb.conv(x=x, weight=weight, pad_type="valid", name="first")
        return mb.relu(x=first, name="last")

    return converted(build)


def logarithm():
    return converted(lambda x: mb.add(x=mb.log(x=x, name="logarithm"), y=1.0, name="last"))


def refused(action):
    """The text an action fails with; empty where it does not."""
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def compared(reference, candidate):
    comparator = MLModelComparator(reference, candidate)
    close = lambda op, a, b: np.allclose(a, b, rtol=1e-3, atol=1e-3)  # noqa: E731
    found = asyncio.run(comparator.find_failing_ops(inputs={"x": X}, compare_outputs=close))
    return sorted({op.outputs[0].name for op in found})


def invalid(model, x):
    validator = MLModelValidator(model)
    found = asyncio.run(validator.find_failing_ops_with_nan_output(inputs={"x": x}))
    return sorted({op.outputs[0].name for op in found})


def stateful():
    @mb.program(
        input_specs=[mb.TensorSpec((2,), types.fp16), mb.StateTensorSpec((2,), types.fp16)],
        opset_version=ct.target.iOS18,
    )
    def program(x, total):
        added = mb.add(x=x, y=mb.read_state(input=total))
        return mb.coreml_update_state(state=total, value=added, name="sum")

    model = ct.convert(program, convert_to="mlprogram", minimum_deployment_target=ct.target.iOS18)
    state = model.make_state()
    for _ in range(3):
        model.predict({"x": np.ones(2)}, state)
    state.write_state("total", 10 * state.read_state("total"))
    outputs = model.predict({"x": np.ones(2)}, state)
    return [outputs["sum"].tolist(), refused(lambda: state.read_state("other"))]


def main():
    known = convolution(1)
    before = refused(lambda: known.predict({"x": X}))
    native = "coremltools.libcoremlpython" in sys.modules
    poseconvert.mil.enable_coremltools_predict(precision="fp32")
    model = convolution(1)
    path = FOLDER / "first.mlpackage"
    model.save(str(path))
    loaded = ct.models.MLModel(str(path))
    executor = poseconvert.mil.Executor(poseconvert.mil.read_package(path), precision="fp32")
    predicted, expected = loaded.predict({"x": X})["last"], executor.run({"x": X})["last"]
    compiled = ct.models.CompiledMLModel(loaded.get_compiled_model_path())
    picture = converted(
        lambda x: mb.mul(x=x, y=2.0, name="last"),
        (1, 3, 1, 1),
        [ct.ImageType("x", (1, 3, 1, 1), color_layout=ct.colorlayout.BGR)],
    )
    (path / "Data/com.apple.CoreML/weights/weight.bin").unlink(missing_ok=True)
    spec = path / "Data/com.apple.CoreML/model.mlmodel"
    spec.write_bytes(spec.read_bytes().replace(b"CoreML5", b"CoreML4"))
    result = {
        "before": before,
        "native_before": native,
        "repr": repr(loaded.__proxy__),
        "equal": bool(np.array_equal(predicted, expected)),
        "list": [sorted(one) for one in loaded.predict([{"x": X}, {"x": X}])],
        "compiled": bool(np.array_equal(compiled.predict({"x": X})["last"], expected)),
        "picture": picture.predict({"x": Image.new("RGB", (1, 1), (1, 2, 3))})["last"].tolist(),
        "state": stateful(),
        "same": compared(loaded, convolution(1)),
        "different": compared(loaded, convolution(1.5)),
        "nan": invalid(logarithm(), -np.abs(X) - 1),
        "no_nan": invalid(logarithm(), np.abs(X) + 1),
        "wrong_input": refused(lambda: loaded.predict({"x": X[:, :1]})),
        "lost": refused(lambda: ct.models.MLModel(str(path)).predict({"x": X})),
        "unknown": refused(lambda: poseconvert.mil.enable_coremltools_predict(precision="fp8")),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
