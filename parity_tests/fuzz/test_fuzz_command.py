"""The command: what it has looked at is not looked at again, and its page says what was seen."""

import json
from pathlib import Path

import pytest
from fuzzing import table
from fuzzing.kinds import KINDS, Share, shares
from fuzzing.plan import Outcome, Result
from fuzzing.worker import RESULTS, done

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
HELD = Result("package/fields", 0, Outcome.HELD, "inspect x", 0.1, 300)
ROWS = (
    HELD,
    Result("package/fields", 1, Outcome.REFUSED, "inspect x", 0.2, 310, "poseconvert: no."),
    Result("conversion/artifact", 0, Outcome.BROKEN, "diff c", 1.5, 400, judged="changed"),
    Result("conversion/artifact", 1, Outcome.HELD, "diff c", 0.5, 300, judged="unchanged"),
)
FALSE = Result("conversion/artifact", 2, Outcome.HELD, "diff c", 0.5, 300, judged="changed")


def summary(*results):
    limits = {"seconds": 30.0, "memory_mb": 2048}
    return table.summary(results, asked=10, seed=3, fork_ms=12.5, limits=limits)


def test_the_page_counts_outcomes_by_kind():
    page = table.page(summary(*ROWS))
    lines = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| package/")]
    assert [cell.strip() for cell in lines[0]][:4] == ["package/fields", "1", "1", ""]
    assert "Seen, and must not be: nothing. 1 changed, 1 unchanged." in page
    assert "slowest command 1.5 s" in page
    assert "--one 3:KIND:INDEX" in page


def test_a_false_verdict_is_a_failure_and_is_counted():
    assert FALSE.failed
    assert not any(row.failed for row in ROWS)
    page = table.page(summary(*ROWS, FALSE))
    assert "must not be: 1 changed and held." in page


@pytest.mark.parametrize("outcome", ["bug", "crash", "hang", "memory", "noise"])
def test_what_nobody_may_see_is_a_failure(outcome):
    result = Result("onnx/fields", 0, Outcome(outcome), "inspect x", 0.1, 300)
    assert result.failed
    assert f"must not be: 1 {outcome}." in table.page(summary(result))


def test_shares_are_exact_shuffled_and_the_same_every_time():
    for count in (1, 61, 100, 500, 2000):
        assert len(shares(count, 0)) == count
    assert shares(500, 1) == shares(500, 1) != shares(500, 2)
    assert {one.kind for one in shares(500, 0)} == set(KINDS)
    assert {one.kind for one in shares(20, 0, only="picture/")} <= set(KINDS)
    assert not shares(20, 0, only="nothing")


def test_a_line_that_was_cut_short_is_looked_at_again(tmp_path):
    from dataclasses import asdict

    line = json.dumps(asdict(HELD))
    (tmp_path / RESULTS).write_text(f"{line}\n{line[:40]}")
    assert done(tmp_path / RESULTS) == {Share("package/fields", 0): HELD}
    assert done(tmp_path / "none") == {}


@pytest.mark.slow
def test_a_run_goes_on_where_it_was_and_one_mutant_can_be_seen_again(python, seeded):
    asked = ["fuzz.py", "--n", 4, "--kind", "json/phone", "--workers", 1, "--resume", seeded]
    printed = python(*asked)
    assert "4 mutants" in printed
    lines = (seeded / RESULTS).read_text().splitlines()
    assert len(lines) == 4
    (seeded / RESULTS).write_text("\n".join(lines[:3]) + "\n")
    first = done(seeded / RESULTS)

    python(*asked)

    again = done(seeded / RESULTS)
    assert len(again) == 4
    assert all(again[share] == result for share, result in first.items())
    share = next(iter(again))
    name = f"0:{share.kind}:{share.index}"
    printed = python("fuzz.py", "--one", name, "--resume", seeded, "--save", seeded / "kept")
    one = json.loads(printed[: printed.rindex("}") + 1])
    assert (one["outcome"], one["said"]) == (again[share].outcome, again[share].said)
    assert list((seeded / "kept").glob("json-phone-*/mutant/a11/*.json"))


@pytest.mark.slow
def test_an_unknown_kind_is_refused_with_those_that_are_known(python, tmp_path):

    with pytest.raises(AssertionError, match=r"no kind 'x'\. Known: package/fields"):
        python("fuzz.py", "--kind", "x", "--resume", tmp_path)


def test_the_page_is_what_the_results_render_to():
    results = json.loads((BENCHMARKS / "results" / "fuzz.json").read_text())
    assert results["schema"] == table.SCHEMA
    page = (ROOT / "docs" / "fuzzing.md").read_text()
    assert table.page(results) == page, "run python benchmarks/fuzz.py --n 10000 --write"
