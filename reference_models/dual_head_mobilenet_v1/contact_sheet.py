"""Draw ``docs/images/figures.png``: 64 rendered figures, a quarter of them with their joints.

Red: joints the camera sees. Blue: joints it does not.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from poseconvert.decoding.skeleton import DUAL_HEAD_24
from poseconvert.figures.figure import SIZE, Figure, figures

SEED, ACROSS, DOWN = 64, 8, 8
SHOWN = 160
OUT = Path(__file__).parents[2] / "docs" / "images" / "figures.png"


def tile(figure: Figure, *, joints: bool) -> Image.Image:
    """One figure, with its bones and joints if wanted."""
    picture = Image.fromarray(figure.picture).resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
    if not joints:
        return picture
    pen = ImageDraw.Draw(picture)
    places = [(x * SHOWN / SIZE, y * SHOWN / SIZE) for x, y, _ in figure.joints.tolist()]
    for start, end in DUAL_HEAD_24.bones:
        pen.line([places[start], places[end]], fill=(90, 230, 90))
    for (x, y), seen in zip(places, figure.visible, strict=True):
        pen.ellipse([x - 2, y - 2, x + 2, y + 2], fill=(230, 40, 40) if seen else (60, 90, 255))
    return picture


def main() -> None:
    """Write the sheet."""
    sheet = Image.new("RGB", (ACROSS * SHOWN, DOWN * SHOWN))
    for index, figure in enumerate(figures(SEED, ACROSS * DOWN)):
        place = (index % ACROSS * SHOWN, index // ACROSS * SHOWN)
        sheet.paste(tile(figure, joints=index // ACROSS % 4 == 3), place)
    # 256 colours keep the file small; noise survives no better in more.
    sheet.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(OUT, optimize=True)
    print(f"wrote {OUT} ({OUT.stat().st_size / 1e6:.2f} MB)")


if __name__ == "__main__":
    main()
