"""Which route to Core ML ships: the first that is held, and what is said of the others."""

import json

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from poseconvert.drift import TOLERANCES, Parity, Run, compare_outputs, judge, not_run
from poseconvert.errors import RouteError, StageError
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.convert.routes import Trial, route_records, shipped, try_routes
from poseconvert.stages.coreml_options import Way

FIRST, SECOND, THIRD = Way("onnx2coreml"), Way("onnxsim"), Way("torch")
TOLERANCE = TOLERANCES["coreml_from_onnx/fp32"]
REFERENCE = {"y": np.linspace(0, 1, 5)}


def compared(drift):
    outputs = compare_outputs(REFERENCE, {"y": REFERENCE["y"] + drift}, tolerance=TOLERANCE)
    return judge(
        "coreml_from_onnx",
        reference=Run("a"),
        candidate=Run("b"),
        inputs=["one"],
        outputs=outputs,
        joints=(),
        tolerance=TOLERANCE,
    )


def tried(**by_route):
    """Try ways whose package drifts by a number, fails with a text, or is not run (None)."""
    made = []

    def make(way):
        made.append(way.route)
        if isinstance(by_route[way.route], str):
            raise RouteError(by_route[way.route])

    def check():
        drift = by_route[made[-1]]
        if drift is None:
            return not_run("s", candidate=Run("c"), tolerance=TOLERANCE, reason="no executor")
        return compared(drift)

    return try_routes((FIRST, SECOND, THIRD), make=make, check=check)


def test_the_first_held_route_ends_the_search():
    (only,) = tried(onnx2coreml=0.0, onnxsim=0.0, torch=0.0)

    assert (only.way, only.parity, only.reason) == (FIRST, Parity.HELD, "")
    assert shipped([only]) is only


def test_a_broken_route_is_refused_with_output_drift_and_allowance():
    broken, held = tried(onnx2coreml=0.25, onnxsim=0.0, torch=0.0)

    assert (broken.parity, broken.output) == (Parity.BROKEN, "y")
    assert broken.drift == pytest.approx(0.25)
    assert broken.allowed == TOLERANCE.relative
    assert shipped([broken, held]).way == SECOND


def test_a_route_without_package_says_why():
    lacking, held = tried(onnx2coreml="lacks Det", onnxsim=0.0, torch=0.0)

    assert (lacking.made, lacking.parity, lacking.reason) == (False, Parity.NOT_RUN, "lacks Det")
    assert held.parity is Parity.HELD


def test_where_none_is_held_the_unproven_one_ships_and_is_not_held():
    trials = tried(onnx2coreml=0.25, onnxsim=None, torch="lacks Det")

    assert shipped(trials).way == SECOND
    assert shipped(trials).parity is Parity.NOT_RUN


def test_where_all_are_broken_the_least_broken_ships_as_broken():
    trials = tried(onnx2coreml=0.25, onnxsim=0.1, torch=0.5)

    assert (shipped(trials).way, shipped(trials).parity) == (SECOND, Parity.BROKEN)


def test_where_no_route_makes_a_package_all_are_named():
    with pytest.raises(StageError, match=r"onnx2coreml lacks A; onnxsim lacks B; torch no source"):
        shipped(tried(onnx2coreml="lacks A", onnxsim="lacks B", torch="no source"))


def test_exactly_one_record_is_marked_as_shipped():
    records = route_records(tried(onnx2coreml=0.25, onnxsim=0.0, torch=0.0))

    assert [(r.route, r.shipped, r.parity) for r in records] == [
        ("onnx2coreml", False, "broken"),
        ("onnxsim", True, "held"),
    ]


def test_nothing_made_at_all_is_no_route():
    with pytest.raises(StageError):
        shipped([Trial(FIRST, Parity.NOT_RUN, made=False, reason="lacks Det")])


def faulty(op, *, channels=4, size=(16, 16), **attributes):
    """A picture through a conv and one op whose onnx2coreml conversion is wrong."""
    weight = np.random.default_rng(0).normal(size=(4, 3, 1, 1)).astype(np.float32) / 100
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "w"], ["a"]),
            helper.make_node(op, ["a"], ["y"], **attributes),
        ],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, 16, 16))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, channels, *size))],
        [numpy_helper.from_array(weight, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


GELU = {"op": "Gelu", "approximate": "tanh"}


def shifted_resize():
    """Nearest, rounding up: onnx2coreml rounds down."""
    model = faulty("Resize", size=(32, 32), mode="nearest", nearest_mode="ceil",
                   coordinate_transformation_mode="asymmetric")  # fmt: skip
    model.graph.node[1].input.extend(["", "scales"])
    scales = numpy_helper.from_array(np.float32([1, 1, 2, 2]), "scales")
    model.graph.initializer.append(scales)
    return model


def converted(model, folder, **options):
    folder.mkdir()
    path = model
    if isinstance(model, onnx.ModelProto):
        path = folder.with_suffix(".onnx")
        onnx.save(model, path)
    options = ConvertOptions(**options)
    return convert(path, folder, target=folder, options=options, progress=lambda step: None)


def routes(measurement):
    return {r.route: (r.shipped, r.parity) for r in measurement.manifest.routes}


@pytest.mark.parametrize(
    ("fault", "least"),
    [(GELU, 1e-5), ({"op": "SpaceToDepth", "channels": 16, "size": (8, 8), "blocksize": 2}, 0)],
)
def test_a_wrong_conversion_is_caught_and_another_route_ships(fault, least, tmp_path):
    """The second one is right: what is caught is the fault, not the op."""
    measurement = converted(faulty(**fault), tmp_path / "out")

    assert measurement.parity is Parity.HELD
    if least:
        refused, used = measurement.manifest.routes
        assert (refused.route, refused.output, refused.parity) == ("onnx2coreml", "y", "broken")
        assert refused.drift > refused.allowed >= least
        assert (used.route, used.shipped) == ("onnxsim", True)
    else:
        assert routes(measurement) == {"onnx2coreml": (True, "held")}


def test_the_wrong_route_is_right_again_from_simpler_ops(tmp_path):
    measurement = converted(faulty(**GELU), tmp_path / "out", route="onnx2coreml")

    assert measurement.parity is Parity.HELD
    assert routes(measurement) == {
        "onnx2coreml": (False, "broken"),
        "onnx2coreml, functions expanded": (True, "held"),
    }


def test_where_no_route_is_held_a_float32_package_shows_it(tmp_path):
    """Float16 must not hide a wrong conversion below its own, wider tolerance."""
    measurement = converted(shifted_resize(), tmp_path / "out", route="onnx2coreml")

    assert measurement.parity is Parity.BROKEN
    assert measurement.manifest.precision == "fp32"
    assert routes(measurement) == {"onnx2coreml": (True, "broken")}
    assert any("no route's float32 package is held" in n for n in measurement.manifest.notes)


def test_a_model_that_no_route_converts_is_refused(tmp_path):
    dilated = faulty("MaxPool", size=(14, 14), kernel_shape=[2, 2], dilations=[2, 2])

    with pytest.raises(StageError, match=r"no route makes a package: onnx2coreml outputs came out"):
        converted(dilated, tmp_path / "out")


def test_the_torch_route_ships_what_the_graph_routes_cannot(tmp_path):
    class Dilated(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.conv = torch.nn.Conv2d(3, 4, 1)
            self.gru = torch.nn.GRU(16, 4, batch_first=True)

        def forward(self, x):
            return self.gru(self.conv(x)[:, 0])[0]

    program = torch.export.export(Dilated().eval(), (torch.zeros(1, 3, 16, 16),))
    torch.export.save(program, tmp_path / "net.pt2")

    measurement = converted(tmp_path / "net.pt2", tmp_path / "out")

    assert measurement.parity is Parity.HELD
    found = {r.route: r for r in measurement.manifest.routes}
    assert found["torch"].shipped
    assert found["onnx2coreml"].reason == "lacks GRU"


def test_an_onnx_file_cannot_go_by_torch(tmp_path):
    with pytest.raises(StageError, match="torch needs the PyTorch source, and MODEL is an ONNX"):
        converted(faulty(**GELU), tmp_path / "out", route="torch")


def test_the_routes_are_in_the_manifest_and_read_back(tmp_path):
    from poseconvert.conversion.manifest import read_manifest

    measurement = converted(faulty(**GELU), tmp_path / "out")

    assert read_manifest(tmp_path / "out").routes == measurement.manifest.routes
    stored = json.loads((tmp_path / "out" / "manifest.json").read_text())["routes"]
    assert 1e-5 <= stored[0]["allowed"] < 1e-3


def test_a_float32_package_is_made_once(tmp_path, monkeypatch):
    from poseconvert.pipeline.chain import package_maker
    from poseconvert.stages.coreml_options import CoreMLOptions

    made = []
    original = package_maker.coreml_from_onnx

    def counted(source, path, **options):
        made.append(options["options"].precision)
        original(source, path, **options)

    monkeypatch.setattr(package_maker, "coreml_from_onnx", counted)
    model = onnx.parser.parse_model(
        '<ir_version: 9, opset_import: ["" : 19]>'
        "g (float[1,3,8,8] x) => (float[1,3,8,8] y) { y = Relu(x) }"
    )
    converted(model, tmp_path / "out", coreml=CoreMLOptions(precision="fp32"))
    assert made == ["fp32"]
