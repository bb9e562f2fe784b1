from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from poseconvert.drift import OutputDrift, Tolerance
from poseconvert.drift.format import number
from poseconvert.reports.joints import joint_rows
from poseconvert.reports.stage_rows import stage_rows
from poseconvert.reports.summary import pixels, verdict_line
from poseconvert.reports.table import print_joints, print_measurement

WIDTHS = pytest.mark.parametrize("width", [80, 120])


def shown(printer, measurement, width):
    file = StringIO()
    printer(measurement, Console(file=file, width=width))
    text = file.getvalue()
    assert max(len(line) for line in text.splitlines()) <= width
    assert "\x1b" not in text
    return text


def words(text):
    return " ".join(text.split())


@WIDTHS
def test_held_shows_every_column_and_ends_with_the_verdict(measure, made, width):
    text = shown(print_measurement, measure(made.comparison()), width)

    for expected in (
        "ONNX -> Core ML", "coreml_from_onnx", "reference executor (fp16)",
        "against ONNX Runtime 1.32.0",
        "heatmap", "PSNR 61.2 dB", "needs 55 dB", "0.23 px (limit 0.5)", "0 visible flips",
        "1 unsure joint jumped", "90.00 px (not judged)", "1 could flip", "held",
        "1 of 31 ops kept in float32",
    ):  # fmt: skip
        assert expected in text
    assert words(text).endswith(
        "parity held: 1 stage on 2 inputs, 4 joints (2 visible, 1 unsure, 1 absent):"
        " at most 0.23 px within their cells, 0 visible flips,"
        " 1 unsure joint jumped 90.00 px (not judged)"
    )


@WIDTHS
def test_broken_says_why_and_how_many_reasons_are_left(measure, made, width):
    text = words(shown(print_measurement, measure(made.broken), width))

    assert text.count("why ONNX -> Core ML, reference executor (fp16): heatmap: drift") == 6
    assert "and 3 more, see parity.json or --json" in text
    assert "parity BROKEN: ONNX -> Core ML broken; 1 stage on 2 inputs" in text


@WIDTHS
def test_not_run_is_never_a_pass(measure, made, width):
    measurement = measure(made.comparison("onnx_from_torch"), made.not_run)
    text = words(shown(print_measurement, measurement, width))

    assert "not run" in text
    assert "why ONNX -> Core ML: model.mlpackage did not run: it was edited" in text
    assert "parity not established: ONNX -> Core ML not run; 1 stage on 2 inputs" in text
    assert "parity held" not in text


def test_broken_outranks_not_run_and_both_are_named(measure, made):
    line = verdict_line(measure(made.broken, replace(made.not_run, stage="end_to_end")))
    assert line.startswith("parity BROKEN: ONNX -> Core ML broken; end to end not run; 1 stage on")


@pytest.mark.parametrize("which", ["none", "only not run"])
def test_nothing_compared_is_not_established(measure, made, which):
    comparisons = [made.not_run] if which == "only not run" else []
    line = verdict_line(measure(*comparisons))
    assert line.startswith("parity not established: ")
    assert line.endswith("nothing was compared")


def test_a_conversion_without_joints_says_so(measure, made):
    line = verdict_line(measure(made.comparison(joints=()), decode=()))
    assert line == "parity held: 1 stage on 2 inputs, no joints (no decode spec)"


def test_coverage_is_a_range_where_stages_saw_different_inputs(measure, made):
    line = verdict_line(measure(made.comparison("onnx_from_torch", inputs=("a",)), made.broken))
    assert "2 stages on 1 to 2 inputs" in line


def test_end_to_end_is_no_stage(measure, made):
    line = verdict_line(measure(made.comparison(), made.comparison("end_to_end")))
    assert line.startswith("parity held: 1 stage on")


def test_the_verdict_takes_the_worst_stage_not_the_last(measure, made):
    far = made.comparison("onnx_from_torch", joints=(made.joint("nose", displacement_px=3.0),))
    assert "at most 3.00 px" in verdict_line(measure(far, made.comparison()))


def test_a_flip_is_not_counted_as_movement(measure, made):
    (row,) = stage_rows(measure(made.comparison()))
    assert row.moved == "0.23 px (limit 0.5)"


def test_the_worst_output_is_the_one_that_used_most_of_its_tolerance(measure, made):
    tolerance = Tolerance(1e-5, None, 0.05, "")
    noisy = OutputDrift("noisy", replace(made.drift, relative=2e-5), "", floor=1e-3)
    close = OutputDrift("close", replace(made.drift, relative=9e-6), "")
    lost = OutputDrift("lost", None, "lost: missing in the candidate")
    nan = OutputDrift("nan", replace(made.drift, relative=0.0, non_finite=3), "nan: 3 values")

    def worst(*outputs):
        (row,) = stage_rows(measure(made.comparison(outputs=outputs, tolerance=tolerance)))
        return row.output, row.drift, row.allowed

    assert worst(noisy, close) == ("close", "9e-6 of range", "limit 1e-5")
    raised = noisy.allowed(tolerance)
    assert raised > tolerance.relative
    assert worst(noisy) == ("noisy", "2e-5 of range", f"limit {number(raised)}")
    assert worst(close, lost)[:2] == ("lost", "not measured")
    assert worst(close, nan)[:2] == ("nan", "3 NaN or Inf")


def test_the_noise_floor_stands_in_the_row_with_its_source(measure, made):
    noisy = OutputDrift("noisy", made.drift, "", floor=2.3e-6, floor_source="float64")
    (row,) = stage_rows(measure(made.comparison(outputs=(noisy,))))
    assert row.floor == "rounding 2.3e-6"
    assert "rounding 2.3e-6" in shown(
        print_measurement, measure(made.comparison(outputs=(noisy,))), 80
    )
    (bare,) = stage_rows(measure(made.comparison()))
    assert bare.floor == ""


def test_a_broken_row_says_what_tolerance_would_have_passed(measure, made):
    tight, loud = Tolerance(1e-3, None, 0.5, ""), Tolerance(None, 70.0, 0.5, "")
    rows = stage_rows(
        measure(
            made.comparison(tolerance=tight), made.comparison(tolerance=loud), made.comparison()
        )
    )
    assert [row.allowed for row in rows] == [
        "limit 0.001; would pass with 0.021",
        "needs 70 dB; would pass with 61 dB",
        "needs 55 dB",
    ]


def test_identical_outputs_are_called_identical(measure, made):
    same = replace(made.drift, max_abs=0.0, relative=0.0, psnr_db=float("inf"))
    outputs = OutputDrift("a", same, ""), OutputDrift("b", same, "")
    (row,) = stage_rows(measure(made.comparison(outputs=outputs)))
    assert (row.output, row.drift) == ("every output", "identical")


def test_names_from_files_are_neither_markup_nor_control_sequences(measure, made):
    note, stage = "[red]note[/red]", "\x1b[31mstage"
    text = shown(print_measurement, measure(made.comparison(stage), notes=(note,)), 80)
    assert note in text
    assert "\N{REPLACEMENT CHARACTER}[31mstage" in text


@WIDTHS
def test_joints_are_listed_with_unsure_ones_apart(measure, made, width):
    text = shown(print_joints, measure(made.comparison()), width)
    visible, unsure = text.split(" unsure joint ")
    assert "leftWrist" in visible
    assert "leftWrist" not in unsure
    assert "leftEar" in unsure
    assert "leftEye" not in text


@WIDTHS
def test_each_input_says_which_joints_cannot_flip_which_could_and_which_did(measure, made, width):
    joints = (
        made.joint("nose", certified=True),
        made.joint("leftEye"),
        made.joint("leftEar", band="occluded", score=0.2, certified=True),
        made.joint("chin", band="absent", score=0.0),
        made.joint("chest", standing="flipped"),
        *(made.joint(f"joint{n}", band="occluded", input_name="second") for n in range(6)),
    )
    text = words(shown(print_joints, measure(made.comparison(joints=joints)), width))
    assert (
        "joints first: 1 of 3 visible, 1 of 1 unsure joints cannot flip at this drift;"
        " leftEye (2d) could; chest (2d) did" in text
    )
    assert (
        "joints second: 0 of 6 unsure joints cannot flip at this drift; joint0 (2d), joint1 (2d),"
        " joint2 (2d), joint3 (2d) and 2 more could" in text
    )


@WIDTHS
def test_depth_stands_only_with_the_3d_head(measure, made, width):
    deep = made.joint("rForearmBend", head="3d", depth_cells=0.25)
    text = shown(print_joints, measure(made.comparison(joints=(made.joint("nose"), deep))), width)
    flat, solid = text.split("(3d head)")
    assert "bins" not in flat.split("(2d head)")[1]
    assert "0.25" in solid


def test_without_joints_the_joint_table_says_why(measure, made):
    text = shown(print_joints, measure(made.comparison(joints=())), 80)
    assert "no joints were measured" in text


def test_an_absent_joint_cannot_be_one_that_could_flip(measure, made):
    gone = made.joint("nose", band="absent", displacement_px=float("nan"), standing="at risk")
    (row,) = stage_rows(
        measure(made.comparison(joints=(gone, made.joint("leftEye", certified=True))))
    )
    assert row.flips == ("0 visible flips",)


def test_a_joint_is_summed_up_over_its_inputs(made):
    joints = (
        made.joint(
            "nose", displacement_px=0.1, margin=0.4, score=0.9, candidate_score=0.91, certified=True
        ),
        made.joint("nose", displacement_px=0.3, margin=0.2, score=0.9, candidate_score=0.87),
        made.joint("nose", displacement_px=70.0, margin=0.01, standing="flipped"),
    )
    (row,) = joint_rows(joints)
    assert (row.inputs, row.max_px, row.least_margin) == (3, 0.3, 0.01)
    assert row.score_drift == pytest.approx((-0.03, 0.01))
    assert (row.cannot_flip, row.could_flip, row.flipped) == (1, 1, 1)


def test_a_joint_only_the_candidate_has_is_listed_as_a_flip(measure, made):
    appeared = made.joint("nose", band="absent", standing="flipped", displacement_px=float("inf"))
    assert [row.band for row in joint_rows((appeared,))] == ["absent"]
    line = verdict_line(measure(made.comparison(joints=(appeared,))))
    assert (
        "at most 0 px within their cells, 0 visible flips, 1 absent joint appeared (not judged);"
        in line
    )
    assert line.endswith("no visible joint was tested, give --image")
    own = verdict_line(measure(made.comparison(joints=(appeared,)), origin="given"))
    assert own.endswith("no visible joint was tested on these pictures: no score reaches 0.5")


def test_a_flip_that_became_visible_counts_as_visible(measure, made):
    seen = made.joint("nose", band="occluded", standing="flipped", candidate_visible=True)
    (row,) = stage_rows(measure(made.comparison(joints=(seen,))))
    assert row.flips == ("1 visible flip of 0.23 px",)


def test_small_numbers_never_read_as_zero():
    assert [pixels(x) for x in (0.0, 1e-5, 0.014, 2.5, 143.2)] == [
        "0",
        "<0.01",
        "0.01",
        "2.50",
        "143",
    ]
    assert [number(x) for x in (0.0, 4.5e-6, 0.4, 2e10)] == ["0", "4.5e-6", "0.4", "2e+10"]
