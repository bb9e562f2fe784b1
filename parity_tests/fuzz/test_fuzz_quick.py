"""A small run over every kind: nothing but refusals in one line, and verdicts that are true."""

import json
import os

import pytest
from fuzzing.kinds import KINDS, Share, shares
from fuzzing.worker import RESULTS, done

COUNT = int(os.environ.get("POSECONVERT_FUZZ", "100"))
SEED = 0


@pytest.fixture(scope="module")
def run(python, seeded):
    """Every result of one run, by kind and index."""
    python("-m", "fuzzing.worker", seeded, "--n", COUNT, "--seed", SEED)
    return done(seeded / RESULTS)


def test_every_mutant_asked_for_was_looked_at(run):
    assert len(run) == COUNT
    assert set(run) == set(shares(COUNT, SEED))


def test_nobody_sees_a_crash_a_hang_a_bug_or_a_false_verdict(run):
    failed = [f"{SEED}:{r.kind}:{r.index} {json.dumps(r.said)}" for r in run.values() if r.failed]
    assert not failed, "\n".join(failed)


@pytest.mark.slow  # the same of other mutants
def test_nor_in_four_hundred_others(python, seeds, tmp_path):
    (tmp_path / "seeds").symlink_to(seeds.folder)
    python("-m", "fuzzing.worker", tmp_path, "--n", 400, "--seed", SEED + 1)
    results = done(tmp_path / RESULTS).values()
    assert len(results) == 400
    failed = [f"{SEED + 1}:{r.kind}:{r.index} {json.dumps(r.said)}" for r in results if r.failed]
    assert not failed, "\n".join(failed)


def test_some_are_refused_some_accepted_and_some_changed(run):
    outcomes = {result.outcome for result in run.values()}
    assert {"refused", "accepted", "broken"} <= outcomes
    assert any(result.judged == "changed" for result in run.values())


def test_a_run_of_10000_has_every_kind_and_enough_that_may_change():
    wanted = shares(10_000, SEED)
    assert len(wanted) == 10_000
    counts = {name: sum(one.kind == name for one in wanted) for name in KINDS}
    assert min(counts.values()) >= 15
    assert counts["conversion/artifact"] >= 1000
    assert len({*wanted}) == len(wanted)
    assert Share("package/fields", 0) in wanted
