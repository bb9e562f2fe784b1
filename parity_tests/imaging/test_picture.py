"""Any picture becomes upright 8-bit RGB, or is refused in one line."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from poseconvert.errors import PictureError
from poseconvert.imaging.picture import read_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 17, 3), dtype=np.uint8)


def stored(tmp_path, image, name="picture.png", **options):
    image.save(tmp_path / name, **options)
    return tmp_path / name


def pixels(path):
    picture = read_picture(path)
    assert picture.mode == "RGB"
    return np.asarray(picture)


def refusal(path):
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text


def header_of(width, height):
    """A PNG that says it is this large and holds nothing."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_rgb_comes_back_as_it_is(tmp_path):
    np.testing.assert_array_equal(pixels(stored(tmp_path, Image.fromarray(PIXELS))), PIXELS)


# Source: Exif 2.32, tag 0x0112: where row 0 and column 0 of the stored pixels lie.
UPRIGHT = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: p.transpose(1, 0, 2)[:, ::-1],
    7: lambda p: p.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda p: p.transpose(1, 0, 2)[::-1],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_turns_the_picture_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = stored(tmp_path, Image.fromarray(PIXELS), exif=exif)
    np.testing.assert_array_equal(pixels(path), UPRIGHT[orientation](PIXELS))


def test_transparency_lies_over_black(tmp_path):
    rgba = np.array([[[200, 100, 50, 255], [200, 100, 50, 0], [200, 100, 50, 128]]], np.uint8)
    found = pixels(stored(tmp_path, Image.fromarray(rgba)))
    assert found[0, :2].tolist() == [[200, 100, 50], [0, 0, 0]]
    np.testing.assert_allclose(found[0, 2], np.array([200, 100, 50]) * 128 / 255, atol=1)


def test_a_palette_with_transparency_lies_over_black(tmp_path):
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.putdata([0, 1, 2])
    path = stored(tmp_path, image, transparency=bytes([255, 0, 255]))
    assert pixels(path)[0].tolist() == [[10, 20, 30], [0, 0, 0], [70, 80, 90]]


@pytest.mark.parametrize("name", ["picture.png", "picture.tif"])
def test_16_bit_grey_keeps_its_high_byte(tmp_path, name):
    grey = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    found = pixels(stored(tmp_path, Image.fromarray(grey), name))
    assert found[0].tolist() == [[v] * 3 for v in (0, 0, 1, 128, 255)]


def test_16_bit_grey_in_the_other_byte_order_is_the_same(tmp_path):
    grey = np.array([[0, 255, 256, 32768, 65535]], ">u2")
    image = Image.frombytes("I;16B", (5, 1), grey.tobytes())
    found = pixels(stored(tmp_path, image, "picture.tif"))
    assert found[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_grey_and_one_bit_become_three_equal_channels(tmp_path):
    grey = Image.fromarray(np.array([[0, 7, 255]], np.uint8))
    assert pixels(stored(tmp_path, grey))[0].tolist() == [[0] * 3, [7] * 3, [255] * 3]
    found = pixels(stored(tmp_path, grey.point(lambda v: v > 9 and 255).convert("1")))
    assert found[0].tolist() == [[0] * 3, [0] * 3, [255] * 3]


def test_cmyk_becomes_its_colours(tmp_path):
    image = Image.new("CMYK", (8, 8), (0, 255, 0, 0))
    found = pixels(stored(tmp_path, image, "picture.jpg", quality=100))
    np.testing.assert_allclose(found, np.broadcast_to([255, 0, 255], found.shape), atol=3)


def png(depth, kind, row, *, width, before=b""):
    """A PNG of one row as the specification lays it out; ``before`` goes ahead of its data."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, 1, depth, kind, 0, 0, 0)
    extra = chunk(b"tRNS", before) if before else b""
    data = chunk(b"IDAT", zlib.compress(b"\0" + row))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + data + chunk(b"IEND", b"")


WIDE = (0, 255, 256, 32768, 65535)


@pytest.mark.parametrize(
    ("kind", "pixel"),
    [
        (2, lambda v: (v, v, v)),
        (4, lambda v: (v, 65535)),
        (6, lambda v: (v, v, v, 65535)),
    ],
    ids=["rgb", "grey and alpha", "rgb and alpha"],
)
def test_16_bit_colours_keep_their_high_byte(tmp_path, kind, pixel):
    path = tmp_path / "wide.png"
    row = b"".join(struct.pack(f">{len(pixel(v))}H", *pixel(v)) for v in WIDE)
    path.write_bytes(png(16, kind, row, width=len(WIDE)))
    assert pixels(path)[0].tolist() == [[v >> 8] * 3 for v in WIDE]


@pytest.mark.parametrize(
    ("kind", "row", "transparent", "expected"),
    [
        (0, bytes([0, 7, 200, 255]), (200,), [[0] * 3, [7] * 3, [0] * 3, [255] * 3]),
        (2, bytes([1, 2, 3, 200, 100, 50]), (200, 100, 50), [[1, 2, 3], [0, 0, 0]]),
    ],
    ids=["grey", "rgb"],
)
def test_a_transparent_colour_lies_over_black(tmp_path, kind, row, transparent, expected):
    path = tmp_path / "key.png"
    key = struct.pack(f">{len(transparent)}H", *transparent)
    path.write_bytes(png(8, kind, row, width=len(expected), before=key))
    assert pixels(path)[0].tolist() == expected


@pytest.mark.parametrize(("kind", "count"), [(0, 1), (2, 3)])
def test_a_transparent_colour_of_16_bits_is_refused(tmp_path, kind, count):
    path = tmp_path / "key.png"
    row = struct.pack(f">{2 * count}H", *range(2 * count))
    path.write_bytes(png(16, kind, row, width=2, before=struct.pack(f">{count}H", *[300] * count)))
    assert "has a transparent colour of 16 bits. Save it with an alpha channel." in refusal(path)


@pytest.mark.parametrize("value", [-1, 70_000])
def test_32_bit_values_beyond_16_bits_are_refused(tmp_path, value):
    path = stored(tmp_path, Image.new("I", (3, 2), value), "deep.tif")
    assert "values of unknown range" in refusal(path)


def test_floating_point_values_are_refused(tmp_path):
    path = stored(tmp_path, Image.new("F", (3, 2), 0.5), "float.tif")
    assert "values of unknown range" in refusal(path)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.gif", {}),
        ("a.png", {}),
        ("b.png", {"default_image": True}),
        ("a.webp", {"lossless": True}),
        ("a.tif", {}),
    ],
)
def test_of_an_animation_the_first_frame_is_read(tmp_path, name, options):
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "lime", "blue")]
    path = stored(tmp_path, frames[0], name, save_all=True, append_images=frames[1:], **options)
    with Image.open(path) as opened:
        assert opened.n_frames > 1, "no animation was written"
    assert pixels(path).tolist() == [[[255, 0, 0]] * 4] * 3


@pytest.mark.parametrize("marker", [True, False])
def test_a_cmyk_jpeg_is_taken_as_adobe_writes_it_inverted_with_its_marker_or_without(
    tmp_path, marker
):
    path = stored(tmp_path, Image.new("CMYK", (8, 8), (0, 255, 0, 0)), "adobe.jpg", quality=100)
    data = path.read_bytes()
    at = data.index(b"\xff\xee")
    assert data[at + 4 : at + 9] == b"Adobe"
    length = struct.unpack(">H", data[at + 2 : at + 4])[0]
    if not marker:
        path.write_bytes(data[:at] + data[at + 2 + length :])
    np.testing.assert_allclose(pixels(path), np.broadcast_to([255, 0, 255], (8, 8, 3)), atol=3)


def test_cmyk_outside_of_jpeg_is_not_inverted(tmp_path):
    path = stored(tmp_path, Image.new("CMYK", (4, 4), (255, 0, 0, 0)), "print.tif")
    assert pixels(path)[0, 0].tolist() == [0, 255, 255]


def test_files_that_are_no_picture(tmp_path):
    path = tmp_path / "picture.jpg"
    for content, text in (
        (b"", "is empty (0 bytes)"),
        (b"hello\n", "not a picture Pillow can read"),
    ):
        path.write_bytes(content)
        assert text in refusal(path)
    assert "is a folder, not a picture. Name the pictures inside it." in refusal(tmp_path)
    assert "no such picture. Check the path." in refusal(tmp_path / "gone.jpg")
    assert "File name too long" in refusal(tmp_path / ("x" * 300))


@pytest.mark.parametrize("name", ["picture.jpg", "picture.png", "picture.gif"])
def test_a_picture_cut_short_is_refused_not_filled_up_with_grey(tmp_path, name):
    path = stored(tmp_path, Image.fromarray(PIXELS), name)
    data = path.read_bytes()
    for length in range(1, len(data) - 40, 9):
        path.write_bytes(data[:length])
        refusal(path)


@pytest.mark.parametrize("size", [(10_001, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_header_of_a_huge_picture_is_refused_at_once(tmp_path, size):
    path = tmp_path / "bomb.png"
    path.write_bytes(header_of(*size))
    assert "Scale it down first." in refusal(path)


def test_the_limit_is_100_megapixels_and_not_pillow_s(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(header_of(10_000, 9_900))
    assert "damaged picture" in refusal(path), "refused for its size, or read without pixels"


def in_format(name):
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {"exif": exif} if name in ("JPEG", "PNG", "WEBP") else {}
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, name, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "PPM", "TGA"])
@pytest.mark.filterwarnings("error")
def test_only_one_line_refusals_escape_from_mutations(tmp_path, name):
    data, path = in_format(name), tmp_path / "fuzz"
    rng, texts = random.Random(name), []
    for _ in range(150):
        changed = bytearray(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)
        for _ in range(rng.choice((1, 2, 6)) if changed else 0):
            changed[rng.randrange(min(len(changed), 200))] = rng.randrange(256)
        path.write_bytes(changed)
        try:
            read_picture(path)
        except PictureError as error:
            texts.append(str(error))
    assert len(texts) > 15, "hardly anything was damaged"
    assert [t for t in texts if "\n" in t or not t.startswith(f"{path}: ")] == []
