"""MAT files hold what scipy wrote or reads; damaged, hostile and foreign ones are refused."""

import math
import struct
import zlib

import numpy as np
import pytest
import scipy.io

from poseconvert.budgets import MAT_DEPTH, Budget
from poseconvert.datasets import files, matfile
from poseconvert.datasets.matfile import read_mat
from poseconvert.errors import DatasetError


def refusal(path, names=("a",)):
    with pytest.raises(DatasetError) as caught:
        read_mat(path, names)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text


def stored(tmp_path, compressed=True, **variables):
    path = tmp_path / "file.mat"
    scipy.io.savemat(path, variables, do_compression=compressed)
    return path


NUMBERS = [
    np.arange(24.0).reshape(2, 3, 4), np.array([[math.nan, math.inf, -0.0]]),
    np.array([[1, -2], [3, 4]], np.int8), np.array([[200, 3]], np.uint8),
    np.array([[-30000, 3]], np.int16), np.array([[60000, 3]], np.uint16),
    np.array([[-(2**31), 3]], np.int32), np.array([[2**32 - 1, 3]], np.uint32),
    np.array([[-(2**63), 3]], np.int64), np.array([[2**64 - 1, 3]], np.uint64),
    np.array([[1.5, 3]], np.float32), np.zeros((0, 3)), np.array([[True, False]]),
]  # fmt: skip


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("value", NUMBERS, ids=lambda value: f"{value.dtype}{value.shape}")
def test_numbers_are_what_scipy_reads(tmp_path, value, compressed):
    path = stored(tmp_path, compressed, a=value)
    found = read_mat(path, ("a",))["a"]
    np.testing.assert_array_equal(found, scipy.io.loadmat(path)["a"])
    assert found.shape == value.shape


@pytest.mark.parametrize("compressed", [True, False])
def test_structs_are_lists_of_dicts_and_cells_are_lists(tmp_path, compressed):
    cell = np.empty((1, 3), object)
    cell[0, :] = ["ab", np.array([[1.0, 2.0]]), {"x": 3}]
    table = np.array([(1, "one"), (2.5, "")], dtype=[("number", object), ("text", object)])
    found = read_mat(stored(tmp_path, compressed, a=table, b=cell, c=7, d="text"), tuple("abcd"))
    assert found["a"] == [{"number": 1.0, "text": "one"}, {"number": 2.5, "text": ""}]
    text, numbers, inner = found["b"]
    assert (text, numbers.tolist(), inner) == ("ab", [[1.0, 2.0]], [{"x": 3.0}])
    assert (found["c"], found["d"]) == (7.0, "text")
    assert isinstance(found["c"], float)


def test_only_asked_variables_are_read(tmp_path, monkeypatch):
    path = stored(tmp_path, big=np.zeros((100, 1000)), a=1.0)
    monkeypatch.setattr(matfile, "UNPACKED_MAT_BYTES", Budget(1000, "bytes", "a test"))
    assert read_mat(path, ("a",)) == {"a": 1.0}
    assert 'no variable "b"' in refusal(path, ("a", "b"))


# What MATLAB writes, by hand, for files scipy would not write.
# Source: MathWorks, "MAT-File Format", chapter 1.
HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def element(kind, content):
    return struct.pack("<II", kind, len(content)) + content + b"\0" * (-len(content) % 8)


def head(kind, dims, name=b""):
    return (
        element(6, struct.pack("<II", kind, 0))
        + element(5, struct.pack(f"<{len(dims)}i", *dims))
        + element(1, name)
    )


def written(tmp_path, *elements):
    path = tmp_path / "hand.mat"
    path.write_bytes(HEADER + b"".join(elements))
    return path


def packed(content):
    data = zlib.compress(content)
    return struct.pack("<II", 15, len(data)) + data


def test_hand_written_text_and_small_elements_are_read(tmp_path):
    text = element(14, head(4, (1, 2), b"a") + element(4, "é!".encode("utf-16-le")))
    small = element(14, head(6, (1, 1), b"b") + struct.pack("<HHBxxx", 2, 1, 42))
    path = written(tmp_path, packed(text), small)
    assert read_mat(path, ("a", "b")) == {"a": "é!", "b": 42.0}


def test_a_few_bytes_that_claim_to_unpack_far_are_refused(tmp_path, monkeypatch):
    path = stored(tmp_path, a=np.zeros((1000, 1000)))
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(matfile, "UNPACKED_MAT_BYTES", Budget(1_000_000, "bytes", "a test"))
    assert "unpacks to 8000056 bytes, where 1000000 are allowed" in refusal(path)


def test_what_unpacks_further_than_promised_is_refused(tmp_path):
    liar = element(14, head(6, (1, 1), b"a") + element(9, bytes(8))) + bytes(10**7)
    assert "were promised" in refusal(written(tmp_path, packed(liar)))


def test_the_bound_counts_all_variables(tmp_path, monkeypatch):
    path = stored(tmp_path, a=np.zeros((10, 10)), b=np.zeros((10, 10)))
    monkeypatch.setattr(matfile, "UNPACKED_MAT_BYTES", Budget(1500, "bytes", "a test"))
    assert set(read_mat(path, ("b",))) == {"b"}
    assert "are allowed" in refusal(path, ("a", "b"))


def test_many_structs_without_a_field_are_refused(tmp_path):
    empty = head(2, (2**31 - 1, 1), b"a") + struct.pack("<HHI", 5, 4, 32) + element(1, b"")
    assert "structs without a field" in refusal(written(tmp_path, element(14, empty)))


@pytest.mark.parametrize("kind", [1, 2])
def test_more_elements_than_bytes_are_refused(tmp_path, kind):
    names = struct.pack("<HHI", 5, 4, 8) + element(1, b"field\0\0\0") if kind == 2 else b""
    claim = head(kind, (2**31 - 1, 2**31 - 1), b"a") + names
    assert "elements claimed in 0 bytes" in refusal(written(tmp_path, element(14, claim)))


def test_more_numbers_than_bytes_are_refused(tmp_path):
    claim = head(6, (2**31 - 1, 2**31 - 1), b"a") + element(9, bytes(8))
    assert "8 bytes for" in refusal(written(tmp_path, element(14, claim)))


def nested(depth):
    """Cells in cells, and nothing in the innermost."""
    parts = [element(14, b"")]
    size = len(parts[0])
    for level in reversed(range(depth)):
        front = head(1, (1, 1), b"a" if level == 0 else b"")
        parts.append(struct.pack("<II", 14, len(front) + size) + front)
        size += len(parts[-1])
    return b"".join(reversed(parts))


def test_nesting_is_bounded(tmp_path):
    value = read_mat(written(tmp_path, nested(MAT_DEPTH.value + 1)), ("a",))["a"]
    for _ in range(MAT_DEPTH.value + 1):
        (value,) = value
    assert value.shape == (0, 0)
    for depth in (MAT_DEPTH.value + 2, 50_000):  # of the second scipy's reader dies
        assert "nested more than 32 deep" in refusal(written(tmp_path, packed(nested(depth))))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cut off at byte 0"),
        (element(9, bytes(8)), "without flags"),
        (element(6, bytes(8)) + element(5, bytes(8)), "cut off at byte 32"),
        (head(6, (1, 1), b"a"), "cut off"),
        (head(5, (1, 1), b"a") + element(9, bytes(8)), "class 5"),
        (head(6 | 0x800, (1, 1), b"a") + element(9, bytes(8)), "flags 0x806"),
        (head(6, (-1, 1), b"a") + element(9, bytes(8)), "dimensions (-1, 1)"),
        (head(6, (1,), b"a") + element(9, bytes(8)), "without dimensions"),
        (head(6, (1,) * 40, b"a") + element(9, bytes(8)), "without dimensions"),
        (head(6, (1, 1), b"a") + element(8, bytes(8)), "numbers of type 8"),
        (head(4, (1, 1), b"a") + element(9, bytes(8)), "text of type 9"),
        (head(4, (1, 1), b"a") + element(16, b"\xff"), "not utf-8"),
        (head(1, (1, 1), b"a") + element(9, bytes(8)), "type 9 among arrays"),
        (head(2, (1, 1), b"a") + struct.pack("<HHI", 5, 4, 0) + element(1, b"x"), "field names"),
        (head(6, (1, 1), b"a") + struct.pack("<HHI", 2, 5, 0), "small element of 5 bytes"),
    ],
)
def test_malformed_arrays_are_refused(tmp_path, content, said):
    assert said in refusal(written(tmp_path, element(14, content)))


def test_every_way_to_cut_a_file_off_is_refused(tmp_path):
    path = stored(tmp_path, a={"x": np.arange(5.0), "y": "text"})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refusal(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"joints", "not a level-5 MAT file"),
        (bytes(200), "not a level-5 MAT file"),
        (b"MATLAB 7.3 MAT-file, Platform".ljust(512) + b"\x89HDF\r\n\x1a\n", "MATLAB 7.3 (HDF5)"),
        (b"\x89HDF\r\n\x1a\n" + bytes(600), "MATLAB 7.3 (HDF5)"),
        (HEADER[:124] + b"\x01\x00MI", "big-endian"),
        (HEADER[:124] + b"\x00\x03IM", "unknown MAT version 0003"),
        (HEADER, 'no variable "a"'),
        (HEADER + packed(b""), "holds no array"),
        (HEADER + packed(element(9, bytes(8))), "holds no array"),
        (HEADER + element(15, b"not zlib"), "Error -3"),
    ],
)
def test_other_files_are_refused(tmp_path, data, said):
    path = tmp_path / "other.mat"
    path.write_bytes(data)
    assert said in refusal(path)


def test_files_that_cannot_be_read_are_refused(tmp_path, monkeypatch):
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "none.mat")
    assert "cannot be read (a folder, not a regular file)" in refusal(tmp_path)
    path = stored(tmp_path, a=1.0)
    monkeypatch.setattr(files, "DATASET_BYTES", Budget(100, "bytes", "a test"))
    assert "larger than 100 bytes" in refusal(path)


@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_bytes_make_values_or_a_refusal(tmp_path, compressed, damaged, one_byte):
    table = np.array([(1, "1"), (2, np.array([]))], dtype=[("id", object), ("seen", object)])
    cell = np.empty((1, 2), object)
    cell[0, :] = ["ab", np.arange(3)]
    path = stored(tmp_path, compressed, a={"t": table, "c": cell, "n": np.eye(3)})
    assert damaged(path, lambda: read_mat(path, ("a",)), one_byte) <= {dict}
