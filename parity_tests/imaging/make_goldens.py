"""Record what tiny pictures become in the input: ``python parity_tests/imaging/make_goldens.py``.

``goldens/`` holds the pictures as files, the input of each fit as raw uint8 (H, W, 3) RGB, and
``goldens.json`` with the SHA-256 of both. A picture that exists is kept: another zlib would write
other bytes. Record anew only when preprocessing is meant to change, and say so in the changelog.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image

from poseconvert.imaging.patterns import blobs, noise, ramp
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture

FOLDER = Path(__file__).parent / "goldens"
WIDTH, HEIGHT = 20, 16
FITS = ("letterbox", "crop", "stretch")


def write_pictures():
    """Write the pictures that are not there yet: one of each kind that is read differently."""
    sideways = Image.Exif()
    sideways[0x0112] = 6
    alpha = np.dstack([noise(13, 31, seed=5), ramp(13, 31)[:, :, 0]])
    wide = blobs(11, 9, seed=6)[:, :, 0].astype(np.uint16) * 257
    made = {
        "landscape.png": (Image.fromarray(noise(24, 40, seed=4)), {}),
        "sideways.png": (Image.fromarray(ramp(18, 27)), {"exif": sideways}),
        "alpha.png": (Image.fromarray(alpha), {}),
        "grey16.png": (Image.fromarray(wide), {}),
        "palette.gif": (Image.fromarray(blobs(22, 22, seed=7)).quantize(16), {}),
    }
    FOLDER.mkdir(exist_ok=True)
    for name, (image, options) in made.items():
        if not (FOLDER / name).exists():
            image.save(FOLDER / name, **options)
    return sorted(made)


def inputs_of(name):
    """Return the input of each fit, by file name."""
    picture = read_picture(FOLDER / name)
    return {
        f"{name.partition('.')[0]}.{fit}.u8": input_picture(
            picture, Preprocessing(WIDTH, HEIGHT, fit)
        )[0].tobytes()
        for fit in FITS
    }


def main():
    record = {"width": WIDTH, "height": HEIGHT, "sha256": {}}
    for name in write_pictures():
        stored = {name: (FOLDER / name).read_bytes(), **inputs_of(name)}
        for file, data in stored.items():
            (FOLDER / file).write_bytes(data)
            record["sha256"][file] = hashlib.sha256(data).hexdigest()
    (FOLDER / "goldens.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
