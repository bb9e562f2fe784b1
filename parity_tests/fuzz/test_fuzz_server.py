"""Whatever a reader does, the server says what it was; a verdict that lies is found out."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EXPECTED = {
    "nothing": "accepted",
    "refuse": "refused",
    "fall": "bug",
    "exit 3": "bug",
    "crash": "crash",
    "hang": "hang",
    "spin": "hang",
    "swallow": "memory",
    "two lines": "noise",
    "long line": "noise",
    "left behind": "noise",
    "temporary": "noise",
}


@pytest.fixture(scope="module")
def found(python, seeded):
    program = Path(__file__).with_name("planted.py")
    return json.loads(python(program, seeded))


@pytest.mark.parametrize("planted", EXPECTED)
def test_what_is_planted_in_a_reader_is_seen(found, planted):
    assert found[planted][0] == EXPECTED[planted]


def test_what_hangs_is_stopped_at_its_limit(found):
    assert all(1.0 <= found[name][1] < 5.0 for name in ("hang", "spin"))


def test_a_child_costs_little(found):
    """Fork, read a picture, end: the load of other tests on the machine included."""
    assert min(found[name][1] for name in ("nothing", "refuse", "fall")) < 0.2


def test_a_crash_that_the_whole_command_turns_into_one_line_is_fenced(found):
    assert found["fenced"] == "fenced"


def test_a_verdict_that_says_held_of_what_changed_is_false(found):
    rows = found["false verdict"]
    assert {outcome for outcome, *_ in rows} <= {"accepted", "refused", "noise"}
    assert [row for row in rows if row[2]]
    assert all(false == (outcome == "accepted" and judged == "changed")
               for outcome, judged, false, _ in rows)  # fmt: skip
    assert all(change for _, judged, _, change in rows if judged == "changed")
