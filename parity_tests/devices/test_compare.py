"""Two phones: effects, verdicts, and what is never said."""

import xml.etree.ElementTree as ET

import pytest

from poseconvert.devices.compare import compare_phones
from poseconvert.devices.page import comparison_html
from poseconvert.devices.rows import comparison_json, effect_rows, phone_tables, verdict
from poseconvert.devices.run import read_run
from poseconvert.errors import DeviceError


def compared(samples):
    return compare_phones(read_run(samples / "a12"), read_run(samples / "a11"))


def broken_parity(values):
    values["parity"]["pass"] = False
    values["parity"]["reasons"] = ["heatmap3d: PSNR 12 dB, at least 55 dB wanted"]


def test_the_engines_and_the_chips_effects_are_apart(real):
    found = compared(real)
    assert found.gaps == ()
    engine, chip = found.effects
    assert (engine.over, engine.under) == ("A12 all", "A12 cpuAndGPU")
    assert engine.pipeline.value == pytest.approx(40 / 24, rel=0.01)
    assert (chip.over, chip.under) == ("A12 cpuAndGPU", "A11 cpuAndGPU")
    assert chip.pipeline.value == pytest.approx(24 / 16, rel=0.01)
    assert chip.name == "chip and system (iOS 18.0 over iOS 16.7)"
    assert engine.pipeline.low < engine.pipeline.value < engine.pipeline.high


def test_the_articles_story_is_in_the_rows(samples):
    row = compared(samples).rows[0][0]
    assert row.fps_first.value == pytest.approx(40, abs=0.5)
    assert row.fps_last.value == pytest.approx(30, abs=0.5)
    assert row.sustained_ratio.value == pytest.approx(0.75, abs=0.02)
    assert row.to_fair < row.to_serious


def test_an_a11_has_no_engine_to_use(samples):
    rows = {row.units: row for row in compared(samples).rows[1]}
    assert rows["all"].effective == "cpuAndGPU"


def test_a_unit_whose_parity_broke_gets_no_fps(real, edit):
    edit(real / "a12" / "parity-dual_head-all-0.json", broken_parity)
    found = compared(real)
    row = found.rows[0][0]
    assert (row.parity, row.model_fps, row.pipeline_fps, row.fps_first) == (
        "broken", None, None, None,
    )  # fmt: skip
    assert found.effects[0].pipeline is None
    assert found.gaps[0] == (
        "A12: dual_head on all: parity broken (heatmap3d: PSNR 12 dB, at least 55 dB wanted),"
        " so it gets no fps"
    )
    assert verdict(found).startswith("not established")
    cells = phone_tables(found)[0].rows[0]
    assert cells[1].startswith("broken")
    assert not any(character.isdigit() for character in "".join(cells[2:5]))


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v["parity"].update(inputs=0),
        lambda v: v["parity"].update(per_output=[]),
        lambda v: v.update(validity={"status": "invalid", "reasons": ["prediction_failed"]}),
    ],
)
def test_parity_of_nothing_is_not_held(samples, edit, change):
    edit(samples / "a12" / "parity-dual_head-all-0.json", change)
    found = compared(samples)
    assert found.rows[0][0].parity == "not run"
    assert found.rows[0][0].pipeline_fps is None


def test_a_pass_with_reasons_is_no_pass(samples, edit):
    edit(
        samples / "a12" / "parity-dual_head-all-0.json",
        lambda v: v["parity"].update(reasons=["a joint flipped"]),
    )
    assert compared(samples).rows[0][0].parity == "broken"


def test_a_run_that_does_not_count_is_not_counted(samples, edit):
    edit(
        samples / "a12" / "latency-dual_head-all-2.json",
        lambda v: v.update(validity={"status": "invalid", "reasons": ["not_cool_at_start"]}),
    )
    found = compared(samples)
    assert found.rows[0][0].runs == (2, 3)
    assert found.rows[0][0].invalid == ("not_cool_at_start",)
    assert "A12: dual_head on all: 2 valid burst runs, 3 are needed" in found.gaps
    assert found.effects[0].pipeline.low is None
    assert "dual_head: Neural Engine is not established" in found.gaps


def test_a_float32_package_says_nothing_of_the_engine(samples, edit):
    for path in (*samples.glob("a12/*.json"), *samples.glob("a11/*.json")):
        edit(path, lambda v: v["model"].update(precision="fp32"))
    assert "dual_head: a float32 package, which the Neural Engine never runs" in compared(
        samples
    ).gaps  # fmt: skip


def test_phones_in_the_wrong_order_are_refused(samples):
    with pytest.raises(DeviceError, match=r"an A12 is expected here\. Give the A12's folder first"):
        compare_phones(read_run(samples / "a11"), read_run(samples / "a12"))


def test_different_packages_are_refused(samples, edit):
    for path in samples.glob("a11/*.json"):
        edit(path, lambda v: v["model"].update(sha256="00"))
    with pytest.raises(DeviceError, match="Run the same bundle on both phones"):
        compared(samples)


def test_simulated_and_real_do_not_compare(samples, edit):
    for path in samples.glob("a11/*.json"):
        edit(path, lambda v: v.update(simulated=False))
    with pytest.raises(DeviceError, match="simulated and real results do not compare"):
        compared(samples)


def test_whatever_shows_simulated_numbers_says_so(samples):
    found = compared(samples)
    assert comparison_json(found)["simulated"] is True
    assert comparison_json(found)["established"] is False
    assert found.gaps == ("simulated: a script made these numbers, no phone did",)
    assert verdict(found) == "not established, for 1 reason"
    assert "SIMULATED: no phone gave these numbers" in comparison_html(found)
    assert all(table.title.endswith("SIMULATED") for table in phone_tables(found))


def test_the_page_draws_a_line_per_unit_over_thermal_states(samples):
    page = comparison_html(compared(samples))
    plots = [
        ET.fromstring("<svg" + part.partition("</svg>")[0] + "</svg>")
        for part in page.split("<svg")[1:]
    ]
    assert len(plots) == 2
    lines = plots[0].findall("polyline")
    assert len(lines) == 2
    heights = [float(point.partition(",")[2]) for point in lines[0].get("points").split()]
    assert len(heights) == 600
    assert heights[599] > heights[0]  # further down: fewer frames
    assert [text.text for text in plots[0].findall("text")][:3] == ["nominal", "fair", "serious"]


def test_names_from_files_are_escaped(samples, edit):
    name = "<script>alert(1)</script>"
    for path in (*samples.glob("a12/*.json"), *samples.glob("a11/*.json")):
        edit(path, lambda v: v["model"].update(name=name))
    page = comparison_html(compared(samples))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_effects_are_ratios_with_their_intervals_in_words(samples):
    name, what, model, pipeline = effect_rows(compared(samples).effects)[0]
    assert name == "dual_head: Neural Engine"
    assert what == "A12 all / A12 cpuAndGPU"
    assert model.startswith("1.7")
    assert pipeline.startswith("1.67x 1.6")
