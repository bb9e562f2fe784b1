"""A conversion folder is there whole or not at all, whatever happens while it is written."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from poseconvert.conversion import atomic_write
from poseconvert.conversion.atomic_write import (
    MANIFEST,
    file_at_once,
    scratch_folder,
    written_at_once,
)
from poseconvert.errors import OutputError


def contents(folder):
    return {p.name: p.read_text() for p in sorted(folder.iterdir())}


def write(target, **files):
    with written_at_once(target) as partial:
        for name, text in {MANIFEST.partition(".")[0]: "{}", **files}.items():
            (partial / (MANIFEST if name == "manifest" else name)).write_text(text)


@pytest.fixture
def target(tmp_path):
    """A conversion from before, whose folder must survive what follows."""
    write(tmp_path / "net.poseconvert", old="1")
    return tmp_path / "net.poseconvert"


OLD = {MANIFEST: "{}", "old": "1"}


def beside(target):
    return sorted(p.name for p in target.parent.iterdir())


def refusal(target):
    with pytest.raises(OutputError) as caught:
        write(target)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{target}: ")
    return text


def test_a_new_folder_appears_whole_with_its_parents(tmp_path):
    target = tmp_path / "a" / "b" / "c"
    with written_at_once(target) as partial:
        (partial / "one").write_text("1")
        assert not target.exists()
    assert contents(target) == {"one": "1"}
    assert beside(target) == ["c"]


def test_a_new_conversion_replaces_all_of_the_old_one(target):
    write(target, new="2")
    assert contents(target) == {MANIFEST: "{}", "new": "2"}
    assert beside(target) == [target.name]


def test_where_folders_cannot_be_exchanged_the_old_one_is_replaced_too(target, monkeypatch):
    monkeypatch.setattr(atomic_write, "_exchange", lambda *_: False)
    write(target, new="2")
    assert contents(target) == {MANIFEST: "{}", "new": "2"}
    assert beside(target) == [target.name]


def test_where_the_last_rename_fails_the_old_one_is_put_back(target, monkeypatch):
    monkeypatch.setattr(atomic_write, "_exchange", lambda *_: False)
    real = Path.rename

    def rename(self, goal):
        if "partial" in self.name and not self.name.endswith("-old"):
            raise OSError(5, "Input/output error")
        return real(self, goal)

    monkeypatch.setattr(Path, "rename", rename)
    assert "cannot be written (Input/output error" in refusal(target)
    assert contents(target) == OLD
    assert beside(target) == [target.name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OutputError])
def test_an_exception_leaves_the_old_one_and_no_partial(target, error):
    def stopped():
        with written_at_once(target) as partial:
            (partial / "half").write_text("x")
            raise error("on purpose")

    with pytest.raises(error, match="on purpose"):
        stopped()
    assert contents(target) == OLD
    assert beside(target) == [target.name]


def test_a_foreign_folder_is_refused_and_untouched(tmp_path):
    target = tmp_path / "thesis"
    target.mkdir()
    (target / "chapter1.tex").write_text("years of work")
    assert "holds files that are not a conversion; nothing was touched." in refusal(target)
    assert contents(target) == {"chapter1.tex": "years of work"}
    assert beside(target) == ["thesis"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty")
    assert contents(tmp_path / "empty") == {MANIFEST: "{}"}


def test_a_file_or_a_link_in_the_way_is_refused_and_untouched(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("file", "link"):
        assert "is a link or not a folder. Choose another with -o." in refusal(tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("place", ["file/below", "file/far/below", "x" * 250, "x" * 300])
def test_a_place_that_cannot_be_written_is_refused_with_the_cure(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    text = refusal(tmp_path / place)
    assert "-o" in text
    assert "cannot be" in text
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


FILL = """
import sys
from pathlib import Path
from poseconvert.conversion.atomic_write import written_at_once
from poseconvert.errors import OutputError
try:
    with written_at_once(Path(sys.argv[1])) as partial:
        with (partial / "weights").open("wb") as file:
            for _ in range(64):
                file.write(bytes(1 << 16))
                file.flush()
except OutputError as error:
    print(error)
    sys.exit(2)
"""


def fill_up(target, **options):
    return subprocess.run(
        [sys.executable, "-c", FILL, str(target)],
        capture_output=True, text=True, timeout=60, check=False, **options,
    )  # fmt: skip


def test_a_file_size_limit_is_told_in_one_line_and_leaves_the_old_one(target):
    limit = (1 << 20, 1 << 20)
    done = fill_up(target, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith(f"{target}: cannot be written (File too large")
    assert done.stdout.count("\n") == 1
    assert contents(target) == OLD
    assert beside(target) == [target.name]


def test_a_full_disk_is_told_in_one_line_and_leaves_the_old_one(tmp_path):
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = mount and unmount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
        capture_output=True, check=False,
    )  # fmt: skip
    if not made or made.returncode:
        pytest.skip("no right to mount a small tmpfs here; RLIMIT_FSIZE is tested instead")
    try:
        write(disk / "net", old="1")
        done = fill_up(disk / "net")
        assert (done.returncode, done.stderr) == (2, "")
        assert "cannot be written (No space left on device" in done.stdout
        assert "Free some space or choose another folder with -o." in done.stdout
        assert contents(disk / "net") == OLD
        assert beside(disk / "net") == ["net"]
    finally:
        subprocess.run([unmount, str(disk)], check=True)


WAIT = """
import signal, sys, time
from pathlib import Path
from poseconvert.conversion.atomic_write import written_at_once
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
with written_at_once(Path(sys.argv[1])) as partial:
    (partial / "half").write_text("x")
    print("writing", flush=True)
    time.sleep(60)
"""


def killed_while_writing(target, how):
    with subprocess.Popen(
        [sys.executable, "-c", WAIT, str(target)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "writing\n"
        assert len(beside(target)) == 3, "the folder, and one for temporary files"
        process.send_signal(how)
        process.wait(timeout=120)
    return process.returncode


def test_sigkill_leaves_the_old_one_whole_and_the_next_run_sweeps_up(target):
    assert killed_while_writing(target, signal.SIGKILL) == -signal.SIGKILL
    assert contents(target) == OLD
    left = [name for name in beside(target) if name != target.name]
    assert len(left) == 2
    assert all(name.startswith(f".{target.name}.partial-") for name in left)
    write(target, new="2")
    assert contents(target) == {MANIFEST: "{}", "new": "2"}
    assert beside(target) == [target.name]


def test_sigterm_leaves_the_old_one_and_no_partial(target):
    assert killed_while_writing(target, signal.SIGTERM) == 143
    assert contents(target) == OLD
    assert beside(target) == [target.name]


def left_behind(target, pid):
    left = target.with_name(f".{target.name}.partial-{pid}")
    left.mkdir()
    (left / "half").write_text("x")
    return left


def test_a_partial_of_a_run_that_lives_is_left_alone(target):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        left = left_behind(target, other.pid)
        write(target, new="2")
        assert left.is_dir()
        other.communicate(b"\n")
    time.sleep(0.05)
    write(target, new="3")
    assert beside(target) == [target.name]


@pytest.mark.parametrize(
    "pid", [os.getpid(), 10**30, "x", "²"], ids=["ours", "huge", "letter", "superscript"]
)
def test_a_partial_of_our_own_process_id_or_of_none_is_swept(target, pid):
    left_behind(target, pid)
    write(target, new="2")
    assert beside(target) == [target.name]
    assert contents(target)["new"] == "2"


def test_a_name_with_brackets_is_swept_and_its_namesakes_are_not(tmp_path):
    target = tmp_path / "run[1]"
    write(target, old="1")
    namesake = left_behind(tmp_path / "run1", 10**30)
    left_behind(target, 10**30)
    write(target, new="2")
    assert beside(target) == [namesake.name, "run[1]"]


def test_a_single_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")

    def stopped(error):
        with file_at_once(target) as partial:
            partial.write_text("half")
            raise error

    with pytest.raises(ValueError, match="on purpose"):
        stopped(ValueError("on purpose"))
    with pytest.raises(OutputError, match=r"cannot be written \(No space left\)"):
        stopped(OSError(28, "No space left"))
    assert contents(tmp_path) == {"report.html": "old"}
    with file_at_once(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
    assert contents(tmp_path) == {"report.html": "new"}


@pytest.mark.parametrize("place", ["gone/report.html", "folder"])
def test_a_single_file_that_cannot_be_written_is_refused(tmp_path, place):
    (tmp_path / "folder").mkdir()

    def write_file():
        with file_at_once(tmp_path / place) as partial:
            partial.write_text("x")

    written = r"cannot be written \(.*\)\. Choose another file\.$"
    with pytest.raises(OutputError, match=rf"{written}|is a folder\. Name a file in it\.$"):
        write_file()
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_temporary_files_of_all_libraries_lie_beside_the_folder_and_go_with_it(target):
    with written_at_once(target) as partial:
        (partial / MANIFEST).write_text("{}")
        made = Path(tempfile.mkdtemp())
        assert made.parent.parent == target.parent
        assert made.parent.name.startswith(f".{target.name}.partial-")
    assert not made.exists()
    assert Path(tempfile.gettempdir()) == Path(tempfile.mkdtemp()).parent


def test_scratch_folders_may_be_nested_and_what_killed_runs_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".poseconvert.partial-{dead.pid}-abc").mkdir()
    (tmp_path / ".poseconvert.partial-1-abc").mkdir()  # process 1 is alive
    with scratch_folder() as outer, scratch_folder() as inner:
        assert outer.parent == tmp_path
        assert inner.parent == outer
        assert outer.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [".poseconvert.partial-1-abc"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says that a process has ended")
def test_what_a_killed_run_left_is_removed_though_nobody_has_looked_after_it(target):
    """In a container without an init its process id stays taken for ever."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    left = left_behind(target, process.pid)
    try:
        process.kill()
        end = time.monotonic() + 10
        while atomic_write._alive(process.pid) and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(process.pid, 0)  # it is still there to be looked after
        write(target, new="2")
        assert not left.exists()
    finally:
        process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="the fence that refuses kill(2) is Linux's")
def test_what_a_killed_run_left_is_removed_where_asking_by_a_signal_is_refused(target, monkeypatch):
    """As in the fenced child that reads a foreign file."""
    left = left_behind(target, 4_194_303)  # the largest id there is

    def refused(pid, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    write(target, new="2")
    assert not left.exists()
