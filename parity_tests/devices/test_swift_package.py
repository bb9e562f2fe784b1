"""The Swift package for an app: hashed networks, their manifest, and the code of the harness."""

import json
from pathlib import Path

import pytest
from coremltools.proto import Model_pb2

from poseconvert.conversion.sha256 import digest
from poseconvert.devices.swift_package import write_swift_package
from poseconvert.errors import ConversionError, OutputError, PackageError

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "poseconvert" / "devices" / "swift"


def write(folder, target, **options):
    return write_swift_package([folder], target, progress=lambda step: None, **options)


def models(target):
    return target / "Sources" / "PoseLoader" / "PoseModels"


def edit(folder, change):
    path = folder / "manifest.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def newer(folder, version):
    """Say that the package is of another specification version, and that nobody edited it."""
    path = next(folder.glob("model.mlpackage/**/*.mlmodel"))
    model = Model_pb2.Model()
    model.ParseFromString(path.read_bytes())
    model.specificationVersion = version
    path.write_bytes(model.SerializeToString())

    def rehash(manifest):
        for artifact in manifest["artifacts"]:
            if artifact["name"] == "model.mlpackage":
                artifact["sha256"] = digest(folder / "model.mlpackage")

    edit(folder, rehash)


def test_a_package_holds_the_network_and_what_its_manifest_says(conversion_copy, tmp_path):
    (model,) = write(conversion_copy, tmp_path / "swift")
    place = models(tmp_path / "swift") / "copy"
    assert digest(place / "model.mlpackage") == model.sha256
    found = json.loads((place / "pose.json").read_text())
    manifest = json.loads((conversion_copy / "manifest.json").read_text())
    assert found["schema"] == "poseconvert.pose-model.v1"
    assert found["preprocessing"] == manifest["preprocessing"]["image"]
    assert found["decode"] == manifest["decode"]
    assert found["outputs"] == manifest["outputs"]
    assert found["parity"] == "held"
    assert set(found["skeletons"]) == {spec["skeleton"] for spec in manifest["decode"]}


def test_its_code_is_the_code_that_the_harness_tests(conversion_copy, tmp_path):
    write(conversion_copy, tmp_path / "swift")
    sources = tmp_path / "swift" / "Sources" / "PoseLoader"
    shared = [path for path in SHARED.rglob("*.swift") if "Package" not in path.parts]
    assert len(shared) > 20
    for path in shared:
        assert (sources / path.relative_to(SHARED)).read_bytes() == path.read_bytes()
    mine = {path.name for path in sources.rglob("*.swift")}
    assert mine == {path.name for path in shared} | {"PoseModels.swift"}


def test_no_folder_of_it_is_called_resources(conversion_copy, tmp_path):
    """Xcode copies the folder into the app, where Apple allows none of that name."""
    write(conversion_copy, tmp_path / "swift")
    assert not [p for p in (tmp_path / "swift").rglob("*") if p.name.lower() == "resources"]
    assert '.copy("PoseModels")' in (tmp_path / "swift" / "Package.swift").read_text()


@pytest.mark.parametrize(("version", "system"), [(7, "16.0"), (8, "17.0"), (9, "18.0")])
def test_it_asks_for_the_oldest_system_that_loads_the_package(
    conversion_copy, tmp_path, version, system
):
    newer(conversion_copy, version)
    write(conversion_copy, tmp_path / "swift", allow_broken=True)
    assert f'.iOS("{system}")' in (tmp_path / "swift" / "Package.swift").read_text()


def test_a_package_newer_than_what_is_known_is_refused(conversion_copy, tmp_path):
    newer(conversion_copy, 10)
    with pytest.raises(
        PackageError, match=r"specification version 10, .* Convert for iOS 18 or older"
    ):
        write(conversion_copy, tmp_path / "swift")
    assert not (tmp_path / "swift").exists()


def test_a_conversion_that_is_not_held_is_refused_unless_it_is_asked_for(conversion_copy, tmp_path):
    (conversion_copy / "parity.json").unlink()
    with pytest.raises(ConversionError, match="parity is not run"):
        write(conversion_copy, tmp_path / "swift")
    (model,) = write(conversion_copy, tmp_path / "swift", allow_broken=True)
    assert model.parity == "not run"


def test_it_replaces_an_older_one_and_nothing_else(conversion_copy, tmp_path):
    target = tmp_path / "swift"
    write(conversion_copy, target)
    (target / ".build").mkdir()
    write(conversion_copy, target)
    assert not (target / ".build").exists()
    (target / "poseconvert.json").unlink()
    with pytest.raises(OutputError, match="holds files that are not a Swift package"):
        write(conversion_copy, target)


def test_the_readme_names_the_model(conversion_copy, tmp_path):
    write(conversion_copy, tmp_path / "swift")
    text = (tmp_path / "swift" / "README.md").read_text()
    assert 'PoseModel.load("copy")' in text
    assert "MODEL" not in text
