"""The two rings hold every test between them, and what workers share is made once."""

import os
import re
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()


def recipe(target):
    return re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1]


def test_the_rings_differ_in_their_mark_and_leave_nothing_between_them():
    marks = [re.search(r' -m ("[^"]*"|\S+) parity_tests$', recipe(ring).strip())[1]
             for ring in ("test", "test-rest")]  # fmt: skip
    assert marks == ['"not slow"', "slow"]
    assert re.search(r"^test-all: test test-rest$", MAKEFILE, re.MULTILINE)


def test_ci_runs_the_first_ring_and_then_what_is_left_of_all():
    called = re.findall(r"^make (.*?)\s*(?:#.*)?$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert called[:2] == ["test", "test-all --old-file=test"]


@pytest.mark.parametrize("ring", ["test", "test-rest"])
def test_both_rings_say_what_took_longest(ring):
    assert " --durations=25 " in recipe(ring)


def test_what_is_made_once_is_not_made_again(once, tmp_path):
    calls = []

    def make(folder):
        calls.append(folder)
        (folder / "made").write_text("x")
        return {"at": folder, "open": lambda: None}

    name = f"house-{tmp_path.name}-{os.getpid()}"
    first, again = once(name, make), once(name, make)
    assert len(calls) == 1
    assert first == again == {"at": calls[0], "open": None}
    assert (calls[0] / "made").exists()


def test_what_failed_is_made_anew_in_an_empty_folder(once, tmp_path):
    def fail(folder):
        (folder / "half").touch()
        raise ValueError("halfway")

    name = f"house-{tmp_path.name}-{os.getpid()}"
    with pytest.raises(ValueError, match="halfway"):
        once(name, fail)
    assert once(name, lambda folder: list(folder.iterdir())) == []


def test_of_two_workers_that_need_the_same_one_waits(once, tmp_path):
    log = tmp_path / "log"

    def make(folder):
        with log.open("a") as file:
            file.write("made\n")
        time.sleep(0.3)

    name = f"house-{tmp_path.name}-{os.getpid()}"
    child = os.fork()
    if not child:
        try:
            once(name, make)
        finally:
            os._exit(0)
    once(name, make)
    os.waitpid(child, 0)
    assert log.read_text() == "made\n"


def test_a_conversion_is_shared_by_what_it_was_asked(converted, tiny_model, tiny_conversion):
    assert converted(tiny_model).folder == tiny_conversion
    assert converted(tiny_model, compress="palette8").folder != tiny_conversion
