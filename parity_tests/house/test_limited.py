"""The children that read bad files: what they must notice, they notice."""

import pytest


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("endless", "no end"),
        ("greedy", "MemoryError"),
        ("killed", "killed by signal 11"),
    ],
)
def test_a_reader_that_does_not_end_well_is_seen(limited, tmp_path, kind, said):
    assert limited(kind, tmp_path, seconds=0.1).startswith(said)


def test_memory_that_is_taken_and_given_back_is_seen(limited, tmp_path):
    path = tmp_path / "size"
    path.write_bytes(bytes(32))
    assert limited("filled", path, megabytes=64) == "read"
    assert limited("filled", path, megabytes=16).startswith("MemoryError")


def test_a_reader_that_is_slow_and_ends_is_seen(limited, tmp_path):
    with pytest.raises(AssertionError, match="'seconds': 0"):
        limited("slow", tmp_path, seconds=0.2)
