"""``poseconvert diff --ops --bisect DIR``: what is cut out shows the fault to a stranger."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper, parser

from poseconvert.mil import read_package
from poseconvert.pipeline.convert.convert import ConvertOptions, convert

FAULTY = "blocks.6.pointwise.conv"
# onnx2coreml takes the floor whatever nearest_mode says: docs/known-upstream-faults.md.
RESIZED = """
<ir_version: 9, opset_import: ["" : 19]>
g (float[1,3,8,8] image) => (float[1,3,16,16] heatmap)
<float[4] scales = {1, 1, 2, 2}, float[1] half = {0.5}>
{
  a = Mul(image, half)
  b = Resize<mode = "nearest", nearest_mode = "ceil",
             coordinate_transformation_mode = "asymmetric">(a, , scales)
  c = Relu(b)
  heatmap = Sub(c, half)
}
"""


@pytest.fixture
def told(warm_python):
    """Runs the script as a stranger does."""

    def told(folder):
        done = warm_python("repro.py", cwd=folder)
        assert not done.stderr.count("Traceback"), done.stderr
        return done.returncode, done.stdout

    return told


def run(path, fed):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, fed)[0]


def arrays(folder, model):
    stored = np.load(folder / "input.npz")
    fed = {key.partition("/")[2]: stored[key] for key in stored if key.startswith(f"{model}/")}
    return fed, np.load(folder / "reference.npz")["y"]


@pytest.fixture(scope="module")
def wrong_resize(once):
    return once("wrong-resize", resized)


def resized(place):
    onnx.save(parser.parse_model(RESIZED), place / "m.onnx")
    folder = place / "m.poseconvert"
    folder.mkdir()
    options = ConvertOptions(route="onnx2coreml")
    convert(place / "m.onnx", folder, target=folder, options=options, progress=lambda step: None)
    return folder


def test_an_op_the_converter_gets_wrong_is_cut_out_alone_and_reproduces(
    told, poseconvert, wrong_resize, tmp_path
):
    (tmp_path / "repro").mkdir()
    (tmp_path / "repro" / "repro.py").write_text("of an earlier run: replaced")

    finished = poseconvert("diff", wrong_resize, "--ops", "--bisect", tmp_path / "repro")

    assert finished.code == 1
    assert f"wrote {tmp_path / 'repro'}: 1 op that shows" in " ".join(finished.out.split())
    path = tmp_path / "repro" / "model.onnx"
    assert [node.op_type for node in onnx.load(path).graph.node] == ["Resize"]
    fed, reference = arrays(tmp_path / "repro", "model")
    np.testing.assert_array_equal(run(path, fed), reference)  # ONNX Runtime is the oracle
    code, text = told(tmp_path / "repro")
    assert code == 1
    for library in ("onnx ", "onnxruntime ", "onnx2coreml ", "coremltools ", "poseconvert "):
        assert library in text
    assert "model.onnx: Resize" in text

    # A stranger's mended converter: a mode it converts right.
    model = onnx.load(path)
    (mode,) = (a for a in model.graph.node[0].attribute if a.name == "nearest_mode")
    mode.s = b"floor"
    onnx.save(model, path)
    np.savez(tmp_path / "repro" / "reference.npz", y=run(path, fed))
    assert told(tmp_path / "repro")[0] == 0


def test_what_the_simplification_changed_is_cut_out_of_both_models(
    told, poseconvert, conversion_copy, tmp_path
):
    path = conversion_copy / "model.simplified.onnx"
    model = onnx.load(path)
    weight = next(t for t in model.graph.initializer if t.name == f"{FAULTY}.weight")
    values = numpy_helper.to_array(weight).copy()
    values.flat[values.size // 2] += 3
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    onnx.save(model, path)
    folder = tmp_path / "repro"

    finished = poseconvert("diff", conversion_copy, "--allow-edited", "--ops", "--bisect", folder)

    assert finished.code == 1
    assert [n.op_type for n in onnx.load(folder / "simplified.onnx").graph.node] == ["Conv"]
    fed, reference = arrays(folder, "model")
    np.testing.assert_allclose(run(folder / "model.onnx", fed), reference, rtol=0, atol=1e-5)
    assert told(folder)[0] == 1

    (folder / "simplified.onnx").write_bytes((folder / "model.onnx").read_bytes())
    assert told(folder)[0] == 0


def test_a_healthy_conversion_writes_nothing(poseconvert, tiny_conversion, tmp_path):
    finished = poseconvert("diff", tiny_conversion, "--ops", "--bisect", tmp_path / "repro")

    assert finished.code == 0
    assert "nothing to bisect" in finished.out
    assert not (tmp_path / "repro").exists()


def test_a_package_that_no_converter_made_is_said_to_be_so(poseconvert, conversion_copy, tmp_path):
    """An edited weight: converted again the op is right, so there is nothing to report."""
    path = conversion_copy / "model.mlpackage"
    name = f"{FAULTY.replace('.', '_')}_weight_to_fp16"
    constant = read_package(path).program.main.constants()[name]
    file = next(path.rglob("weight.bin"))
    changed = np.array(constant.array)
    changed.flat[changed.size // 2] += 3
    file.write_bytes(file.read_bytes().replace(constant.array.tobytes(), changed.tobytes()))

    finished = poseconvert(
        "diff", conversion_copy, "--allow-edited", "--ops", "--bisect", tmp_path / "repro"
    )

    assert finished.code == 1
    assert "is not what onnx2coreml makes of it" in " ".join(finished.out.split())
    assert not (tmp_path / "repro").exists()


def test_a_folder_of_other_things_is_left_alone(poseconvert, wrong_resize, tmp_path):
    (tmp_path / "thesis.txt").write_text("x")

    finished = poseconvert("diff", wrong_resize, "--ops", "--bisect", tmp_path)

    assert (finished.code, len(finished.errors)) == (2, 1)
    assert "holds files that are not a repro" in finished.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_bisect_without_ops_is_refused(poseconvert, tiny_conversion, tmp_path):
    finished = poseconvert("diff", tiny_conversion, "--bisect", tmp_path / "repro")

    assert finished.code == 2
    assert "Give --ops too" in finished.err
