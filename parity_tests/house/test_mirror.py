"""Tests lie where the code lies: a room's tests in the folder of its name, named after a module."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "parity_tests"

NO_ROOM = {
    "architectures": "networks as users bring them, through whole commands",
    "faults": "planted faults, which diff must find and name",
    "fuzz": "the fuzzer of benchmarks/fuzzing",
    "house": "rules of the repository",
    "ios_harness": "the app and its scripts",
}
MIRRORED = ("conversion", "drift", "graph", "pipeline", "runners", "stages")
SEVERAL = {
    "pipeline/test_real_models.py": "convert and diff, on weights and pictures of others",
    "pipeline/test_ordinary_input.py": "files as people have them, through every room",
    "pipeline/test_several_inputs.py": "networks of several inputs, through every room",
    "pipeline/test_three_frames.py": "the layout of one network, through every room",
    "stages/test_conformance_onnx.py": "ONNX's own node cases, through every stage",
    "stages/test_known_upstream_faults.py": "a page of docs, converter by converter",
}


def homeless(tests, package):
    """Folders that hold tests and are no folder of the package."""
    found = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")} - {Path()}
    return {folder.as_posix() for folder in found if not (package / folder).is_dir()}


def nameless(tests, package, room):
    """Test files of a room, and of its rooms, that name no module of their folder."""
    return {
        path.relative_to(tests).as_posix()
        for path in (tests / room).rglob("test_*.py")
        if not any(
            f"{path.stem}_".startswith(f"test_{module.stem}_")
            for module in (package / path.relative_to(tests).parent).glob("*.py")
        )
    }


def test_every_folder_of_tests_is_a_room_of_the_package():
    assert homeless(TESTS, ROOT / "poseconvert") == set(NO_ROOM)


@pytest.mark.parametrize("room", MIRRORED)
def test_every_test_file_names_a_module_of_its_room(room):
    allowed = {name for name in SEVERAL if name.startswith(f"{room}/")}
    assert nameless(TESTS, ROOT / "poseconvert", room) == allowed


def test_a_test_file_in_the_wrong_place_is_found(tmp_path):
    tests, package = tmp_path / "tests", tmp_path / "package"
    for name in ("room/test_one.py", "room/test_one_aspect.py", "room/inner/test_one.py"):
        (tests / name).parent.mkdir(parents=True, exist_ok=True)
        (tests / name).touch()
    (package / "room").mkdir(parents=True)
    (package / "room/one.py").touch()
    (tests / "test_rootless.py").touch()

    assert homeless(tests, package) == {"room/inner"}
    assert nameless(tests, package, "room") == {"room/inner/test_one.py"}
    (tests / "room/test_ones.py").touch()
    assert "room/test_ones.py" in nameless(tests, package, "room")


def test_the_map_for_contributors_names_what_is_there():
    rows = re.findall(r"^\| [^|]+ \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.M)
    named = [name for row in rows for name in re.findall(r"`([a-z_0-9/]+(?:/|\.py))`", row)]
    assert len(named) >= 20
    here = (ROOT / "poseconvert", ROOT)
    assert [name for name in named if not any((place / name).exists() for place in here)] == []
