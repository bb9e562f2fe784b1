"""A digest names the bytes of a file, or all names and bytes of a package."""

import hashlib
import os
from pathlib import Path

import pytest

from poseconvert.conversion.sha256 import digest
from poseconvert.errors import ConversionError


def package(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


FILES = {"b/two": b"2", "a": b"1", "b/one": b"", "c/d/e": b"3"}


def test_a_file_s_digest_is_its_sha256(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert digest(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()


def test_a_package_s_digest_does_not_depend_on_the_order_of_listing_or_its_own_name(
    tmp_path, monkeypatch
):
    one = package(tmp_path / "one", FILES)
    other = package(tmp_path / "other", dict(reversed(FILES.items())))
    lines = [f"{n}\0{hashlib.sha256(FILES[n]).hexdigest()}\n" for n in sorted(FILES)]
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert digest(one) == expected
    real = Path.rglob
    monkeypatch.setattr(Path, "rglob", lambda *given: sorted(real(*given), reverse=True))
    assert digest(other) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"a": b"2"},
        {"new": b""},
        {"b/one": b"2", "b/two": b""},
        {"b/on": b""},
    ],
)
def test_any_change_of_a_name_or_a_byte_changes_it(tmp_path, change):
    before = digest(package(tmp_path / "p", FILES))
    assert digest(package(tmp_path / "p", change)) != before


@pytest.mark.parametrize("kind", ["file", "folder", "dangling"])
def test_a_link_inside_a_package_is_refused(tmp_path, kind):
    folder = package(tmp_path / "p", FILES)
    goal = {"file": folder / "a", "folder": folder / "b", "dangling": tmp_path / "gone"}[kind]
    (folder / "link").symlink_to(goal)
    with pytest.raises(
        ConversionError, match=r"link: cannot be read \(a link, not a regular file\)"
    ):
        digest(folder)


def test_a_missing_path_is_refused_with_the_cure(tmp_path):
    with pytest.raises(ConversionError, match=r"cannot be read \(No such file or directory\)"):
        digest(tmp_path / "gone")


def test_a_name_that_is_no_utf_8_is_hashed_too(tmp_path):
    folder = package(tmp_path / "p", FILES)
    before = digest(folder)
    (folder / os.fsdecode(b"\xff")).write_bytes(b"")
    assert digest(folder) != before
