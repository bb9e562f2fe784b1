"""Which conversions were made here is recorded outside of them, and only there."""

import json
import stat

import pytest

from poseconvert.conversion import ours
from poseconvert.conversion.ours import is_ours, remember
from poseconvert.fence import inside


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("POSECONVERT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "made.json"


def conversion(place, text="{}"):
    place.mkdir(exist_ok=True)
    (place / "manifest.json").write_text(text)
    return place


def test_a_conversion_is_ours_once_it_was_remembered_wherever_it_lies(tmp_path):
    folder = conversion(tmp_path / "a")
    assert not is_ours(folder)
    remember(folder)
    assert is_ours(folder)
    assert is_ours(folder.rename(tmp_path / "b"))
    assert is_ours(conversion(tmp_path / "copy"))


def test_one_byte_more_is_somebody_elses(tmp_path):
    folder = conversion(tmp_path / "a")
    remember(folder)
    assert not is_ours(conversion(folder, "{} "))


def test_a_folder_without_a_manifest_or_with_a_link_is_not_ours(tmp_path):
    assert not is_ours(tmp_path / "nowhere")
    remember(tmp_path / "nowhere")
    folder = conversion(tmp_path / "a")
    remember(folder)
    (folder / "manifest.json").rename(tmp_path / "m")
    (folder / "manifest.json").symlink_to(tmp_path / "m")
    assert not is_ours(folder)


def test_the_record_is_the_users_alone_and_keeps_the_newest(tmp_path, monkeypatch, cache):
    monkeypatch.setattr(ours, "_MOST", 2)
    folders = [conversion(tmp_path / str(n), str(n)) for n in range(3)]
    for folder in (*folders, folders[1]):
        remember(folder)
    assert [is_ours(folder) for folder in folders] == [False, True, True]
    assert len(json.loads(cache.read_text())) == 2
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    assert [path.name for path in cache.parent.iterdir()] == ["made.json"]


@pytest.mark.parametrize("text", ["", "{", "{}", "[1, null]", "[" * 100_000, "\xff"])
def test_a_damaged_record_knows_nothing_and_is_written_again(tmp_path, cache, text):
    cache.parent.mkdir()
    cache.write_bytes(text.encode("latin-1"))
    folder = conversion(tmp_path / "a")
    assert not is_ours(folder)
    remember(folder)
    assert is_ours(folder)


def test_where_it_cannot_be_written_nothing_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("POSECONVERT_CACHE", str(tmp_path / "file" / "cache"))
    folder = conversion(tmp_path / "a")
    remember(folder)
    assert not is_ours(folder)


def test_the_place_is_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("POSECONVERT_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(inside.sys, "platform", "linux")
    assert ours._record_path() == tmp_path / "xdg" / "poseconvert" / "made.json"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert ours._record_path() == tmp_path / "home" / ".cache" / "poseconvert" / "made.json"
    monkeypatch.setattr(inside.sys, "platform", "darwin")
    assert ours._record_path().parts[-4:] == ("Library", "Caches", "poseconvert", "made.json")
