import struct

import numpy as np
import pytest

from poseconvert.errors import PackageError
from poseconvert.mil.package.bit_packing import packed_size, unpack
from poseconvert.mil.package.blob import BlobFile

THREE_HALVES = np.array([1, -2, 6e-8], np.float16).tobytes()


def blob_file(
    tmp_path,
    *,
    version=2,
    magic=0xDEADBEEF,
    code=1,
    size=None,
    start=128,
    padding=0,
    data=THREE_HALVES,
    cut=None,
):
    """A weight.bin with one blob whose metadata lies at 64; any field can be wrong."""
    header = struct.pack("<II", 1, version).ljust(64, b"\0")
    metadata = struct.pack(
        "<IIQQQ", magic, code, len(data) if size is None else size, start, padding
    )
    path = tmp_path / "weight.bin"
    path.write_bytes((header + metadata.ljust(64, b"\0") + data)[:cut])
    return path


@pytest.mark.parametrize(
    ("code", "dtype"),
    [
        (1, np.float16),
        (2, np.float32),
        (3, np.uint8),
        (4, np.int8),
        (6, np.int16),
        (7, np.uint16),
        (14, np.int32),
        (15, np.uint32),
    ],
)
def test_every_whole_byte_dtype_is_read(tmp_path, code, dtype):
    wanted = np.array([1, 2, 100], dtype)
    name, got = BlobFile(blob_file(tmp_path, code=code, data=wanted.tobytes())).read(64)
    assert np.dtype(name.replace("fp", "float")) == wanted.dtype
    np.testing.assert_array_equal(got, wanted)
    assert not got.flags.writeable


def test_what_coremltools_writes_is_read(coreml, tmp_path, rng):
    from coremltools.libmilstoragepython import _BlobStorageWriter

    weights = rng.normal(size=(3, 100)).astype(np.float32)
    path = tmp_path / "weight.bin"
    writer = _BlobStorageWriter(str(path))
    offsets = [writer.write_float_data(row) for row in weights]
    halves = writer.write_fp16_data(weights[0].astype(np.float16).view(np.uint16))
    del writer
    blobs = BlobFile(path)
    for row, offset in zip(weights, offsets, strict=True):
        np.testing.assert_array_equal(blobs.read(offset)[1], row)
    np.testing.assert_array_equal(blobs.read(halves)[1], weights[0].astype(np.float16))


def by_one_bit_at_a_time(data, bits, count):
    """Numbers of a few bits, lowest bit of the lowest byte first, without numpy."""
    stream = [byte >> place & 1 for byte in data for place in range(8)]
    return [sum(stream[n * bits + place] << place for place in range(bits)) for n in range(count)]


NARROW = {"int4": 4, "uint1": 1, "uint2": 2, "uint3": 3, "uint4": 4, "uint6": 6}


@pytest.mark.parametrize("dtype", NARROW)
def test_what_coremltools_packs_is_unpacked(coreml, tmp_path, rng, dtype):
    from coremltools.converters.mil.mil.types.type_mapping import string_to_nptype
    from coremltools.libmilstoragepython import _BlobStorageWriter

    low, high = (-8, 8) if dtype == "int4" else (0, 2 ** NARROW[dtype])
    written = [
        rng.integers(low, high, count).astype(string_to_nptype(dtype))
        for count in (1, 2, 3, 5, 8, 11, 1000)
    ]
    path = tmp_path / "weight.bin"
    writer = _BlobStorageWriter(str(path))
    offsets = [getattr(writer, f"write_{dtype}_data")(values) for values in written]
    del writer
    blobs = BlobFile(path)
    for values, offset in zip(written, offsets, strict=True):
        name, got = blobs.read(offset)
        assert (name, got.dtype) == (dtype, np.int8 if dtype == "int4" else np.uint8)
        assert got.tolist() == values.tolist()
        assert not got.flags.writeable


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 8])
def test_every_width_is_unpacked_as_bit_by_bit(bits, rng):
    for count in range(20):
        data = rng.integers(0, 256, packed_size(bits, count)).astype(np.uint8)
        assert unpack(data, bits, count).tolist() == by_one_bit_at_a_time(data, bits, count)


def test_bytes_of_another_number_of_elements_are_refused():
    with pytest.raises(ValueError, match="9 numbers of 3 bits take 4 bytes, not 3"):
        unpack(np.zeros(3, np.uint8), 3, 9)


def test_bfloat16_is_the_upper_half_of_float32(tmp_path, rng):
    import torch

    wanted = torch.from_numpy(rng.normal(size=9).astype(np.float32) * 1e30).bfloat16()
    data = wanted.view(torch.int16).numpy().tobytes()
    name, got = BlobFile(blob_file(tmp_path, code=5, data=data)).read(64)
    assert name == "bf16"
    np.testing.assert_array_equal(got, wanted.float().numpy())


def test_a_blob_is_unpacked_once_and_overlapping_blobs_are_refused(tmp_path):
    """Many small metadata over the same bytes would decode to many times the file's size."""
    blobs = 40
    metadata = struct.pack("<IIQQQ", 0xDEADBEEF, 9, 640, 64 * (blobs + 1), 0).ljust(64, b"\0")
    path = tmp_path / "weight.bin"
    path.write_bytes(struct.pack("<II", blobs, 2).ljust(64, b"\0") + metadata * blobs + b"a" * 640)
    file = BlobFile(path)
    assert file.read(64)[1] is file.read(64)[1]
    offsets = [64 * (index + 1) for index in range(blobs)]
    with pytest.raises(PackageError, match="overlaps others of the file"):
        list(map(file.read, offsets))


def test_too_many_elements_are_refused_before_they_are_unpacked(tmp_path):
    path = blob_file(tmp_path, code=9, size=2**25 + 1)
    with path.open("r+b") as file:
        file.truncate(2**25 + 200)  # sparse: nothing is written
    with pytest.raises(PackageError, match=r"268435464 elements are refused \(limit 268435456\)"):
        BlobFile(path).read(64)


@pytest.mark.parametrize(
    ("wrong", "offset", "text"),
    [
        ({"magic": 1}, 64, "magic number 0x00000001 at offset 64, expected 0xdeadbeef"),
        ({}, 0, "no blob metadata at offset 0 of 134 bytes"),
        ({}, 65, "no blob metadata at offset 65"),
        ({}, 128, "no blob metadata at offset 128"),
        ({}, 2**40, "no blob metadata at offset 1099511627776"),
        ({"size": 8}, 64, "claims 8 bytes from 128, the file has 134"),
        ({"size": 2**63}, 64, "claims 9223372036854775808 bytes"),
        ({"start": 64}, 64, "claims 6 bytes from 64"),
        ({"start": 2**62}, 64, "claims 6 bytes from 4611686018427387904"),
        ({"start": 129}, 64, "claims 6 bytes from 129"),
        ({"code": 99}, 64, "unknown dtype code 99"),
        ({"code": 0}, 64, "unknown dtype code 0"),
        (
            {"size": 5},
            64,
            "the blob at offset 64: 5 bytes less 0 bits are not a whole number of fp16",
        ),
        ({"padding": 1}, 64, "6 bytes less 1 bits are not a whole number of fp16"),
        ({"padding": 16}, 64, "6 bytes less 16 bits are not a whole number of fp16"),
        ({"code": 8, "padding": 2}, 64, "6 bytes less 2 bits are not a whole number of int4"),
        ({"code": 12, "padding": 2**40}, 64, "are not a whole number of uint3"),
        ({"code": 9, "size": 0, "padding": 1}, 64, "0 bytes less 1 bits"),
        ({"code": 5, "size": 3}, 64, "3 bytes less 0 bits are not a whole number of bf16"),
    ],
)
def test_wrong_metadata_is_refused_in_one_line(tmp_path, wrong, offset, text):
    path = blob_file(tmp_path, **wrong)
    with pytest.raises(PackageError) as refusal:
        BlobFile(path).read(offset)
    assert text in str(refusal.value)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"cut": 0}, "cannot be read"),
        ({"cut": 40}, "40 bytes are too few for its 64-byte header"),
        ({"version": 1}, "blob format version 1, expected 2"),
    ],
)
def test_a_file_that_is_no_blob_file_is_refused(tmp_path, wrong, text):
    with pytest.raises(PackageError, match=text):
        BlobFile(blob_file(tmp_path, **wrong))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(PackageError, match="cannot be read"):
        BlobFile(tmp_path / "weight.bin")
