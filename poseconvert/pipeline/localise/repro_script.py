"""Shows the drift of ``model.onnx`` beside this file: ``python repro.py``.

It needs onnx, onnxruntime, the converter that ``repro.json`` names with coremltools, and
poseconvert for its reference executor. It prints versions and the drift, and ends with 1 while
the drift is there, with 0 once it is gone.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


def drift(expected: NDArray[Any], found: NDArray[Any]) -> float:
    """Return the largest difference over the reference's range; NaN where a value is NaN."""
    if expected.shape != found.shape:
        return float("inf")
    a, b = np.asarray(expected, np.float64), np.asarray(found, np.float64)
    with np.errstate(invalid="ignore"):
        largest, spread = float(np.abs(b - a).max()), float(np.ptp(a)) or float(np.abs(a).max())
    return largest / spread if spread else largest and float("inf")


def on_onnxruntime(model: onnx.ModelProto, inputs: Arrays) -> NDArray[Any]:
    """Run a model with every graph optimisation off."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    output: NDArray[Any] = session.run(None, dict(inputs))[0]
    return output


def on_core_ml(model: onnx.ModelProto, inputs: Arrays, how: Mapping[str, Any]) -> NDArray[Any]:
    """Convert a model as ``how`` says, and run the package on the reference executor."""
    from poseconvert.mil import Executor, read_package

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.mlpackage"
        packaged(model, how).save(str(path))
        executor = Executor(read_package(path), precision=how["mode"], engine="interpreter")
        # Core ML has no integers of 64 bits.
        fed = {n: v.astype(np.int32) if v.dtype == np.int64 else v for n, v in inputs.items()}
        (output,) = executor.run(fed).values()
    return np.asarray(output)


def packaged(model: onnx.ModelProto, how: Mapping[str, Any]) -> Any:
    """Convert a model by the route ``how`` names."""
    import coremltools as ct

    kept = set(how["keep_fp32"])

    def rounds(op: Any) -> bool:
        weight = op.inputs.get("weight") or op.inputs.get("y")
        names = {getattr(one, "name", None) or "" for one in (op, weight)}
        return not kept & (names | {re.sub(r"__(const)?\d+$", "", name) for name in names})

    target, half = getattr(ct.target, how["target"]), how["precision"] == "fp16"
    if how["route"] == "onnxsim":
        import onnxsim

        program = onnxsim.export_coreml(
            model,
            compute_precision=ct.precision.FLOAT32,
            minimum_deployment_target=how["target"],
        )._mil_program
    else:
        from onnx2coreml.converter import Converter

        precision = ct.precision.FLOAT16 if half else ct.precision.FLOAT32
        program = Converter().to_mil(model, target=target, precision=precision)
    return ct.convert(
        program,
        source="milinternal",
        convert_to="mlprogram",
        minimum_deployment_target=target,
        compute_precision=ct.transform.FP16ComputePrecision(op_selector=rounds)
        if half
        else ct.precision.FLOAT32,
        skip_model_load=True,
    )


def main(folder: Path) -> int:
    """Print versions and the drift; return 1 while it is there."""
    how = json.loads((folder / "repro.json").read_text(encoding="utf-8"))
    expected = np.load(folder / "reference.npz")["y"]
    inputs = dict(np.load(folder / "input.npz"))
    models = {name: onnx.load(folder / name) for name in how["models"]}
    print(how["what"])
    for library in how["libraries"]:
        print(f"{library} {version(library)}")
    for name, model in models.items():
        print(f"{name}: {', '.join(node.op_type for node in model.graph.node)}")
    fed = {
        name: {one.name: inputs[f"{Path(name).stem}/{one.name}"] for one in model.graph.input}
        for name, model in models.items()
    }
    again = drift(expected, on_onnxruntime(models["model.onnx"], fed["model.onnx"]))
    print(f"model.onnx on ONNX Runtime, computed again: drift {again:.3g}")
    if "simplified.onnx" in models:
        found = on_onnxruntime(models["simplified.onnx"], fed["simplified.onnx"])
    else:
        found = on_core_ml(models["model.onnx"], fed["model.onnx"], how)
    measured = drift(expected, found)
    print(f"drift {measured:.3g} of the reference's range, {how['limit']:.3g} or more is the fault")
    return 0 if measured < how["limit"] else 1  # NaN is the fault too


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
