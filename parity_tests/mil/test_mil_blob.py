import struct

import numpy as np
import pytest

from poseconvert.errors import PackageError
from poseconvert.mil.blob import BlobFile

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
        ({"code": 8}, 64, "is int4, which is not supported yet"),
        ({"size": 5}, 64, "5 bytes at offset 64 are no whole number of float16"),
        ({"padding": 1}, 64, "are no whole number"),
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
