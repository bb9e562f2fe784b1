"""Verdicts, causes and JSON are the same whatever runs are called and reasons say."""

import pytest
from catalogue import FAULTS, REFUSED
from examine import copy_of, examine
from random_texts import scramble, without_texts

from poseconvert.reports.json import to_json

# Of each way that text once decided, one fault in the first ring: float16 beside float32,
# what another runtime recorded, a stage of the package, and the join of a row to its run.
QUICK = ("11-dropped-node", "15-float16-overflow", "28-outputs-swapped", "30-neural-engine-wrong")
JUDGED = [
    pytest.param(fault, id=fault.id, marks=() if fault.id in QUICK else pytest.mark.slow)
    for fault in FAULTS
    if fault.verdict != REFUSED
]


@pytest.mark.parametrize("fault", JUDGED)
def test_a_planted_fault_is_found_under_random_texts(fault, bases, tmp_path, monkeypatch):
    folder = copy_of(bases(fault.base), tmp_path)
    planted = fault.plant(folder)
    with planted.during:
        shown = to_json(examine(folder, planted)[0])
        measurement, found = examine(folder, planted, opened=lambda: scramble(monkeypatch))
        scrambled = to_json(measurement)

    assert measurement.parity.value == fault.verdict
    assert [one.cause for one in found] == ([fault.cause] if fault.cause else [])
    assert all((fault.op or planted.op) in one.op for one in found)
    assert without_texts(shown) == without_texts(scrambled)
    assert shown["evaluations"] != scrambled["evaluations"]


def test_the_quick_ones_are_of_the_catalogue():
    assert {*QUICK} <= {fault.id for fault in FAULTS}
