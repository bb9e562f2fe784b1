"""Pictures of every format that Pillow writes and reads, and the JSON that users write."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

#: Pillow's name -> suffix and mode of the picture.
FORMATS = {
    "AVIF": ("avif", "RGB"), "BLP": ("blp", "P"), "BMP": ("bmp", "RGB"), "DDS": ("dds", "RGB"),
    "DIB": ("dib", "RGB"), "EPS": ("eps", ""), "GIF": ("gif", "P"), "ICNS": ("icns", "RGB"),
    "ICO": ("ico", "RGBA"), "IM": ("im", "RGB"), "JPEG": ("jpg", "RGB"),
    "JPEG2000": ("jp2", "RGB"), "MSP": ("msp", "1"), "PCX": ("pcx", "RGB"), "PNG": ("png", "RGBA"),
    "PPM": ("ppm", "RGB"), "QOI": ("qoi", "RGB"), "SGI": ("sgi", "RGB"),
    "SPIDER": ("spi", "F"), "TGA": ("tga", "RGB"), "TIFF": ("tif", "RGB"), "WEBP": ("webp", "RGB"),
    "XBM": ("xbm", "1"),
}  # fmt: skip
HEATMAPS = [{
    "skeleton": "coco_17", "joints": 17, "grid": [8, 8], "stride": [16, 16], "size": [128, 128],
    "heatmap": "heatmap", "offset": "offset", "offset_order": "yx", "offset_unit": "pixel",
    "activation": "probability", "refinement": "offset", "frame": "corner", "centre": 0,
    "z_zero": 0, "threshold": 0,
}]  # fmt: skip
_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 17 12\n%%EndComments\n0 0 moveto\nshowpage\n"


def picture(folder: Path, *, form: str) -> None:
    """Write a small picture of random pixels; of two frames where the format has them."""
    from PIL import Image

    suffix, mode = FORMATS[form]
    path = folder / f"x.{suffix}"
    if form == "EPS":
        path.write_bytes(_EPS)
        return
    pixels = np.random.default_rng(0).integers(0, 256, (12, 17, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    options = {}
    if form in {"GIF", "WEBP", "TIFF", "PNG"}:
        options = {"save_all": True, "append_images": [image.rotate(90)]}
    if form in {"JPEG", "PNG", "WEBP"}:
        exif = Image.Exif()
        exif[0x0112] = 6
        options["exif"] = exif
    image.save(path, form, **options)


def decode(folder: Path) -> None:
    """Write the decode specs of the network beside which they are used."""
    (folder / "decode.json").write_text(json.dumps(HEATMAPS, indent=1))


BUILDERS: dict[str, Callable[[Path], None]] = {
    **{f"picture/{form}": partial(picture, form=form) for form in FORMATS},
    "json/decode": decode,
}
