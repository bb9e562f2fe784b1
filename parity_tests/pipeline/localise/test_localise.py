"""Every op measured: a planted fault is named, a healthy conversion names none."""

import math
import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from poseconvert.conversion.golden import read_goldens
from poseconvert.mil import Executor, read_package
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.localise import package_ops
from poseconvert.pipeline.localise.localise import localise
from poseconvert.pipeline.localise.onnx_ops import OnnxOps, match_onnx, open_onnx
from poseconvert.pipeline.localise.package_ops import PackageOps
from poseconvert.pipeline.localise.package_values import match_package
from poseconvert.reports.ops import first_line, op_sentences
from poseconvert.runners.onnx_values import groups
from poseconvert.runners.runner import Batch

FAULTY = "blocks.6.pointwise.conv"


def found_in(folder, count=2, edited=True):
    goldens = read_goldens(folder)
    inputs = Inputs(goldens.names[:count], {"image": goldens.inputs[0][:count]})
    result = localise(
        open_conversion(folder, allow_edited=edited), inputs, progress=lambda step: None
    )
    return {graph.stage: graph for graph in result.graphs}


@pytest.fixture(scope="module")
def healthy(tiny_conversion):
    return found_in(tiny_conversion)


def change_onnx_weight(path, name, change):
    model = onnx.load(path)
    weight = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    values = change(numpy_helper.to_array(weight).copy())
    weight.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))
    onnx.save(model, path)


def change_package_weight(path, name, amount):
    constant = read_package(path).program.main.constants()[name]
    file = next(path.rglob("weight.bin"))
    stored, old = file.read_bytes(), constant.array.tobytes()
    assert stored.count(old) == 1
    changed = np.array(constant.array)
    changed.flat[changed.size // 2] += amount
    file.write_bytes(stored.replace(old, changed.tobytes()))


def test_a_healthy_conversion_names_no_op_and_compares_every_value(healthy):
    assert list(healthy) == [
        "simplified_from_onnx", "coreml_from_onnx/fp32", "coreml_from_onnx/fp16",
    ]  # fmt: skip
    for graph in healthy.values():
        assert graph.first is None, first_line(graph)
        assert not graph.reason
        assert graph.ops
        assert not graph.unmatched
        assert all(op.measured and op.local.elements for op in graph.ops)
    assert not healthy["coreml_from_onnx/fp32"].unused


def test_ops_carry_the_module_they_come_from(healthy):
    for graph in healthy.values():
        modules = {op.module for op in graph.ops}
        assert {FAULTY, "blocks.6.pointwise", "heads.heatmap2d"} <= modules


def test_local_drift_stays_small_where_accumulated_drift_grows(healthy):
    ops = healthy["coreml_from_onnx/fp16"].ops
    early, late = ops[:10], ops[-20:-8]
    assert max(op.local.relative for op in ops) < 1e-3
    accumulated = [np.mean([op.accumulated.relative for op in part]) for part in (early, late)]
    assert accumulated[1] > 2 * accumulated[0]


def test_float16_ops_with_the_largest_local_drift_were_tried(healthy):
    ops = healthy["coreml_from_onnx/fp16"].ops
    tried = [op for op in ops if op.tried]
    assert 5 <= len(tried) <= 10
    assert max(ops, key=lambda op: op.local.relative) in tried
    assert all(joint.px < 0.5 for op in tried for joint in op.joints if not joint.flipped)


def test_local_drift_is_that_of_the_op_alone(tiny_conversion):
    """The same number another way: the op's own kernel on float32's inputs, rounded."""
    package = read_package(tiny_conversion / "model.mlpackage")
    goldens = read_goldens(tiny_conversion)
    one = Inputs(goldens.names[:1], {"image": goldens.inputs[0][:1]}).batch
    name = "getitem_45_cast_fp16"
    kept = Executor(package, precision="fp32").run(one.tensors, keep=(name, "relu6_14_cast_fp16"))
    import torch

    constants = package.program.main.constants()
    weight, bias = (
        torch.tensor(np.asarray(constants[given].array, np.float32))
        for given in (
            "blocks_7_depthwise_conv_weight_to_fp16", "blocks_7_depthwise_conv_weight_bias_to_fp16",
        )
    )  # fmt: skip
    read = torch.tensor(kept["relu6_14_cast_fp16"]).half().float()
    alone = torch.nn.functional.conv2d(read, weight, bias, padding=1, groups=len(weight))
    difference = np.abs(alone.half().float().numpy() - kept[name])

    graph = found_in(tiny_conversion, count=1)["coreml_from_onnx/fp16"]
    row = next(op for op in graph.ops if op.value == name)
    assert row.local.max_abs == pytest.approx(float(difference.max()), rel=1e-3)


def test_a_weight_changed_in_the_simplified_graph_is_named_with_its_joints(conversion_copy):
    def change(values):
        values.flat[values.size // 2] += 3
        return values

    change_onnx_weight(conversion_copy / "model.simplified.onnx", f"{FAULTY}.weight", change)

    graphs = found_in(conversion_copy)

    first = graphs["simplified_from_onnx"].first
    assert first.module == FAULTY
    assert first.matched == "name"
    assert first.local.relative > 0.01
    assert first.tried
    assert first.joints
    after = [op for op in graphs["simplified_from_onnx"].ops if op.depth > first.depth]
    assert all(op.local.relative < 1e-6 for op in after)
    assert after[0].accumulated.relative > 1e-3
    assert graphs["coreml_from_onnx/fp16"].first is None
    line = first_line(graphs["simplified_from_onnx"])
    assert line.startswith("first op over 5e-5 of range alone, 0.0005 accumulated: " + FAULTY)
    assert "moved " in line


def test_a_weight_changed_in_the_package_is_named_with_its_joints(conversion_copy):
    name = FAULTY.replace(".", "_") + "_weight_to_fp16"
    change_package_weight(conversion_copy / "model.mlpackage", name, 3)

    graphs = found_in(conversion_copy)

    assert graphs["simplified_from_onnx"].first is None
    assert graphs["coreml_from_onnx/fp16"].first is None
    first = graphs["coreml_from_onnx/fp32"].first
    assert (first.module, first.type) == (FAULTY, "conv")
    assert first.local.relative > 0.01
    assert first.joints


def test_an_op_that_float16_cannot_hold_is_named_with_its_hazard(tiny_conversion, tmp_path):
    """Values of one op times a million and of the next by a million: float32 does not mind."""
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert

    path = tmp_path / "hostile.onnx"
    shutil.copy(tiny_conversion / "model.onnx", path)
    for name, factor in (
        ("val_0", 1e6),
        ("scalar_tensor_default", 1e6),
        ("stem.conv.weight", 1e-6),
    ):
        change_onnx_weight(path, name, lambda values, factor=factor: values * factor)
    folder = tmp_path / "hostile.poseconvert"
    folder.mkdir()
    options = ConvertOptions(rescue=False)
    convert(path, folder, target=folder, options=options, progress=lambda step: None)

    graph = found_in(folder)["coreml_from_onnx/fp16"]

    assert graph.first is not None
    assert graph.first.type in ("mul", "cast")
    assert math.isnan(graph.first.accumulated.relative)
    line = first_line(graph)
    assert "NaN or Inf" in line
    assert "infinite in fp16" in line


def test_what_does_not_run_has_a_reason_and_no_ops(conversion_copy):
    (conversion_copy / "model.onnx").unlink()
    graphs = found_in(conversion_copy)

    missing = graphs["simplified_from_onnx"]
    assert not missing.ops
    assert "model.onnx" in missing.reason
    assert "\n" not in missing.reason
    assert graphs["coreml_from_onnx/fp16"].ops
    assert op_sentences(missing)[0].startswith("not measured: ")


def test_an_edited_package_is_not_measured_unless_allowed(conversion_copy):
    name = FAULTY.replace(".", "_") + "_weight_to_fp16"
    change_package_weight(conversion_copy / "model.mlpackage", name, 3)

    graphs = found_in(conversion_copy, edited=False)

    for stage in ("coreml_from_onnx/fp32", "coreml_from_onnx/fp16"):
        assert not graphs[stage].ops
        assert "was edited" in graphs[stage].reason
    assert graphs["simplified_from_onnx"].ops


def test_renamed_values_are_matched_by_structure(tiny_conversion, tmp_path):
    """No name of the reference survives but those of inputs and outputs."""
    path = tmp_path / "renamed.onnx"
    model = onnx.load(tiny_conversion / "model.onnx")
    fixed = {"image", *(v.name for v in model.graph.output)}
    fixed |= {t.name for t in model.graph.initializer}
    other = {}
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = [
                name if name in fixed else other.setdefault(name, f"other{97 - len(other)}")
                for name in names
            ]
    del model.graph.value_info[:]
    onnx.save(model, path)
    goldens = read_goldens(tiny_conversion)
    one = Inputs(goldens.names[:1], {"image": goldens.inputs[0][:1]}).batch

    before, after = open_onnx(tiny_conversion / "model.onnx"), open_onnx(path)
    matches = match_onnx(before, after, one)

    values = {match.reference: name for name, match in matches.items()}
    assert len(other) == 56
    assert {name: values.get(name) for name in other} == other
    assert {name: match.how for name, match in matches.items() if name not in fixed} == (
        dict.fromkeys(other.values(), "structure")
    )


def test_values_are_let_go_in_lock_step(tiny_conversion, monkeypatch):
    """Neither walks nor the ONNX side ever hold as many values as there are ops."""
    held = []
    real = PackageOps._against

    def watched(self, step, local, forced, reference):
        real(self, step, local, forced, reference)
        held.append(max(forced.held, reference.values.held))

    monkeypatch.setattr(package_ops.PackageOps, "_against", watched)
    package = read_package(tiny_conversion / "model.mlpackage")
    source = open_onnx(tiny_conversion / "model.simplified.onnx")
    names = [name for op in source.graph.ops for name in op.gives]
    largest = max(map(source.graph.nbytes, names))
    source.values._groups = groups(names, nbytes=source.graph.nbytes, bound=2 * largest)
    goldens = read_goldens(tiny_conversion)
    one = Inputs(goldens.names[:1], {"image": goldens.inputs[0][:1]}).batch
    matches = match_package(package, source, one)
    ops = PackageOps(package, True, source, matches, {}, (), lambda given: given)
    source.values.feed(one)
    ops.run(one, "one")

    assert len(held) == len(ops.graphs()[0].ops)
    assert max(held) < len(held) // 2


def test_a_nan_in_the_simplified_graph_is_never_a_pass(conversion_copy):
    def change(values):
        values.flat[0] = np.nan
        return values

    change_onnx_weight(conversion_copy / "model.simplified.onnx", f"{FAULTY}.weight", change)
    goldens = read_goldens(conversion_copy)
    one = Inputs(goldens.names[:1], {"image": goldens.inputs[0][:1]}).batch
    before = open_onnx(conversion_copy / "model.onnx")
    after = open_onnx(conversion_copy / "model.simplified.onnx")
    ops = OnnxOps(before, after, match_onnx(before, after, one), ())
    before.values.feed(one)
    after.values.feed(one)
    ops.run(one, "one")

    first = ops.graph().first
    assert first.module == FAULTY
    assert math.isnan(first.local.relative)
    assert "NaN or Inf" in first_line(ops.graph())


def test_ops_of_blocks_are_listed_with_their_owner_and_measured_through_it(save_mil):
    """A branch around two ops: the fp16 program's cond is one row, its blocks' ops are not."""
    package = read_package(save_mil)
    ops = PackageOps(package, True, None, {}, {}, (), lambda given: given)
    ops.run(Batch({"x": np.array([[1.0, -2.0, 3.3333]], np.float32)}), "one")
    (graph,) = ops.graphs()
    owners = {owner for _, owner in graph.nested}
    assert len(owners) == 1
    row = next(op for op in graph.ops if op.name in owners)
    assert row.type == "cond"
    assert row.measured
    assert not {inner for inner, _ in graph.nested} & {op.name for op in graph.ops}


@pytest.fixture
def save_mil(tmp_path):
    import coremltools as ct
    from coremltools.converters.mil import Builder

    mb = Builder

    @Builder.program(input_specs=[Builder.TensorSpec(shape=(1, 3))], opset_version=ct.target.iOS16)
    def program(x):
        total = mb.reduce_sum(x=x, axes=[1], keep_dims=False)
        positive = mb.squeeze(x=mb.greater(x=total, y=0.0), axes=[0])
        return mb.cond(
            pred=positive,
            _true_fn=lambda: mb.mul(x=mb.exp(x=x), y=0.3),
            _false_fn=lambda: mb.mul(x=x, y=2.0),
        )

    path = tmp_path / "branch.mlpackage"
    ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS16,
        compute_precision=ct.precision.FLOAT16,
        skip_model_load=True,
    ).save(str(path))
    return path
