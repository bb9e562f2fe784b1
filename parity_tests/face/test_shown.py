"""Every result in one line and in a small table; nothing in them runs or is loaded."""

import dataclasses
from html.parser import HTMLParser

import numpy as np
import pytest

import poseconvert
from poseconvert.reports.notebook import Card, card_html, card_line

EVIL = '<script>alert("x")</script> & <img src=//elsewhere>'


@pytest.fixture(scope="module")
def results(conversion, pixels):
    maps = np.random.default_rng(2).normal(size=(2, 17, 64, 48)).astype(np.float32)
    return {
        "held": conversion,
        "held: 3 stages": conversion.diff(),
        "broken": conversion.recheck({"end_to_end.psnr_db": 300}),
        "ran": conversion.run(pixels),
        "keypoints": conversion.run(pixels).keypoints,
        "complete": conversion.evaluate(n=1),
        "held: budget": conversion.tune(max_drift=5),
        "broken: candidate 1": poseconvert.compare(maps, -maps),
        "Core ML package": poseconvert.inspect(conversion.package),
        "": poseconvert.doctor(),
    }


class Reader(HTMLParser):
    """What tags, addresses and texts a page has."""

    def __init__(self, page):
        super().__init__()
        self.opened, self.closed, self.attributes, self.text = [], [], set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.opened.append(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_endtag(self, tag):
        self.closed.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def test_every_result_is_one_line_that_begins_with_its_verdict(results):
    for begins, result in results.items():
        line = repr(result)
        assert line.startswith(begins)
        assert "\n" not in line
        assert len(line) <= 300
        assert ": " in line


def test_every_result_is_a_small_table_without_anything_from_elsewhere(results):
    for result in results.values():
        page = Reader(result._repr_html_())
        assert set(page.opened) <= {
            "div", "p", "b", "table", "thead", "tbody", "tr", "th", "td", "ul", "li",
        }  # fmt: skip
        assert sorted(page.opened) == sorted(page.closed)
        assert page.attributes <= {"style"}
        assert "table" in page.opened


def test_every_result_is_frozen_and_slotted(results):
    for result in results.values():
        assert not hasattr(result, "__dict__")
        name = dataclasses.fields(result)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, None)


def test_every_text_of_a_card_is_escaped_and_shortened():
    card = Card(EVIL, EVIL, (EVIL,), ((EVIL, "x" * 10_000),), (EVIL, *"abcdefghij"))
    page = Reader(card_html(card))
    assert {"script", "img"}.isdisjoint(page.opened)
    assert EVIL in "".join(page.text)
    assert len(card_html(card)) < 4_000
    assert "and 3 more" in page.text
    assert len(card_line(card)) <= 300


def test_names_of_a_strangers_outputs_are_escaped():
    arrays = {EVIL: np.arange(4.0).reshape(2, 2)}
    found = poseconvert.compare(arrays, {EVIL: -arrays[EVIL]})
    assert "<script" not in found._repr_html_()
    assert "&lt;script" in found._repr_html_()


def test_a_pose_is_one_line(conversion, pixels):
    pose = conversion.run(pixels).keypoints[0]
    assert repr(pose).startswith("pose: 1 input, 24 joints: ")
    assert "\n" not in repr(pose)
