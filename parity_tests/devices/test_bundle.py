"""What goes to the phone: whole, unedited, and loadable by an A11."""

import json
import shutil
from pathlib import Path

import pytest

from poseconvert.conversion.sha256 import digest
from poseconvert.devices.bundle import Settings, write_bundle
from poseconvert.errors import ConversionError, OutputError, PackageError

SAMPLES = Path(__file__).parents[2] / "ios_harness" / "samples"


def bundle(conversions, target, **options):
    return write_bundle(
        conversions, target, settings=Settings(), progress=lambda step: None, **options
    )


def edit(folder, change):
    """Change the manifest by a function on its values."""
    path = folder / "manifest.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_a_bundle_holds_package_goldens_and_plan(conversion_copy, tmp_path):
    plan = bundle([conversion_copy], tmp_path / "PoseBenchData")
    folder = tmp_path / "PoseBenchData" / "copy"
    assert json.loads((tmp_path / "PoseBenchData" / "plan.json").read_text()) == plan
    (model,) = plan["models"]
    assert digest(folder / "model.mlpackage") == model["sha256"]
    assert digest(folder / "golden" / "golden.json") == model["golden_sha256"]
    assert model["spec_version"] <= 7
    assert model["input"] == {"name": "image", "width": 64, "height": 64, "fit": "letterbox"}
    assert [spec["heatmap"] for spec in model["decode"]] == ["heatmap2d", "heatmap3d"]
    assert len(plan["skeletons"]["dual_head_24"]["joints"]) == 24
    assert model["tolerance"]["floor_factor"] == 8


def test_the_settings_are_the_methods(conversion_copy, tmp_path):
    settings = bundle([conversion_copy], tmp_path / "PoseBenchData")["settings"]
    assert settings["warmup_count"] >= 30
    assert settings["warmup_s"] >= 2
    assert settings["burst_count"] >= 1024
    assert settings["burst_s"] >= 60
    assert settings["sustained_s"] == 600
    assert settings["runs"] >= 3


def test_an_edited_package_is_refused_and_nothing_is_written(conversion_copy, tmp_path):
    weights = next(conversion_copy.glob("model.mlpackage/**/weight.bin"))
    weights.write_bytes(weights.read_bytes() + b"\0")
    with pytest.raises(ConversionError, match=r"model\.mlpackage was edited after the conversion"):
        bundle([conversion_copy], tmp_path / "PoseBenchData")
    assert not (tmp_path / "PoseBenchData").exists()
    assert not list(tmp_path.glob(".PoseBenchData*"))


def test_an_edited_golden_is_refused(conversion_copy, tmp_path):
    golden = next(conversion_copy.glob("golden/*.u8"))
    golden.write_bytes(bytes(len(golden.read_bytes())))
    with pytest.raises(ConversionError, match=r"was edited \(SHA-256 differs\)"):
        bundle([conversion_copy], tmp_path / "PoseBenchData")


def test_a_package_that_an_a11_cannot_load_is_refused(conversion_copy, tmp_path):
    from coremltools.proto import Model_pb2

    path = next(conversion_copy.glob("model.mlpackage/**/*.mlmodel"))
    model = Model_pb2.Model()
    model.ParseFromString(path.read_bytes())
    model.specificationVersion = 8
    path.write_bytes(model.SerializeToString())
    manifest = json.loads((conversion_copy / "manifest.json").read_text())
    for artifact in manifest["artifacts"]:
        if artifact["name"] == "model.mlpackage":
            artifact["sha256"] = digest(conversion_copy / "model.mlpackage")
    (conversion_copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackageError, match="specification version 8 needs iOS 17 or newer"):
        bundle([conversion_copy], tmp_path / "PoseBenchData")


def test_a_package_that_takes_no_picture_is_refused(conversion_copy, tmp_path):
    manifest = json.loads((conversion_copy / "manifest.json").read_text())
    manifest["images"] = []
    (conversion_copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(
        ConversionError, match="takes image \\(tensor\\), the harness feeds one picture"
    ):
        bundle([conversion_copy], tmp_path / "PoseBenchData")


def test_two_conversions_of_one_name_are_refused(conversion_copy, tmp_path):
    other = tmp_path / "other" / conversion_copy.name
    shutil.copytree(conversion_copy, other)
    with pytest.raises(ConversionError, match="is called copy too"):
        bundle([conversion_copy, other], tmp_path / "PoseBenchData")


def test_a_bundle_replaces_a_bundle_and_nothing_else(conversion_copy, tmp_path):
    target = tmp_path / "PoseBenchData"
    bundle([conversion_copy], target)
    bundle([conversion_copy], target)
    (target / "plan.json").unlink()
    with pytest.raises(OutputError, match="holds files that are not a bundle"):
        bundle([conversion_copy], target)


def test_a_noise_floor_that_a_phone_cannot_read_is_refused(conversion_copy, tmp_path):
    path = conversion_copy / "golden" / "golden.json"
    goldens = json.loads(path.read_text())
    goldens["floor"]["heatmap2d"] = float("inf")
    path.write_text(json.dumps(goldens))
    edit(conversion_copy, lambda m: m.update(goldens={"golden/golden.json": digest(path)}))
    with pytest.raises(ConversionError, match="the noise floor of heatmap2d is inf"):
        bundle([conversion_copy], tmp_path / "PoseBenchData")


def broken(folder):
    """Let the numbers of one stage, and all that follows from them, be those of a broken one."""
    path = folder / "parity.json"
    record = json.loads(path.read_text())
    one = next(c for c in record["comparisons"] if c["stage"] == "end_to_end")
    one["outputs"][0]["parts"][0] |= {"db": 20.0, "rounding": 0.0}
    one["parity"] = "broken"
    path.write_text(json.dumps(record))

    def say(manifest):
        manifest["verdict"] = manifest["parity"][-1]["parity"] = "broken"

    edit(folder, say)
    return folder


def test_a_broken_conversion_is_refused_unless_it_is_asked_for_and_the_plan_says_so(
    conversion_copy, tmp_path
):
    folder = broken(conversion_copy)
    with pytest.raises(ConversionError, match=r"parity is broken: end_to_end, heatmap2d: PSNR 20"):
        bundle([folder], tmp_path / "PoseBenchData")
    assert not (tmp_path / "PoseBenchData").exists()
    plan = bundle([folder], tmp_path / "PoseBenchData", allow_broken=True)
    assert [model["parity"] for model in plan["models"]] == ["broken"]


def test_a_conversion_without_what_it_measured_is_not_held(conversion_copy, tmp_path):
    (conversion_copy / "parity.json").unlink()
    with pytest.raises(ConversionError, match=r"parity is not run: .*parity.json: cannot be read"):
        bundle([conversion_copy], tmp_path / "PoseBenchData")
    plan = bundle([conversion_copy], tmp_path / "PoseBenchData", allow_broken=True)
    assert [model["parity"] for model in plan["models"]] == ["not run"]


def test_a_package_that_nothing_ran_is_not_shipped_though_its_hash_is_right(
    conversion_copy, tmp_path
):
    shutil.copytree(conversion_copy / "model.mlpackage", conversion_copy / "other.mlpackage")

    def add(manifest):
        manifest["artifacts"].append({**manifest["artifacts"][-1], "name": "other.mlpackage"})

    edit(conversion_copy, add)
    with pytest.raises(ConversionError, match=r"other\.mlpackage is not one of the chain"):
        bundle([conversion_copy], tmp_path / "PoseBenchData")


def test_nothing_goes_to_the_phone_that_no_golden_names(conversion_copy, tmp_path):
    (conversion_copy / "golden" / "more").symlink_to("/etc/hostname")
    bundle([conversion_copy], tmp_path / "PoseBenchData")
    assert not (tmp_path / "PoseBenchData" / "copy" / "golden" / "more").exists()


def keys(value):
    """Return the shape of JSON: names and types, lists by their first item."""
    if isinstance(value, dict):
        return {name: keys(item) for name, item in value.items()}
    if isinstance(value, list):
        return [keys(value[0])] if value else []
    return "number" if type(value) in (int, float) else type(value).__name__


def test_the_plan_has_the_names_that_swift_was_tested_with(conversion_copy, tmp_path):
    """The Swift tests read ``samples/plan.json``; JSONDecoder takes the same names and types."""
    stored = json.loads((SAMPLES / "plan.json").read_text())
    found = json.loads(json.dumps(bundle([conversion_copy], tmp_path / "PoseBenchData")))
    assert keys(found) == keys(stored)
