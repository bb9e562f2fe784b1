"""Writes docs/examples: two reports of ``diff --ops --html``, one held and one broken.

python docs/generate_reports.py

The reference model is converted, and run on rendered figures: two on which parity holds, and two
on which a joint flips in float16.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from poseconvert.figures.figure import figure

ROOT = Path(__file__).parents[1]
PAGES = Path(__file__).with_name("examples")
MODEL = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"
SEED = 7
#: Page: the figures it shows, and the exit code.
REPORTS = {
    "diff-report.html": ((3, 4), 0),
    "diff-report-broken.html": ((15, 21), 1),
}


def main():
    PAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        conversion = folder / "model.poseconvert"
        poseconvert("convert", MODEL, "-o", conversion)
        for name, (indices, code) in REPORTS.items():
            pictures = [render(folder, index) for index in indices]
            wanted = "--ops", "--html", PAGES / name
            found = poseconvert("diff", *wanted, "--model", MODEL, conversion, *pictures)
            assert found == code, f"{name}: exit {found}, not {code}. Choose other figures."


def render(folder, index):
    path = folder / f"figure-{index}.png"
    Image.fromarray(figure(SEED, index).picture).save(path)
    return path


def poseconvert(*words):
    command = [sys.executable, "-m", "poseconvert", *map(str, words), "--quiet"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    main()
