"""However the child ends, the user reads one line, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

# Limits small enough to wait for.
SHORT = """
limits.limits_for = inside.limits_for = lambda size: limits.Limits(300 << 20, 0.5, 1.5, 1 << 20)
"""
FOREIGN = "inside.arm([Path('bad.pt')]); inside.beat('reading the model')\n"


def only_line(finished):
    lines = finished.stderr.splitlines()
    assert len(lines) == 1, finished.stderr
    assert len(lines[0]) <= 300
    assert lines[0].startswith("poseconvert: ")
    return lines[0]


def test_output_and_exit_code_are_the_child_s(run):
    finished = run("print('out'); print('err', file=sys.stderr); sys.exit(1)")
    assert (finished.returncode, finished.stdout, finished.stderr) == (1, "out\n", "err\n")


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("os.write(2, b'stack smashing detected'); os.abort()", "SIGABRT"),
    ],
)
def test_a_crash_is_one_line_and_names_the_file_and_the_step(run, lines, name):
    # With the fence up no signal can be sent, not even to itself.
    armed = FOREIGN if "kill" not in lines else ""
    finished = run(f"{armed}inside.beat('reading the model')\n{lines}")
    line = only_line(finished)
    assert finished.returncode == 2
    assert f"({name}) at 'reading the model'" in line
    assert ("bad.pt: " in line) == bool(armed)
    assert ("This is a bug" in line) != bool(armed)


def test_a_step_without_end_is_stopped(run):
    finished = run(FOREIGN + "while True: pass", before=SHORT)
    assert finished.returncode == 2
    assert "stopped at 'reading the model': no end after 0 s of work" in only_line(finished)


def test_a_step_that_waits_for_ever_is_stopped(run):
    finished = run(FOREIGN + "time.sleep(100)", before=SHORT)
    assert "nothing happened for 2 s" in only_line(finished)


def test_steps_that_go_on_are_not_stopped(run):
    lines = "for step in range(8):\n    inside.beat(str(step))\n    time.sleep(0.1)\n"
    assert run(FOREIGN + lines, before=SHORT).returncode == 0


def test_too_much_memory_is_stopped(run):
    finished = run(
        FOREIGN + "a = []\nwhile True: a.append(bytes([1]) * (8 << 20)); time.sleep(0.01)",
        before=SHORT.replace("0.5", "50"),
    )
    assert finished.returncode == 2
    assert "MiB of memory, 300 are allowed for its size" in only_line(finished)


def test_without_a_foreign_file_nothing_is_limited(run):
    assert run("inside.beat('x'); time.sleep(2.5)", before=SHORT).returncode == 0


def test_what_was_being_built_goes_with_a_child_that_crashes(run, tmp_path):
    lines = (
        "p = Path(f'.half.partial-{os.getpid()}'); inside.building(p); p.mkdir()\n"
        "(p / 'a').write_text('x')\n"
    )
    run(lines + "os.abort()")
    assert not list(tmp_path.glob(".half*"))
    run(lines + "inside.building(p, ended=True)\nos.abort()")
    assert list(tmp_path.glob(".half*"))


@pytest.mark.parametrize("path", ["precious", "precious/.x.partial-{pid}", "../.x.partial-{pid}"])
def test_a_child_that_was_taken_over_has_nothing_else_removed(run, tmp_path, path):
    (tmp_path / "precious").mkdir()
    armed = "inside.arm([Path('bad.pt')], writes=[Path('out')])\n"
    lines = (
        f"p = Path({path!r}.format(pid=os.getpid()))\n"
        "if not p.exists(): p.mkdir()\n"
        f"{armed}inside.building(p)\nos.abort()"
    )
    place = tmp_path / "here"
    place.mkdir()
    run(lines, TMPDIR="/dev/shm")
    left = [*tmp_path.rglob("*partial*"), *tmp_path.parent.glob(".x.partial*")]
    assert (tmp_path / "precious").is_dir()
    assert bool(left) == (path != "precious")
    for folder in left:
        folder.rmdir()


def test_limits_are_told_once(run):
    again = "inside._tell(foreign='x', memory=1 << 40, step_s=99, idle_s=99, places=[])\n"
    finished = run(FOREIGN + again + "while True: pass", before=SHORT)
    assert "bad.pt: stopped at 'reading the model': no end after" in only_line(finished)


def test_a_conversion_is_remembered_by_the_supervisor_where_it_was_announced(run):
    armed = "inside.arm([Path('bad.pt')], writes=[Path('out')])\n"
    assert run(armed + "inside.made(Path('out'))").stdout == "remembered out\n"
    assert run(armed + "inside.made(Path('other'))").stdout == ""
    assert run(armed + "inside.made(Path('out')); sys.exit(2)").stdout == ""


def test_a_line_is_short_and_printable_whatever_the_file_is_called(run):
    name = "a\\n\\x1b[31m" + "x" * 220 + ".pt"
    line = only_line(run(f"inside.arm([Path('{name}')])\nos.abort()"))
    assert "\x1b" not in line


def test_native_libraries_do_not_talk_to_the_user(run):
    lines = "os.write(1, b'native out'); os.write(2, b'native err'); print('ours')"
    finished = run(lines)
    assert (finished.stdout, finished.stderr) == ("ours\n", "")
    assert "native err" in run(lines, POSECONVERT_TRACEBACK="1").stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("deaf", [False, True], ids=["hears", "deaf"])
def test_a_signal_reaches_the_child_and_a_deaf_one_is_killed(program, tmp_path, number, deaf):
    before = "from poseconvert.fence import supervisor; supervisor._GRACE_S = 0.5"
    ears = "signal.signal(n, signal.SIG_IGN)" if deaf else "signal.signal(n, signal.SIG_DFL)"
    lines = (
        f"n = {int(number)}\n{ears}\nopen('pid', 'w').write(str(os.getpid()))\n"
        "os.rename('pid', 'there')\ntime.sleep(50)"
    )
    process = subprocess.Popen(
        program(lines, before=f"{before}\nsignal.signal({int(number)}, signal.SIG_DFL)"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_root())},
    )
    there = tmp_path / "there"
    child = _number_in(there)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "poseconvert: interrupted; nothing was written.\n"
    assert not _alive(child)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is of Linux")
def test_whoever_kills_the_supervisor_kills_the_child(program, tmp_path):
    lines = "open('pid', 'w').write(str(os.getpid()))\nos.rename('pid', 'there')\ntime.sleep(50)"
    process = subprocess.Popen(
        program(lines), cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(_root())}
    )
    child = _number_in(tmp_path / "there")
    process.kill()
    process.wait()
    end = time.monotonic() + 10
    while _alive(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _alive(child)


def test_a_child_of_the_child_is_watched_anew(run):
    """The variable is gone: what a command starts is no child of this supervisor."""
    assert run("print(os.environ.get(inside.VARIABLE))").stdout == "None\n"


def _root():
    from pathlib import Path

    return Path(__file__).parents[2]


def _number_in(path):
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    return int(path.read_text())


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
