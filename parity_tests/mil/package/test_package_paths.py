"""A package's files are regular files of its own folder; only Hugging Face's cache may link."""

import os
import shutil
import signal
import socket
from pathlib import Path

import pytest

from poseconvert.errors import PackageError
from poseconvert.mil import read_package

FILES = (
    "Manifest.json",
    "Data/com.apple.CoreML/model.mlmodel",
    "Data/com.apple.CoreML/weights/weight.bin",
)


@pytest.fixture(autouse=True)
def _within_ten_seconds():
    def late(*_):
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def linked(target):
    """Put a link in the place of the file; the target is made of the tmp_path and the file."""

    def change(file, folder):
        place = target(file, folder)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, place)
        else:
            file.unlink()
        file.symlink_to(place)

    return change


def fifo(file, _):
    file.unlink()
    os.mkfifo(file)


def folder_instead(file, _):
    file.unlink()
    file.mkdir()


def listening(file, _):
    file.unlink()
    os.chdir(file.parent)  # a socket's path has at most 108 characters
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(file.name)


def loop(file, _):
    file.unlink()
    file.symlink_to(file.name)


def dangling(file, folder):
    file.unlink()
    file.symlink_to(folder / "gone")


def device(name):
    return linked(lambda *_: Path(name))


NOT_ITS_FILES = {
    "a FIFO": (fifo, "is a FIFO, not a regular file"),
    "a folder": (folder_instead, "is a folder, not a regular file"),
    "a socket": (listening, "is a socket, not a regular file"),
    "a link to /dev/zero": (device("/dev/zero"), "leads out of the package"),
    "a link to /dev/stdin": (device("/dev/stdin"), "leads out of the package"),
    "a link to a file beside the package": (
        linked(lambda file, folder: folder / file.name),
        "leads out of the package",
    ),
    "a link to a file of the package": (
        linked(lambda file, _: file.with_suffix(".moved")),
        "leads out of the package",
    ),
    "a link to itself": (loop, "leads out of the package"),
    "a link to nothing": (dangling, "leads out of the package"),
    "a link to a blob of no cache": (
        linked(lambda file, folder: folder / "blobs" / file.name),
        "leads out of the package",
    ),
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("kind", NOT_ITS_FILES)
def test_what_is_no_file_of_the_package_is_refused(
    package, tmp_path, refusal, monkeypatch, kind, file
):
    monkeypatch.chdir(tmp_path)
    change, text = NOT_ITS_FILES[kind]
    change(package / file, tmp_path)
    assert text in refusal(package)


def test_a_linked_folder_of_the_package_is_refused(package, tmp_path, refusal):
    shutil.move(package / "Data", tmp_path / "Data")
    (package / "Data").symlink_to(tmp_path / "Data")
    assert "'Data' leads out of the package: a link" in refusal(package)


def cached(package, root, repository="models--someone--pose", blobs="blobs", depth=1):
    """Lay a package out as Hugging Face's cache does: relative links from a snapshot to blobs."""
    folder = root / repository / "snapshots" / "4f2a"
    for step in range(depth):
        folder /= f"sub{step}"
    snapshot, store = folder / "net.mlpackage", root / repository / blobs
    store.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(FILES):
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(package / name, store / f"{number:064x}")
        (snapshot / name).symlink_to(
            os.path.relpath(store / f"{number:064x}", (snapshot / name).parent)
        )
    return snapshot


@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize("repository", ["models--someone--pose", "datasets--a", "spaces--b--c"])
def test_a_snapshot_of_a_hugging_face_cache_is_read(package, tmp_path, repository, depth):
    snapshot = cached(package, tmp_path, repository, depth=depth)
    assert read_package(snapshot).program.main.constants()
    link = tmp_path / "mine.mlpackage"  # the user may name it through a link
    link.symlink_to(snapshot)
    assert read_package(link).program.main.constants()


@pytest.mark.parametrize(
    "layout",
    [
        {"repository": "pose"},  # no cached repository
        {"blobs": "blob"},
        {"blobs": "blobs/deeper"},
        {"blobs": "../models--other/blobs"},  # another repository's
    ],
)
def test_no_other_store_is_one(package, tmp_path, layout):
    snapshot = cached(package, tmp_path, **layout)
    with pytest.raises(PackageError, match="leads out of the package: a link"):
        read_package(snapshot)


def test_a_store_that_is_a_link_is_refused(package, tmp_path):
    snapshot = cached(package, tmp_path)
    store = tmp_path / "models--someone--pose" / "blobs"
    shutil.move(store, tmp_path / "elsewhere")
    store.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PackageError, match="leads out of the package: a link"):
        read_package(snapshot)
