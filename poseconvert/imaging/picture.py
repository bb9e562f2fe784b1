"""Read a picture file as upright RGB, with bounded memory and one-line refusals."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from poseconvert.budgets import PICTURE_BYTES, PICTURE_PIXELS
from poseconvert.errors import PictureError
from poseconvert.files import followed, open_regular, refuse_longer

#: Pictures of pixels, which Pillow reads alone. Left out: EPS, a program that ghostscript would
#: run; WMF and EMF, which are drawn by the system; what needs a handler from elsewhere (BUFR,
#: GRIB, HDF5); and kinds that hold no photograph, each of them one more reader to attack.
FORMATS = (
    "AVIF", "BMP", "DDS", "DIB", "GIF", "ICNS", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG",
    "PPM", "PSD", "QOI", "SGI", "TGA", "TIFF", "WEBP",
)  # fmt: skip
_EPS = (b"%!PS", b"\xc5\xd0\xd3\xc6")


def read_picture(path: Path, *, upright: bool = True) -> Image.Image:
    """Read ``path`` as an 8-bit RGB picture, turned upright by its EXIF orientation.

    Transparent pixels are laid over black. Of 16 bits the high 8 are kept, of an animation
    the first frame. CMYK is turned into RGB without a colour profile, and a CMYK JPEG is
    taken to be inverted, as Adobe and nearly everyone after them writes it.

    Parameters
    ----------
    upright : whether EXIF's orientation is followed; else pixels come as they are stored.

    Raises
    ------
    PictureError : no such file, a folder, a pipe, a device, empty, damaged, none of ``FORMATS``,
        or above 100 megapixels; values of unknown range (floating point, 32 bits); a
        transparent colour of 16 bits.
    """
    try:
        if path.is_dir():
            raise PictureError(f"{path}: is a folder, not a picture. Name the pictures inside it.")
        if not path.exists():
            raise PictureError(f"{path}: no such picture. Check the path.")
        with open_regular(followed(path)) as file, _strict_pillow():
            if refuse_longer(file, path, PICTURE_BYTES.value) == 0:
                raise PictureError(f"{path}: is empty (0 bytes). Copy or download it again.")
            _refuse_program(path, file)
            with Image.open(file, formats=_readable()) as image:
                _refuse_huge(path, image.size)
                _refuse_unclear(path, image)
                return _rgb(ImageOps.exif_transpose(image) if upright else image)
    except UnidentifiedImageError as error:
        raise PictureError(f"{path}: not a picture Pillow can read. Give JPEG or PNG.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(f"{path}: {error}. Scale it down first.") from error
    except PictureError:
        raise
    except OSError as error:
        what = (
            f"cannot be read ({error.strerror})" if error.strerror else f"damaged picture ({error})"
        )
        raise PictureError(f"{path}: {what}. Copy it again.") from error
    except Exception as error:  # each of Pillow's plugins raises its own types
        raise PictureError(f"{path}: damaged picture ({error}). Copy it again.") from error


def rgb_picture(image: Image.Image, *, name: str) -> Image.Image:
    """Return a picture in memory as :func:`read_picture` returns the file it came from.

    Parameters
    ----------
    name : what it is called in messages.

    Raises
    ------
    PictureError : it is empty, damaged or too large, or its values are of unknown range.
    """
    place = Path(name)
    if not all(image.size):
        raise PictureError(f"{name}: is empty ({image.size[0]}x{image.size[1]}). Give another.")
    _refuse_huge(place, image.size)
    try:
        _refuse_unclear(place, image)
        return _rgb(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError) as error:  # its file is read only now
        raise PictureError(f"{name}: damaged picture ({error}). Load it again.") from error


@contextmanager
def _strict_pillow() -> Iterator[None]:
    """Hold what a plugin finds inside a file, such as the PNG in an icon, to our limit too."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = PICTURE_PIXELS.value
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow warns of is refused, or harmless
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _readable() -> list[str]:
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _refuse_program(path: Path, file: BinaryIO) -> None:
    if file.read(4).startswith(_EPS):
        raise PictureError(
            f"{path}: is PostScript, a program that draws a picture. Save it as JPEG or PNG."
        )
    file.seek(0)


def _refuse_huge(path: Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > PICTURE_PIXELS.value:
        raise PictureError(
            f"{path}: {size[0]}x{size[1]} pixels, more than {PICTURE_PIXELS.value // 10**6}"
            " megapixels. Scale it down first."
        )


def _refuse_unclear(path: Path, image: Image.Image) -> None:
    if image.mode == "F" or (image.mode == "I" and _beyond_16_bits(image)):
        raise PictureError(f"{path}: has values of unknown range. Save it as 8-bit.")
    if "transparency" in image.info and _has_16_bits(image):  # Pillow compares the low 8 only
        raise PictureError(
            f"{path}: has a transparent colour of 16 bits. Save it with an alpha channel."
        )


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image)
    return image.convert("RGB")


def _beyond_16_bits(image: Image.Image) -> bool:
    values = np.asarray(image)
    return bool(values.min() < 0 or values.max() > 0xFFFF)


def _has_16_bits(image: Image.Image) -> bool:
    return image.mode.startswith("I") or any(
        ";16" in str(tile.args) for tile in getattr(image, "tile", ())
    )
