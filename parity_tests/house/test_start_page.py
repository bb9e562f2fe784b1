"""The page to start with: its commands, one after the other, as a reader would type them."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import torch

from poseconvert.cli import main, own_network
from poseconvert.face import at_hand
from poseconvert.figures.figure import figure

PAGE = Path(__file__).parents[2] / "docs" / "start.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
LINES = [line for language, block in BLOCKS if not language for line in block.splitlines()]


@pytest.fixture(scope="module")
def typed(tiny_model, once):
    """What each command printed, and the folder; a small model stands in for the bundled one."""
    return once("start-page", lambda place: type_all(tiny_model, place))


def type_all(tiny_model, place):
    from PIL import Image

    shutil.copy(tiny_model, place / "model.safetensors")
    Image.fromarray(figure(7, 3).picture).save(place / "person.jpg")
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, stride=8), torch.nn.Sigmoid())
    torch.jit.trace(network.eval(), torch.zeros(1, 3, 64, 64)).save(place / "network.pt")
    printed = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("COLUMNS", "80")
        for module in (at_hand, own_network):
            patch.setattr(module, "REFERENCE_MODEL", place / "model.safetensors")
        for line in LINES:
            patch.setattr(sys, "argv", shlex.split(line))
            with (place / "printed.txt").open("w+") as out:
                patch.setattr(sys, "stdout", out)
                with pytest.raises(SystemExit) as left:
                    main()
                out.seek(0)
                printed[line] = left.value.code, out.read()
    return place, printed


def test_the_page_has_commands():
    assert [line.split()[:2] for line in LINES] == [
        ["poseconvert", command]
        for command in ("doctor", "convert", "diff", "inspect", "convert", "diff")
    ]


def test_every_command_is_done(typed):
    _, printed = typed
    for line, (code, text) in printed.items():
        assert code in (0, 1), f"{line}\n{text}"
        assert code == 0 or "BROKEN" in text or line == "poseconvert doctor", f"{line}\n{text}"


def test_what_the_page_promises_is_written(typed):
    place, _ = typed
    for name in ("diff.png", "diff.html", "model.poseconvert/model.mlpackage"):
        assert name in PAGE.read_text()
        assert (place / name).exists(), name


def test_the_last_lines_are_those_of_the_page(typed):
    """The numbers are those of the bundled model; the words are the command's."""
    _, printed = typed
    shown = re.search(r"^```text\n(route .*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)[1]
    last = printed["poseconvert convert"][1]

    def words(text):
        plain = re.sub(r"<?\d[\d.e-]*", "N", " ".join(text.split()))
        plain = plain.replace("flips", "flip").replace(", N absent", "").replace("below", "at most")
        plain = re.sub(r"(would have seen N %) in .* (wrote )", r"\1 \2", plain)
        return plain.replace("joints jumped up to", "joint jumped")

    assert words(last).endswith(words(shown)), last
