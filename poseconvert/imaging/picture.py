"""Read a picture file as upright RGB, with bounded memory and one-line refusals."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from poseconvert.errors import PictureError

MAX_PIXELS = 100_000_000


def read_picture(path: Path) -> Image.Image:
    """Read ``path`` as an 8-bit RGB picture, turned upright by its EXIF orientation.

    Transparent pixels are laid over black. Of 16 bits the high 8 are kept, of an animation
    the first frame. CMYK is turned into RGB without a colour profile, and a CMYK JPEG is
    taken to be inverted, as Adobe and nearly everyone after them writes it.

    Raises
    ------
    PictureError : no such file, a folder, empty, damaged, or above 100 megapixels; values
        of unknown range (floating point, 32 bits); a transparent colour of 16 bits.
    """
    try:
        if path.is_dir():
            raise PictureError(f"{path}: is a folder, not a picture. Name the pictures inside it.")
        if not path.exists():
            raise PictureError(f"{path}: no such picture. Check the path.")
        if path.stat().st_size == 0:
            raise PictureError(f"{path}: is empty (0 bytes). Copy or download it again.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow warns of is refused, or harmless
            with Image.open(path) as image:
                _refuse_huge(path, image.size)
                _refuse_unclear(path, image)
                return _upright_rgb(image)
    except UnidentifiedImageError as error:
        raise PictureError(f"{path}: not a picture Pillow can read. Give JPEG or PNG.") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{path}: {error}. Scale it down first.") from error
    except PictureError:
        raise
    except Exception as error:  # each of Pillow's plugins raises its own types
        raise PictureError(f"{path}: damaged picture ({error}). Copy it again.") from error


def _refuse_huge(path: Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise PictureError(
            f"{path}: {size[0]}x{size[1]} pixels, more than {MAX_PIXELS // 10**6} megapixels."
            " Scale it down first."
        )


def _refuse_unclear(path: Path, image: Image.Image) -> None:
    if image.mode == "F" or (image.mode == "I" and _beyond_16_bits(image)):
        raise PictureError(f"{path}: has values of unknown range. Save it as 8-bit.")
    if "transparency" in image.info and _has_16_bits(image):  # Pillow compares the low 8 only
        raise PictureError(
            f"{path}: has a transparent colour of 16 bits. Save it with an alpha channel."
        )


def _upright_rgb(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16") or upright.mode == "I":
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in upright.getbands() or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        black = Image.new("RGBA", upright.size, (0, 0, 0, 255))
        upright = Image.alpha_composite(black, upright)
    return upright.convert("RGB")


def _beyond_16_bits(image: Image.Image) -> bool:
    values = np.asarray(image)
    return bool(values.min() < 0 or values.max() > 0xFFFF)


def _has_16_bits(image: Image.Image) -> bool:
    return image.mode.startswith("I") or any(
        ";16" in str(tile.args) for tile in getattr(image, "tile", ())
    )
