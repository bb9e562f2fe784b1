"""Only regular files inside their folder are read, up to a limit, and nothing waits."""

import os
import socket
from pathlib import Path

import pytest

from poseconvert.files import files_below, followed, open_regular, read_regular


def refusal(path, **options):
    with pytest.raises(OSError, match=r"\S") as caught:
        read_regular(path, **{"limit": 10, **options})
    return caught.value.strerror


def test_a_regular_file_is_read_up_to_its_limit(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"0123456789")
    assert read_regular(path, limit=10) == b"0123456789"
    assert refusal(path, limit=9) == "larger than 9 bytes"


def test_an_endless_file_is_read_no_further_than_its_limit(tmp_path):
    with (tmp_path / "f").open("wb") as file:
        file.truncate(1 << 40)
    assert refusal(tmp_path / "f") == "larger than 10 bytes"


def link(path):
    path.with_name("real").write_bytes(b"1")
    path.symlink_to("real")


def socket_at(path):
    here = socket.socket(socket.AF_UNIX)
    os.chdir(path.parent)  # its name may be 107 bytes
    here.bind(path.name)


KINDS = {
    "a link": link,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a folder": Path.mkdir,
    "a FIFO": os.mkfifo,
    "a socket": socket_at,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inside", [False, True])
def test_whatever_else_is_refused_by_its_kind_at_once(tmp_path, monkeypatch, kind, inside):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "it"
    KINDS[kind](path)
    word = "a link" if "link" in kind else kind
    assert refusal(path, inside=tmp_path if inside else None).startswith(f"{word}, not a regular")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_is_refused():
    assert refusal(Path("/dev/zero")) == "a device, not a regular file"


def test_nothing_between_the_folder_and_the_file_may_be_a_link(tmp_path):
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "real" / "deep" / "f").write_bytes(b"1")
    (tmp_path / "top").symlink_to("real")
    (tmp_path / "real" / "again").symlink_to("deep")
    top = tmp_path / "top"
    assert read_regular(top / "deep" / "f", limit=1, inside=top) == b"1", "the user named it"
    assert "again is a link" in refusal(top / "again" / "f", inside=top)
    assert "top is a link" in refusal(top / "deep" / "f", inside=tmp_path)


def test_a_way_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "f").write_bytes(b"1")
    assert refusal(tmp_path / "in" / ".." / "f", inside=tmp_path / "in") == "leaves its folder"


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_no_file_has_is_refused(tmp_path, name):
    assert refusal(tmp_path / name) == "its name is not a file's"
    assert refusal(tmp_path / name, inside=tmp_path) == "its name is not a file's"


def test_missing_files_and_rights_are_the_systems_own_words(tmp_path):
    assert refusal(tmp_path / "f") == "No such file or directory"
    with pytest.raises(FileNotFoundError), open_regular(tmp_path / "f"):
        pass


def test_a_path_that_the_user_named_may_be_a_link_and_a_circle_is_no_crash(tmp_path):
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "circle").symlink_to("circle")
    assert read_regular(followed(tmp_path / "link"), limit=1) == b"1"
    assert refusal(followed(tmp_path / "circle"))


def test_a_listing_follows_no_link_and_has_a_limit(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one").write_bytes(b"")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = files_below(tmp_path, most=4)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a", "b/one", "loop"]
    with pytest.raises(OSError, match="holds more than 3 files"):
        files_below(tmp_path, most=3)
