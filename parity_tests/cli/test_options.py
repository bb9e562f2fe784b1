"""Option values are read as the help says, and anything else is refused in one line."""

import pytest
import typer

from poseconvert.cli.options import parse_inputs, parse_size, parse_tolerance


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (None, None),
        ("224", 224),
        (" 257 ", 257),
        ("256x192", (256, 192)),
        ("1x1", (1, 1)),
    ],
)
def test_a_size_is_a_side_or_height_by_width(text, size):
    assert parse_size(text) == size


SIDES = ("", " ", "0", "-224", "+224", "224.0", "2e2", "0224", "1_000", "1\u0662", "nan", "224px")
PAIRS = ("256x", "x192", "0x192", "256x0", "256X192", "256 x 192", "256,192", "256x192x3", "1\n2")


@pytest.mark.parametrize("text", [*SIDES, *PAIRS, "9" * 5000])
def test_anything_else_is_refused_with_both_forms(text):
    with pytest.raises(typer.BadParameter) as caught:
        parse_size(text)
    said = str(caught.value)
    assert said == f"{text!r}: give a side, such as 224, or HxW, such as 256x192."
    assert len(said.splitlines()) == 1


def test_inputs_keep_their_order_and_both_separators():
    found = parse_inputs(["now:1,3,8,9", "past:1x6"])
    assert list(found.items()) == [("now", (1, 3, 8, 9)), ("past", (1, 6))]


@pytest.mark.parametrize("shape", ["", "1,,3", "1,0", "-1,3", "1\u0662", "1,3,", "9" * 5000])
def test_a_shape_that_is_none_is_refused(shape):
    with pytest.raises(typer.BadParameter, match="is not name:shape, such as image:1,3,224,224"):
        parse_inputs([f"image:{shape}"])


def test_a_tolerance_is_a_number_from_0():
    assert parse_tolerance("end_to_end.joint_px=0") == ("end_to_end.joint_px", 0.0)
    with pytest.raises(typer.BadParameter, match="and a number from 0"):
        parse_tolerance("end_to_end.joint_px=-0.1")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ("64x", "'64x': give a side, such as 224, or HxW, such as 256x192."),
        ("64x32", "input 64x32 is not square. Give one side, such as --size 64."),
        ("65", "input_size 65 is not a multiple of 16. Use 64 or 80."),
        ("999999", "input_size is 999999. Give a number from 16 to 2048."),
    ],
)
@pytest.mark.parametrize("command", ["convert", "inspect"])
def test_a_size_that_no_network_takes_is_one_line_and_nothing_is_written(
    poseconvert, tiny_model, tmp_path, monkeypatch, command, size, text
):
    monkeypatch.chdir(tmp_path)
    done = poseconvert(command, tiny_model, "--size", size)
    assert (done.code, done.out, len(done.errors)) == (2, "", 1)
    assert text in done.err
    assert list(tmp_path.iterdir()) == []
