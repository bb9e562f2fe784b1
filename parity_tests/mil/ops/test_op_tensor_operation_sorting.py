import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.tensor_operation.argsort import argsort
from poseconvert.mil.ops.tensor_operation.topk import topk_ios15, topk_ios16, topk_ios17

DTYPES = [np.float32, np.int32, np.uint8, np.int8, np.uint16]


@st.composite
def tied(draw, dtype):
    """A tensor of few different numbers, so that most of them tie, and an axis."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    seed = draw(st.integers(0, 99))
    low = 0 if np.dtype(dtype).kind == "u" else -2
    x = np.random.default_rng(seed).integers(low, 3, shape).astype(dtype)
    return x, draw(st.integers(-len(shape), len(shape) - 1))


def sorted_places(row, ascending):
    """Python's sort is stable, in reverse too."""
    return sorted(range(len(row)), key=lambda i: row[i], reverse=not ascending)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data(), ascending=st.booleans())
def test_argsort_is_pythons_stable_sort(dtype, data, ascending):
    x, axis = data.draw(tied(dtype))
    got = argsort(x=x, axis=axis, ascending=ascending)
    wanted = np.apply_along_axis(lambda row: sorted_places(row.tolist(), ascending), axis, x)
    assert got.dtype == np.int32
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data(), ascending=st.booleans())
def test_topk_are_the_first_of_the_stable_sort(dtype, data, ascending):
    x, axis = data.draw(tied(dtype))
    k = data.draw(st.integers(1, x.shape[axis]))
    order = np.apply_along_axis(lambda row: sorted_places(row.tolist(), ascending), axis, x)
    indices = np.take(order, np.arange(k), axis)
    wanted = torch.topk(torch.tensor(x.astype(np.int32)), k, axis, largest=not ascending).values
    for topk in (topk_ios15, topk_ios16, topk_ios17):
        values, places = topk(x=x, k=k, axis=axis, ascending=ascending)
        assert values.dtype == dtype
        np.testing.assert_array_equal(values.astype(np.int32), wanted)
        np.testing.assert_array_equal(places, indices)


def test_the_most_negative_integer_sorts_last():
    """Negating it, as a descending sort may be written, would give itself."""
    assert argsort(x=np.array([-128, 5, 127], np.int8)).tolist() == [2, 1, 0]


def test_nan_is_the_largest_as_in_torch():
    x = np.array([1, np.nan, np.inf, -np.inf], np.float32)
    for ascending in (True, False):
        wanted = torch.sort(torch.from_numpy(x), descending=not ascending, stable=True).indices
        assert argsort(x=x, ascending=ascending).tolist() == wanted.tolist()


def test_topk_gives_what_is_asked_for():
    x = np.array([3, 1, 2], np.float32)
    for topk in (topk_ios16, topk_ios17):
        assert len(topk(x=x, k=2, return_indices=False)) == 1
        assert topk(x=x, k=2, sort=False)[0].tolist() == [3, 2]
    assert topk_ios17(x=x, k=-1)[1].tolist() == [0, 2, 1]
    assert topk_ios17(x=x, output_indices_dtype="uint16")[1].dtype == np.uint16
    with pytest.raises(ValueError, match='output_indices_dtype "int8"'):
        topk_ios17(x=x, output_indices_dtype="int8")


@pytest.mark.parametrize("k", [0, 4, -2])
def test_topk_refuses_more_than_there_is(k):
    for topk in (topk_ios15, topk_ios16, topk_ios17):
        with pytest.raises(ValueError, match=f"no top {k} along axis -1"):
            topk(x=np.zeros(3, np.float32), k=k)
    with pytest.raises(ValueError, match="no top -1"):
        topk_ios16(x=np.zeros(3, np.float32), k=-1)
    with pytest.raises(ValueError, match="axis 1"):
        argsort(x=np.zeros(3, np.float32), axis=1)


def test_topk_runs_in_a_program(run):
    x = np.array([[2, 3, 1], [5, 4, 6]], np.float32)
    got = run(
        lambda mb, x: mb.topk(x=x, k=2, axis=1, output_indices_dtype="uint16")[1],
        x,
        target="iOS17",
    )
    assert got.tolist() == [[1, 0], [2, 0]]
    got = run(lambda mb, x: mb.topk(x=x, k=2, axis=0, return_indices=False), x, target="iOS16")
    assert got.tolist() == [[5, 4, 6], [2, 3, 1]]
