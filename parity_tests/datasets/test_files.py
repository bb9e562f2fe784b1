"""Pictures of datasets come as they are stored, because joints were annotated on those pixels."""

import numpy as np
import pytest
from PIL import Image

from poseconvert.datasets.files import picture_in

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize("orientation", [None, 0, *range(1, 9), 77])
def test_the_turn_of_exif_is_not_made(tmp_path, orientation):
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.fromarray(PIXELS).save(tmp_path / "a.png", exif=exif)
    picture = picture_in(tmp_path, "a.png", where="list.json: images[0]")()
    assert picture.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(picture), PIXELS)
