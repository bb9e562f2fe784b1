"""400 pictures of every orientation: the input and the joints that Swift must make of them.

    python ios_harness/scripts/picture_fixtures.py          answers the stored questions anew
    python ios_harness/scripts/picture_fixtures.py --draw   draws them anew first

A picture is not stored but made of its seed, by the same arithmetic here and in Swift. In place of
Core ML stands a network that both can compute exactly: its heatmaps are pixels of its input.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from poseconvert.decoding import DecodeSpec, decode
from poseconvert.decoding.frame import from_corner
from poseconvert.imaging.preprocessing import Preprocessing, input_picture

FIXTURE = Path(__file__).parents[1] / "Tests/PoseBenchCoreTests/Fixtures/pictures.json"
COUNT = 400
JOINTS = 3
ORIENTATION = 0x0112  # the EXIF tag

Record = dict[str, Any]


def stored_picture(ask: Record) -> NDArray[np.uint8]:
    """RGB as it is stored, made by Knuth's linear congruential generator from a seed."""
    noise, values = ask["seed"], []
    for _ in range(3 * ask["width"] * ask["height"]):
        noise = (noise * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % (1 << 64)
        values.append(noise >> 56)
    return np.array(values, np.uint8).reshape(ask["height"], ask["width"], 3)


def stand_in(pixels: NDArray[np.uint8], grid: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """Heatmaps and offsets (1, C, H, W) read from the pixels in the middle of each cell."""
    height, width = pixels.shape[:2]
    y, x = ((2 * np.arange(n) + 1) * side // (2 * n)
            for n, side in zip(grid, (height, width), strict=True))  # fmt: skip
    cells = pixels[np.ix_(y, x)].astype(np.float32).transpose(2, 0, 1)
    heatmap = cells[[joint % 3 for joint in range(JOINTS)]] / np.float32(255)
    offset = cells[[channel % 3 for channel in range(2 * JOINTS)]] / np.float32(16) - np.float32(8)
    return {"heatmap": heatmap[None], "offset": offset[None]}


def answer(ask: Record) -> Record:
    """Return what poseconvert makes of the picture; an absent joint has no position."""
    image = Image.fromarray(stored_picture(ask))
    image.getexif()[ORIENTATION] = ask["orientation"]
    upright = ImageOps.exif_transpose(image)
    pixels, placement = input_picture(upright, Preprocessing(**ask["preprocessing"]))
    spec = DecodeSpec.from_dict(ask["spec"])
    pose = decode(stand_in(pixels, spec.grid), spec)
    at = from_corner(pose.position, spec)[0]
    return {
        "size": list(upright.size),
        "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "scale": list(placement.scale),
        "shift": list(placement.shift),
        "position": [
            None if np.isnan(place).any() else place.tolist()
            for place in placement.to_picture(at + 0.5) - 0.5
        ],
        "score": pose.score[0].tolist(),
    }


def draw() -> list[Record]:
    """Draw pictures of all orientations, orders and fits, larger and smaller than the input."""
    generator = np.random.Generator(np.random.PCG64(16))
    return [_question(index, generator) for index in range(COUNT)]


def _question(index: int, generator: np.random.Generator) -> Record:
    def one(low: int, high: int) -> int:
        return int(generator.integers(low, high, endpoint=True))

    most = (3, 12, 40, 70)[index % 4]
    width, height = 8 * one(1, 5), 8 * one(1, 5)
    grid = (one(1, 4), one(1, 4))
    spec = {
        "skeleton": f"numbered_{JOINTS}", "joints": JOINTS, "grid": list(grid),
        "stride": [height / grid[0], width / grid[1]], "size": [height, width],
        "heatmap": "heatmap", "offset": "offset", "offset_order": "yx", "offset_unit": "pixel",
        "centre": 0.5, "z_zero": 0.0, "activation": "linear", "threshold": 0.0,
        "refinement": "offset", "frame": ("corner", "centred_y_up")[one(0, 1)],
    }  # fmt: skip
    return {
        "seed": one(0, 1 << 40),
        "width": one(1, most),
        "height": one(1, most),
        "padding": one(0, 5),
        "order": ("rgb", "rgba", "bgra")[one(0, 2)],
        "orientation": 1 + index % 8,
        "preprocessing": {
            "width": width,
            "height": height,
            "fit": ("letterbox", "letterbox", "crop", "stretch")[one(0, 3)],
        },
        "spec": spec,
    }


def text_of(questions: list[Record]) -> str:
    """Return the fixture file: every question with its answer."""
    cases = [{"ask": ask, "expect": answer(ask)} for ask in questions]
    lines = ",\n".join(json.dumps(case, allow_nan=False, sort_keys=True) for case in cases)
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    stored = [] if "--draw" in sys.argv else json.loads(FIXTURE.read_text())
    FIXTURE.write_text(text_of([case["ask"] for case in stored] or draw()))
    print(f"{FIXTURE.name}: {COUNT} cases")
