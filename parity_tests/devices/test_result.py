"""One result: what is refused, and in which words."""

import json

import pytest

from poseconvert.devices import result as module
from poseconvert.devices.result import read_result
from poseconvert.errors import DeviceError

LATENCY = "a12/latency-dual_head-all-0.json"
SUSTAINED = "a12/sustained-dual_head-all-0.json"


def refusal(path):
    with pytest.raises(DeviceError) as caught:
        read_result(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text


def test_a_sustained_run_tells_the_story(samples):
    found = read_result(samples / SUSTAINED)
    assert (found.kind, found.model, found.units, found.run) == ("sustained", "dual_head", "all", 0)
    assert found.valid
    assert found.machine.name == "iPhone XS Max"
    assert found.sustained.fps_first == pytest.approx(39.6, abs=0.5)
    assert found.sustained.fps_last == pytest.approx(29.7, abs=0.5)
    assert len(found.sustained.seconds) == 600
    assert 170 < found.sustained.seconds_to(("fair", "serious")) < 190
    assert found.sustained.seconds_to(("critical",)) is None


@pytest.mark.parametrize("text", ["[1, 2]", "{}", '{"schema": "other"}', '{"schema": 3}', "3"])
def test_json_of_another_kind_is_no_result(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    assert read_result(path) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "ios-result.v1",
            "ios-result.v2",
            'schema "poseconvert.ios-result.v2", this version reads',
        ),
        (
            '"iPhone11,6"',
            '"arm64"',
            'from "arm64", which is no iPhone and no iPad. Run the tests on',
        ),
        ('"soc":"A12"', '"soc":"A11"', 'iPhone11,6 says its chip is "A11", it is A12'),
        ('"iPhone11,6"', '"iPhone99,1"', 'iPhone99,1 says its chip is "A12", it is unknown'),
        ('"fps":', '"fps":9', "samples say"),
        ('"fps":', '"fps":NaN,"x":', "not JSON (NaN is not a JSON number)"),
        ('"fps":', '"fps":Infinity,"x":', "not JSON (Infinity is not a JSON number)"),
        ('"valid"', '"invalid"', "validity and its reasons disagree"),
        ("}", "", "not JSON"),
    ],
)
def test_a_result_that_is_wrong_is_refused_in_one_line(samples, old, new, words):
    path = samples / LATENCY
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert words in refusal(path)


@pytest.mark.parametrize("part", ["latency", "pipeline", "warmup"])
def test_a_valid_burst_without_a_part_is_refused(samples, edit, part):
    edit(samples / LATENCY, lambda values: values.pop(part))
    assert f"a valid latency without {part}" in refusal(samples / LATENCY)


def test_a_rate_that_does_not_follow_from_the_seconds_is_refused(samples, edit):
    edit(samples / SUSTAINED, lambda values: values["sustained"].update(fps_last_60s=40))
    assert "fps_last_60s says 40 fps, its samples say 29" in refusal(samples / SUSTAINED)


def test_a_sustained_run_that_was_too_short_may_not_call_itself_valid(samples, edit):
    edit(samples / SUSTAINED, lambda values: values["sustained"].pop("fps_last_60s"))
    assert "a valid sustained run without fps_last_60s" in refusal(samples / SUSTAINED)


def test_an_invalid_run_may_lack_what_it_could_not_measure(samples, edit):
    def ended(values):
        values["validity"] = {"status": "invalid", "reasons": ["aborted"]}
        del values["latency"], values["pipeline"]

    edit(samples / LATENCY, ended)
    assert not read_result(samples / LATENCY).valid


def test_a_file_is_not_read_beyond_its_bound(samples, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1 << 20)
    path = samples / LATENCY
    path.write_text(path.read_text() + " " * (1 << 20))
    assert "larger than 1,048,576 bytes" in refusal(path)


def test_deep_nesting_is_refused(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text("[" * 200_000)
    assert "not JSON" in refusal(path)


def test_json_without_nonsense_survives_a_round_trip(samples):
    found = read_result(samples / LATENCY)
    assert json.loads((samples / LATENCY).read_text()) == found.values
