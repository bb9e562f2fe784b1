"""Pictures that are pipes, programs, or larger than they look: one line, soon, in little memory."""

import contextlib
import io
import os
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from poseconvert.errors import PictureError
from poseconvert.imaging.picture import FORMATS, read_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
Image.init()
SAVED = sorted(set(FORMATS) & set(Image.SAVE) & set(Image.OPEN))
SIDE = 60_000


def in_format(name):
    buffer = io.BytesIO()
    frames = {"save_all": True, "append_images": [Image.new("RGB", (16, 12))]}
    Image.fromarray(PIXELS).save(buffer, name, **(frames if name == "MPO" else {}))
    return buffer.getvalue()


def test_seventeen_formats_at_least_are_tried():
    assert len(SAVED) >= 16, SAVED


@pytest.mark.parametrize("name", SAVED)
def test_every_format_is_read(tmp_path, name):
    path = tmp_path / "picture"
    path.write_bytes(in_format(name))
    assert read_picture(path).size[0] >= 12


@pytest.mark.parametrize("name", SAVED)
def test_a_picture_cut_short_ends_in_one_line_or_is_read(limited, tmp_path, name):
    data, path = in_format(name), tmp_path / "picture"
    for share in (0.02, 0.1, 0.5, 0.9):
        path.write_bytes(data[: max(1, int(len(data) * share))])
        said = limited("picture", path)
        assert said == "read" or said.startswith(f"PictureError: {path}: "), said
        assert "\n" not in said


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1 << 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def changed(name, *, at, form, values):
    data = bytearray(in_format(name))
    struct.pack_into(form, data, at, *values)
    return bytes(data)


def tiff():
    """Tags 256 and 257 say how many columns and rows there are."""
    data = bytearray(in_format("TIFF"))
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    for index in range(count):
        at = start + 2 + 12 * index
        if struct.unpack_from("<H", data, at)[0] in (256, 257):
            struct.pack_into("<HII", data, at + 2, 4, 1, SIDE)
    return bytes(data)


def jpeg(marker=b"\xff\xc0"):
    data = in_format("JPEG")
    at = data.index(marker) + 5
    return data[:at] + struct.pack(">HH", SIDE, SIDE) + data[at + 4 :]


def icon(width, height):
    """An icon whose directory says 16 x 16 and whose picture is a large PNG."""
    inside = png(width, height)
    head = struct.pack("<HHH", 0, 1, 1)
    return head + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inside), 22) + inside


def gif():
    """The screen is small, the first frame is not."""
    data = bytearray(in_format("GIF"))
    at = data.index(b"\x2c", 13 + 3 * (2 << (data[10] & 7)))
    struct.pack_into("<HHHH", data, at + 1, 0, 0, SIDE, SIDE)
    return bytes(data)


def webp():
    extended = struct.pack("<I", 0) + (SIDE * 16 - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", len(extended)) + extended
    return b"RIFF" + struct.pack("<I", len(body)) + body


HUGE = {
    "PNG": lambda: png(SIDE, SIDE),
    "PNG of a long row": lambda: png(2**31 - 1, 1),
    "BMP": lambda: changed("BMP", at=18, form="<ii", values=(SIDE, SIDE)),
    "BMP from above": lambda: changed("BMP", at=18, form="<ii", values=(SIDE, -SIDE)),
    "DIB": lambda: changed("DIB", at=4, form="<ii", values=(SIDE, SIDE)),
    "DDS": lambda: changed("DDS", at=12, form="<II", values=(SIDE, SIDE)),
    "GIF": lambda: changed("GIF", at=6, form="<HH", values=(SIDE, SIDE)),
    "GIF whose frame is larger": gif,
    "ICO whose picture is larger": lambda: icon(SIDE, SIDE),
    "ICO whose picture is a little too large": lambda: icon(10_001, 10_000),
    "JPEG": jpeg,
    "PCX": lambda: changed("PCX", at=8, form="<HH", values=(SIDE - 1, SIDE - 1)),
    "PPM": lambda: b"P6\n60000 60000\n255\n" + bytes(1000),
    "PPM of many digits": lambda: b"P6\n" + b"9" * 5000 + b" 1\n255\n",
    "PSD": lambda: (
        struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, SIDE // 2, SIDE // 2, 8, 3) + bytes(12)
    ),
    "QOI": lambda: changed("QOI", at=4, form=">II", values=(SIDE, SIDE)),
    "SGI": lambda: changed("SGI", at=6, form=">HH", values=(SIDE, SIDE)),
    "TGA": lambda: changed("TGA", at=12, form="<HH", values=(SIDE, SIDE)),
    "TIFF": tiff,
    "WEBP": webp,
}


@pytest.mark.parametrize("name", HUGE)
def test_a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded(limited, tmp_path, name):
    path = tmp_path / "picture"
    path.write_bytes(HUGE[name]())
    said = limited("picture", path)
    assert said.startswith(f"PictureError: {path}: "), said
    assert said.endswith(".")
    assert "\n" not in said


PROGRAMS = {
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "PostScript that writes": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(f) (w) file\n",
    "PostScript with a preview": b"\xc5\xd0\xd3\xc6" + bytes(30) + b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "a metafile": b"\xd7\xcd\xc6\x9a" + bytes(18) + b"\x01\x00\x09\x00" + bytes(40),
    "a PDF": b"%PDF-1.4\n",
    "a stub": b"\x89HDF\r\n\x1a\n" + bytes(64),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_picture_is_given_to_a_program(tmp_path, monkeypatch, name):
    import subprocess

    def run(*arguments, **options):
        raise AssertionError(f"started {arguments}")

    monkeypatch.setattr(subprocess, "Popen", run)
    path = tmp_path / "picture.jpg"
    path.write_bytes(PROGRAMS[name])
    with pytest.raises(PictureError, match=r"is PostScript|not a picture Pillow can read"):
        read_picture(path)


@pytest.mark.parametrize("kind", ["pipe", "zeros", "nothing", "sparse"])
def test_what_is_no_file_is_refused_and_nothing_waits(limited, tmp_path, kind):
    path = tmp_path / "picture.jpg"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    else:
        path.symlink_to({"zeros": "/dev/zero", "nothing": "/dev/null"}[kind])
    said = limited("picture", path)
    text = "larger than 1,073,741,824 bytes" if kind == "sparse" else "not a regular file"
    assert text in said
    assert said.startswith(f"PictureError: {path}: cannot be read ("), said


def test_a_picture_that_the_user_links_to_is_read(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    (tmp_path / "link.png").symlink_to("a.png")
    np.testing.assert_array_equal(np.asarray(read_picture(tmp_path / "link.png")), PIXELS)


def test_pillow_s_own_limit_is_as_it_was(tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    for content in (png(SIDE, SIDE), in_format("PNG")):
        (tmp_path / "a.png").write_bytes(content)
        with contextlib.suppress(PictureError):
            read_picture(tmp_path / "a.png")
        assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("name", SAVED)
def test_damage_of_heads_stays_in_its_limits(limited, tmp_path, name):
    data, path, rng = in_format(name), tmp_path / "fuzz", random.Random(name)
    for _ in range(6):
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 3))):
            damaged[rng.randrange(min(len(damaged), 64))] = rng.choice((0, 127, 255))
        path.write_bytes(damaged)
        said = limited("picture", path, megabytes=900)  # 100 megapixels may be what it says
        assert said == "read" or said.startswith(f"PictureError: {path}: "), said
        assert "\n" not in said
