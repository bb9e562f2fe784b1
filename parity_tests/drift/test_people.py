"""People who are lost, found or exchanged break parity as a joint that flips does."""

from dataclasses import dataclass

import numpy as np
import pytest

from poseconvert.drift import PEOPLE, HeadReading, people_drifts, people_found
from poseconvert.drift.comparison import joint_reasons
from poseconvert.drift.people import people_reason
from poseconvert.drift.tolerances import Tolerance

READING = HeadReading(head="2d", joints=("nose", "wrist"), stride=1.0)
ALLOWED = Tolerance(relative=None, psnr_db=None, joint_px=0.5, reason="a test")


@dataclass
class Found:
    position: np.ndarray
    score: np.ndarray
    person: np.ndarray


def people(*persons, shift=0.0, joint_score=0.9):
    """One person of two joints per score."""
    places = np.array([[[10.0 * m, 5], [10 * m, 9]] for m in range(len(persons))])
    return Found(
        places.reshape(-1, 2, 2) + shift,
        np.full((len(persons), 2), joint_score),
        np.array(persons, dtype=float),
    )


def judged(reference, candidate, pairs):
    drifts = people_drifts(reference, candidate, pairs=pairs, reading=READING, input_name="photo")
    return drifts, joint_reasons(drifts, ALLOWED)


def test_people_who_stay_are_records_of_their_joints():
    drifts, reasons = judged(people(0.9, 0.8), people(0.9, 0.8, shift=0.1), {0: 0, 1: 1})
    assert [drift.joint for drift in drifts] == [
        PEOPLE, "person 1 nose", "person 1 wrist", "person 2 nose", "person 2 wrist",
    ]  # fmt: skip
    assert reasons == ()
    assert drifts[1].displacement_px == pytest.approx(0.1 * 2**0.5)
    assert people_found(drifts) == 2


def test_nobody_on_both_sides_is_a_record_of_nobody():
    drifts, reasons = judged(people(), people(), {})
    ((only,), found) = drifts, people_found(drifts)
    assert (only.joint, only.band, only.standing, found) == (PEOPLE, "absent", "safe", 0)
    assert reasons == ()


def test_a_joint_that_moved_too_far_is_named_with_its_person():
    _, reasons = judged(people(0.9), people(0.9, shift=3), {0: 0})
    assert reasons[0].startswith("person 1 nose (2d) on photo: moved 4.24 px, allowed 0.5 px")


MUST_BREAK = {
    "lost": (people(0.9, 0.8), people(0.9), {0: 0}, "on photo: person 2 lost (score 0.800)"),
    "found": (
        people(0.9),
        people(0.9, 0.7),
        {0: 0},
        "on photo: found person 2 (score 0.700), nobody was there",
    ),
    "nobody any more": (
        people(0.9),
        people(),
        {},
        "on photo: nobody is found any more (best score 0.900)",
    ),
    "somebody": (people(), people(0.6), {}, "on photo: somebody is found (score 0.600), nobody"),
    "exchanged": (
        people(0.9, 0.8),
        people(0.9, 0.8),
        {0: 1, 1: 0},
        "on photo: people exchanged, another one is the best (score 0.900 in the reference",
    ),
}


@pytest.mark.parametrize("case", MUST_BREAK)
def test_what_happens_to_people_is_a_reason(case):
    reference, candidate, pairs, sentence = MUST_BREAK[case]
    _, reasons = judged(reference, candidate, pairs)
    assert any(reason.startswith(sentence) for reason in reasons), reasons


def test_a_person_of_a_low_score_may_be_lost_as_an_unsure_joint_may_flip():
    drifts, reasons = judged(people(0.9, 0.3), people(0.9), {0: 0})
    assert [drift.joint for drift in drifts if drift.standing == "flipped"] == ["person 2"]
    assert reasons == ()


def test_a_joint_that_one_side_lacks_is_flipped():
    candidate = people(0.9)
    candidate.score[0, 1], candidate.position[0, 1] = 0, np.nan
    drifts, reasons = judged(people(0.9), candidate, {0: 0})
    assert [drift.standing for drift in drifts] == ["safe", "safe", "flipped"]
    assert reasons[0].startswith("person 1 wrist (2d) on photo: visible joint flipped")


def test_the_records_of_joints_have_no_sentence_of_people():
    drifts, _ = judged(people(0.9), people(0.9), {0: 0})
    assert [people_reason(drift) for drift in drifts[1:]] == ["", ""]


def test_heads_of_one_person_have_no_people():
    assert people_found(()) is None
