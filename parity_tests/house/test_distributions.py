"""sdist and wheel: they build without a warning, hold what they should, and are the same."""

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from poseconvert import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NAME = f"poseconvert-{__version__}"
WHEEL = f"{NAME}-py3-none-any.whl"
WEIGHTS = "reference_models/dual_head_mobilenet_v1"
NOT_MODULES = {
    "poseconvert/py.typed",
    "poseconvert/devices/result.v1.schema.json",
    f"poseconvert/{WEIGHTS}/model.safetensors",
    f"poseconvert/{WEIGHTS}/card.md",
}
BESIDE = {"README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "MANIFEST.in", "pyproject.toml"}
MADE = {"PKG-INFO", "setup.cfg"}


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().splitlines() if os.path.lexists(ROOT / name)]


def shipped():
    """Every file of the package: code, templates, Swift, pictures, schema, weights, type marker."""
    return {
        name
        for name in tracked()
        if name.startswith("poseconvert/")
        and (
            name in NOT_MODULES
            or Path(name).suffix in {".py", ".html"}
            or name.startswith(("poseconvert/devices/swift/", "poseconvert/imaging/stock/"))
        )
    }


def build(source, out, *which):
    """Build without network and without a word of warning."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    }
    command = [sys.executable, "-W", "default", "-m", "build", "--no-isolation", *which]
    done = subprocess.run(
        [*command, "--outdir", out, source],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    spoken = [line for line in done.stdout.splitlines() if "warn" in line.lower()]
    assert not spoken, "\n".join(spoken)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """The sdist, the wheel made from it, and the wheel made from a clone."""
    folder = tmp_path_factory.mktemp("distributions")
    clone = folder / "clone"
    for name in tracked():
        copy = clone / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink():
            copy.symlink_to(os.readlink(ROOT / name))
        else:
            copy.write_bytes((ROOT / name).read_bytes())
    build(clone, folder / "dist")
    build(clone, folder / "straight", "--wheel")
    return folder


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def test_the_wheel_holds_the_package_its_weights_and_types_and_nothing_else(distributions):
    inside = contents(distributions / "dist" / WHEEL)
    theirs = {name for name in inside if name.startswith("poseconvert/")}
    assert theirs == shipped()
    assert shipped() > NOT_MODULES
    assert {name.partition("/")[0] for name in inside} == {"poseconvert", f"{NAME}.dist-info"}
    for name in theirs:  # links too: their target's bytes
        assert inside[name] == hashlib.sha256((ROOT / name).read_bytes()).hexdigest(), name


def test_the_weights_in_the_wheel_are_those_of_the_hashes(distributions):
    sums = dict(
        reversed(line.split())
        for line in (ROOT / WEIGHTS / "SHA256SUMS").read_text().splitlines()
    )  # fmt: skip
    inside = contents(distributions / "dist" / WHEEL)
    assert inside[f"poseconvert/{WEIGHTS}/model.safetensors"] == sums["model.safetensors"]


def test_the_wheel_has_its_command_and_its_pytest_plugin(distributions):
    with zipfile.ZipFile(distributions / "dist" / WHEEL) as archive:
        entries = archive.read(f"{NAME}.dist-info/entry_points.txt").decode()
        metadata = archive.read(f"{NAME}.dist-info/METADATA").decode()
    assert "[console_scripts]\nposeconvert = poseconvert.__main__:main\n" in entries
    assert "[pytest11]\nposeconvert.testing.plugin = poseconvert.testing.plugin\n" in entries
    assert "Classifier: Typing :: Typed\n" in metadata
    assert "License-Expression: Apache-2.0\n" in metadata


def test_the_sdist_holds_what_builds_the_wheel_and_no_tests(distributions):
    with tarfile.open(distributions / "dist" / f"{NAME}.tar.gz") as archive:
        members = [member for member in archive.getmembers() if not member.isdir()]
    assert all(member.isfile() for member in members), "a link would lead out of the sdist"
    names = {member.name.removeprefix(f"{NAME}/") for member in members}
    names = {name for name in names if not name.startswith("poseconvert.egg-info/")}
    assert names == shipped() | BESIDE | MADE


def test_the_sdist_builds_the_wheel_that_the_clone_builds(distributions):
    from_sdist = contents(distributions / "dist" / WHEEL)
    assert from_sdist == contents(distributions / "straight" / WHEEL)
