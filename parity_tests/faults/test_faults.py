"""One seeded fault per row of the catalogue: it is seen, and called by its name."""

import networks
import pytest
from catalogue import FAULTS, REFUSED
from examine import copy_of, examine

from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain.model import load_model


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_planted_fault_is_detected_and_named(fault, bases, tmp_path):
    folder = copy_of(bases(fault.base), tmp_path)
    planted = fault.plant(folder)
    if fault.verdict == REFUSED:
        with pytest.raises(PoseconvertError, match=fault.cause):
            examine(folder, planted)
        return
    with planted.during:
        measurement, found = examine(folder, planted)

    assert measurement.parity.value == fault.verdict
    assert [one.cause for one in found] == ([fault.cause] if fault.cause else [])
    for one in found:
        assert (fault.op or planted.op) in one.op
        assert "\n" not in one.sentence


def test_every_row_of_the_catalogue_is_planted():
    refused_on_reading = {2}
    assert {fault.row for fault in FAULTS} | refused_on_reading == set(range(1, 31))


def test_row_2_batch_norm_without_running_statistics_is_refused(tmp_path):
    path = networks.zoo_script(tmp_path / "model.pt", track=False)
    with pytest.raises(PoseconvertError, match="track_running_stats=True"):
        load_model(path, networks.SCRIPT)
