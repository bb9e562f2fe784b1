"""A conversion's tests pass when it is held; each fails, with the reason, when it is not."""

import shutil

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from poseconvert.errors import ConversionError
from poseconvert.testing import Checks

STAGES = ("onnx_from_torch", "simplified_from_onnx", "coreml_from_onnx", "end_to_end")


@pytest.fixture(scope="module")
def good(tiny_conversion):
    return Checks(tiny_conversion)


def failing(checks):
    """Return the names of the tests that fail, without what they say."""
    kinds = {"stage": checks.stages, "golden": checks.goldens, "joint": checks.joints}
    return {
        f"{kind} {name}"
        for kind, names in kinds.items()
        for name in names
        if getattr(checks, kind)(name)
    }


def zeroed(path):
    """Set the largest weight to zero, so that nothing is as it was."""
    model = onnx.load(path)
    weight = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    values = numpy_helper.to_array(weight)
    weight.CopyFrom(numpy_helper.from_array(np.zeros_like(values), weight.name))
    onnx.save(model, path)


def rehashed(folder, name):
    """Let the manifest know the edited bytes, as if the stage had made them."""
    from poseconvert.conversion.manifest import read_manifest
    from poseconvert.conversion.sha256 import digest

    known = {artifact.name: artifact.sha256 for artifact in read_manifest(folder).artifacts}
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace(known[name], digest(folder / name)))


def test_every_stage_golden_and_joint_is_a_test_and_passes(good):
    assert good.stages == STAGES
    assert good.goldens == ("hashes", "heatmap2d", "offset2d", "heatmap3d", "offset3d")
    assert len(good.joints) == len(set(good.joints)) == 48
    assert {"2d-rHand", "3d-Nose"} < set(good.joints)
    assert failing(good) == set()


def test_a_stage_that_broke_fails_in_itself_its_goldens_and_says_why(conversion_copy):
    zeroed(conversion_copy / "model.simplified.onnx")
    rehashed(conversion_copy, "model.simplified.onnx")
    checks = Checks(conversion_copy)
    found = failing(checks)

    assert {"stage simplified_from_onnx", "stage coreml_from_onnx"} <= found
    assert not {"stage onnx_from_torch", "stage end_to_end", "golden hashes"} & found
    assert any(name.startswith("golden ") for name in found)
    assert "model.simplified.onnx on ONNX Runtime" in checks.stage("simplified_from_onnx")[0]
    assert " is broken: " in checks.stage("simplified_from_onnx")[0]


def test_what_was_edited_does_not_run_and_so_fails(conversion_copy):
    zeroed(conversion_copy / "model.onnx")
    checks = Checks(conversion_copy)

    assert "was edited after the conversion" in checks.golden("hashes")[0]
    assert "is not run: model.onnx did not run" in checks.stage("onnx_from_torch")[0]
    assert checks.stage("simplified_from_onnx")
    assert "model.onnx did not run" in checks.golden("heatmap2d")[0]
    assert not checks.stage("end_to_end"), "both of its ends are as they were"


def test_joints_that_were_not_measured_fail(conversion_copy):
    shutil.rmtree(conversion_copy / "model.mlpackage")
    checks = Checks(conversion_copy)
    assert checks.joint("2d-rHand")[-1] == "2d-rHand: was not measured end to end"
    assert checks.stage("end_to_end")
    assert "model.mlpackage is missing" in checks.golden("hashes")[0]


def test_a_name_that_is_no_joint_or_stage_fails(good):
    assert good.joint("2d-tail") == ("2d-tail: was not measured end to end",)
    assert good.stage("coreml") == ("coreml: did not run",)


def test_an_edited_golden_is_refused_whatever_is_asked(conversion_copy):
    path = next((conversion_copy / "golden").glob("*.f32"))
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    checks = Checks(conversion_copy)
    for ask, name in ((checks.golden, "hashes"), (checks.stage, "end_to_end")):
        with pytest.raises(ConversionError, match=r"was edited \(SHA-256 differs\)"):
            ask(name)


def test_the_chain_runs_once(tiny_conversion, monkeypatch):
    from poseconvert.pipeline.diff import diff

    runs = []
    measure = diff.measure
    monkeypatch.setattr(diff, "measure", lambda *a, **k: runs.append(1) or measure(*a, **k))
    failing(Checks(tiny_conversion))
    assert runs == [1]


def test_a_strangers_conversion_runs_in_a_child_before_it_runs_here(conversion_copy, monkeypatch):
    asked = []

    def child(command, folder):
        asked.append((command, folder))
        return "a library crashed on it (SIGSEGV)"

    monkeypatch.setattr("poseconvert.testing.checks.refused_in_a_child", child)
    assert Checks(conversion_copy).stage("simplified_from_onnx") == ()
    assert asked == [], "made here: nothing is run twice"

    manifest = conversion_copy / "manifest.json"
    manifest.write_text(manifest.read_text() + "\n")
    checks = Checks(conversion_copy)
    for ask, name in ((checks.stage, "simplified_from_onnx"), (checks.joint, "2d-Nose")):
        with pytest.raises(ConversionError, match="a library crashed on it"):
            ask(name)
    assert asked == [("diff", conversion_copy)], "refused once, for all tests"
