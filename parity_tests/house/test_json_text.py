"""JSON nobody vouches for: the same values as Python's, and a depth that is seen before."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.budgets import JSON_DEPTH
from poseconvert.json_text import parsed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_json_wrote_is_read(value):
    assert parsed(json.dumps(value).encode()) == value


def nested(depth, opening="[", closing="]"):
    return (opening * depth + closing * depth).encode()


def test_the_depth_is_where_the_limit_is():
    assert parsed(nested(JSON_DEPTH.value))
    for depth in (JSON_DEPTH.value + 1, 2000, 10**6):
        with pytest.raises(ValueError, match="more than 64 brackets"):
            parsed(nested(depth))


@pytest.mark.parametrize("text", ["[" * 100, '["' * 50, '"[{[{' * 30, "\\[" * 99, '\\"[' * 99])
def test_brackets_in_text_nest_nothing(text):
    assert parsed(json.dumps([text]).encode()) == [text]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"nul", b'"', b'"\\', b"\xff", b"[1,]", b"9" * 5000, b'["' + b"[" * 100,
        b'["' + b"]" * 10**5 + b'",' + b"[" * 10**5, b'{"a":' * 10**5,
    ],
)  # fmt: skip
def test_what_is_no_json_is_a_value_error(data):
    with pytest.raises(ValueError):  # noqa: PT011
        parsed(data)
