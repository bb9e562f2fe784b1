"""Behind the fence a process starts nothing, reaches nobody, and writes where it was told."""

import sys

import pytest

from poseconvert.fence import inside
from poseconvert.fence.limits import MIB, limits_for, size_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and Landlock are of Linux")
ARMED = "Path('out').mkdir(); inside.arm([Path('bad.pt')], writes=[Path('out/result')])\n"
TRIED = """
import ctypes
def tired():
    raise PermissionError
def tried(what):
    try:
        what()
    except OSError as error:
        print(type(error).__name__)
    else:
        print("done")
"""
DENIED = {
    "a program": ("lambda: subprocess.run(['true'])", "FileNotFoundError"),
    "a socket": ("lambda: socket.socket()", "PermissionError"),
    "a pair of sockets": ("lambda: socket.socketpair() and os.kill(1, 0)", "PermissionError"),
    "a signal": ("lambda: os.kill(os.getppid(), 0)", "PermissionError"),
    "a file elsewhere": ("lambda: Path('elsewhere').write_text('x')", "PermissionError"),
    "a file that is there": ("lambda: open('program.py', 'r+')", "PermissionError"),
    "removing": ("lambda: os.unlink('program.py')", "PermissionError"),
    "moving": ("lambda: os.rename('program.py', 'out/p')", "PermissionError"),
    "a folder": ("lambda: os.mkdir('folder')", "PermissionError"),
    "a signal by thread": (
        "lambda: ctypes.CDLL(None, use_errno=True).syscall(234, os.getppid(), os.getppid(), 0) + 1"
        " or tired()",
        "PermissionError",
    ),
    "typing into the terminal": (
        "lambda: __import__('fcntl').ioctl(0, 0x5412, b'x')",
        "PermissionError",
    ),
    "a link": ("lambda: os.symlink('a', 'b')", "PermissionError"),
}
ALLOWED = {
    "its result": "lambda: Path('out/result').write_text('x')",
    "beside its result": "lambda: (os.mkdir('out/.p'), os.rename('out/.p', 'out/q'))",
    "a temporary file": "lambda: __import__('tempfile').TemporaryFile().write(b'x')",
    "reading": "lambda: open('program.py').read()",
    "a thread": "lambda: __import__('threading').Thread(target=print, args=('t',)).start()",
    "nowhere": "lambda: open('/dev/null', 'w').write('x')",
}


@pytest.fixture
def armed(run):
    """Temporary files are kept apart: by default all of a test's files are temporary."""
    return lambda lines: run(ARMED + TRIED + lines, TMPDIR="/dev/shm")


@linux
@pytest.mark.parametrize("name", DENIED)
def test_what_a_converter_never_does_is_denied(armed, name):
    what, error = DENIED[name]
    finished = armed(f"tried({what})")
    assert finished.stdout == f"{error}\n", finished.stderr


@linux
@pytest.mark.parametrize("name", ALLOWED)
def test_what_a_converter_does_is_allowed(armed, name):
    finished = armed(f"tried({ALLOWED[name]})")
    assert finished.stdout.splitlines()[-1:] == ["done"], finished.stderr


@linux
def test_modes_and_times_of_files_stay_what_they_are(armed, tmp_path):
    lines = (
        "tried(lambda: os.chmod('program.py', 0o777))\n"
        "tried(lambda: os.utime('program.py', (1, 1)))\n"
        "tried(lambda: os.setxattr('program.py', 'user.x', b'y'))\n"
        "print(oct(os.stat('program.py').st_mode & 0o777), os.stat('program.py').st_mtime > 1)\n"
    )
    finished = armed(lines)
    before = (tmp_path / "program.py").stat().st_mode & 0o777
    assert finished.stdout == f"done\ndone\ndone\n{oct(before)} True\n", finished.stderr


@linux
def test_without_the_fence_all_of_it_works(run):
    """Else the table above tests nothing; of signals, one may be sent to the supervisor."""
    left_out = ("a pair of sockets", "moving", "removing", "typing into the terminal")
    names = [name for name in DENIED if name not in left_out]
    lines = "".join(f"tried({DENIED[name][0]})\n" for name in names)
    assert run(TRIED + lines).stdout == "done\n" * len(names)


@linux
def test_core_dumps_and_endless_files_are_limited(run):
    before = """
limits.limits_for = inside.limits_for = lambda size: limits.Limits(1 << 30, 9, 9, 1 << 20)
"""
    lines = "tried(lambda: Path('out/big').write_bytes(bytes(2 << 20)))\n"
    finished = run(ARMED + TRIED + lines, before=before)
    assert finished.stdout == "OSError\n"


def test_in_a_caller_s_process_nothing_happens(tmp_path):
    inside.arm([tmp_path])
    inside.beat("x")
    inside.building(tmp_path)
    (tmp_path / "a").write_text("x")


def test_limits_grow_with_the_file_and_a_user_may_raise_memory(monkeypatch):
    small, large = limits_for(0), limits_for(100 * MIB)
    assert small.memory < 2e9
    assert large.memory >= small.memory + 2400 * MIB
    assert large.step_s > 10 * small.step_s
    assert large.written > small.written
    monkeypatch.setenv("POSECONVERT_MEMORY_GIB", "7")
    assert limits_for(0).memory == 7 << 30
    for nonsense in ("", "x", "-1", "0", "9" * 40, "1e3"):
        monkeypatch.setenv("POSECONVERT_MEMORY_GIB", nonsense)
        assert limits_for(0) == small


def test_sizes_are_counted_without_reading(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"12345")
    (tmp_path / "in" / "loop").symlink_to(tmp_path)
    (tmp_path / "b").write_bytes(b"123")
    assert size_of([tmp_path / "in", tmp_path / "b", tmp_path / "none"]) >= 8
    assert size_of([]) == 0


@linux
def test_this_system_lacks_nothing_where_the_tests_run():
    lacks = inside.lacking()
    if lacks:
        pytest.skip(f"this kernel lacks {'; '.join(lacks)}")
