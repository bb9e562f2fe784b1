"""What the command line says is one line of 300 characters at most, whatever it was given."""

import contextlib
import json
import os
import string
import time

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from poseconvert.budgets import MESSAGE_LENGTH
from poseconvert.cli import options
from poseconvert.errors import escaped, quoted, shortened

LONG = 100_000


@given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(10, 400))
def test_any_text_becomes_one_printable_line(text, limit):
    line = shortened(text, limit)
    assert len(line) <= limit
    assert line.isprintable()


@given(st.text(alphabet=string.ascii_letters + string.digits + ".: '", max_size=300))
def test_a_message_that_fits_is_left_as_it_is(text):
    assert shortened(text) == " ".join(text.split())


@pytest.mark.parametrize("length", [301, 1199, 1201, LONG, 10_000_000])
def test_where_it_is_and_what_to_do_stay(length):
    line = shortened(f"model.onnx: tensor '{'x' * length}' is large. Export it again.")
    assert len(line) == MESSAGE_LENGTH.value
    assert line.startswith("model.onnx: tensor 'xxx")
    assert "xxx...xxx" in line
    assert line.endswith("xxx' is large. Export it again.")


def test_white_space_in_the_middle_of_much_still_shows_that_something_is_missing():
    assert shortened("a: b" + " " * LONG + "c. Do it.") == "a: b ... c. Do it."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("bell\a", "bell\\x07"),
        (os.fsdecode(b"caf\xe9.jpg"), "caf\\xe9.jpg"),
        ("\ud800", "\\ud800"),
        ("left\u202eto right", "left\\u202eto right"),
        ("\U000e0001", "\\U000e0001"),
        ("Grüße 音", "Grüße 音"),
    ],
)
def test_what_cannot_be_printed_is_escaped(text, shown):
    assert escaped(text) == shortened(text) == shown


def test_a_value_is_quoted_in_sixty_characters():
    for value in ("x" * LONG, [1] * LONG, {"a": "\n" * LONG}, 10**5000, b"\xff" * LONG, "\ud800"):
        assert len(quoted(value)) <= 60
        assert quoted(value).isprintable()
    assert quoted(10**5000) == "<int too long to show>"
    assert quoted("short") == "'short'"


VALUES = {
    "letters": "x" * LONG,
    "digits": "9" * LONG,
    "lines": "a\n" * LONG,
    "controls": "\x1b" * LONG,
    "no UTF-8": os.fsdecode(b"\xff" * LONG),
    "a list": ",".join(["1"] * LONG),
    "a list of others": ",".join(map(str, range(1, LONG))),
    "names": "image:" + "1," * LONG + "1",
    "a large shape": "image:" + ",".join(["999999999"] * 8),
    "a large side": "image:1,3,99999,99999",
    "a large number": "1e999999999",
    "a large part": f"1/{'9' * 30}e99999999",
    "beyond a float": "1e999",
    "nested": "[" * LONG,
}
PARSERS = {
    "--input": lambda text: options.parse_inputs([text]),
    "--input-kind": lambda text: options.parse_kinds([text]),
    "--size": options.parse_sizes,
    "--scale": options.parse_channels,
    "--outputs": options.parse_names,
    "--tolerance": options.parse_tolerance,
    "--max-drift": options.parse_pixels,
}


@pytest.mark.parametrize("option", PARSERS)
@pytest.mark.parametrize("value", VALUES)
def test_an_option_of_any_length_is_read_or_refused_at_once(option, value):
    started = time.perf_counter()
    with contextlib.suppress(typer.BadParameter):
        PARSERS[option](VALUES[value])
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "{model}", "--input", "{long}"),
        ("convert", "{model}", "--size", "{long}"),
        ("convert", "{model}", "--scale", "{long}"),
        ("convert", "{model}", "--bias", "{digits}"),
        ("convert", "{model}", "--arch", "{long}"),
        ("convert", "{model}", "--outputs", "{many}"),
        ("convert", "{model}", "--precision", "{long}"),
        ("convert", "{model}", "--image", "{long}"),
        ("convert", "{long}"),
        ("convert", "{odd}"),
        ("inspect", "{model}", "--size", "{long}"),
        ("inspect", "{odd}"),
        ("diff", "{long}"),
        ("evaluate", "{long}", "--dataset", "{long}"),
        ("{long}",),
        ("convert", "{model}", "--{long}"),
    ],
    ids=" ".join,
)
def test_what_a_command_says_fits_three_lines(
    poseconvert, tiny_model, tmp_path, monkeypatch, arguments
):
    monkeypatch.chdir(tmp_path)
    values = {
        "model": tiny_model, "long": "x" * LONG, "digits": "9" * LONG, "many": "a," * LONG,
        "odd": os.fsdecode(b"\xff\xfe\x1b[2J.pt"),
    }  # fmt: skip
    done = poseconvert(*(argument.format(**values) for argument in arguments))
    assert done.code == 2
    (line,) = done.errors
    assert line.startswith("poseconvert: ")
    assert line.isprintable()
    assert len(line) <= len("poseconvert: ") + MESSAGE_LENGTH.value
    assert "This is a bug" not in line
    assert list(tmp_path.iterdir()) == []


def test_a_message_with_a_name_that_is_no_utf_8_is_printed(poseconvert, tiny_model, tmp_path):
    picture = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    picture.write_bytes(b"no picture")
    done = poseconvert("convert", tiny_model, "-o", tmp_path / "out", "--image", picture)
    assert done.code == 2
    assert "caf\\xe9.jpg: not a picture Pillow can read" in done.err


@pytest.mark.parametrize("suffix", ["safetensors", "pt", "onnx"])
def test_a_model_whose_name_is_no_utf_8_is_refused(poseconvert, tiny_model, tmp_path, suffix):
    model = tmp_path / os.fsdecode(b"m\xe9." + suffix.encode())
    model.write_bytes(tiny_model.read_bytes())
    done = poseconvert("convert", model, "-o", tmp_path / "out")
    assert done.code == 2
    assert done.errors == [
        f"poseconvert: {tmp_path}/m\\xe9.{suffix}: its name is not UTF-8. Rename it."
    ]


def test_a_picture_whose_name_is_no_utf_8_is_read_and_reported(
    poseconvert, tiny_conversion, tmp_path
):
    picture = tmp_path / os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (64, 64), "red").save(picture)
    html, chart = tmp_path / "report.html", tmp_path / "chart.png"
    done = poseconvert("diff", tiny_conversion, "--image", picture, "--html", html, "--png", chart,
                       "--json")  # fmt: skip
    assert done.code == 0, done.err
    assert "caf\ufffd" in json.loads(done.out)["inputs"] or "caf\ufffd" in html.read_text()
