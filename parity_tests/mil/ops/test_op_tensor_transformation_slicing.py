import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.tensor_transformation.slice_by_index import slice_by_index
from poseconvert.mil.ops.tensor_transformation.slice_by_size import slice_by_size
from poseconvert.mil.ops.tensor_transformation.slice_update import slice_update
from poseconvert.mil.ops.tensor_transformation.sliding_windows import sliding_windows

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def counted(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


SLICES = [
    ({"begin": [1, 0], "end": [3, 2]}, lambda x: x[1:3, 0:2]),
    ({"begin": [-2, 0], "end": [-1, 5], "stride": [1, 2]}, lambda x: x[-2:-1, 0:5:2]),
    (
        {"begin": [9, 9], "end": [9, 3], "begin_mask": [True, True], "end_mask": [True, False]},
        lambda x: x[:, :3],
    ),
    (
        {"begin": [3, 0], "end": [0, 0], "stride": [-1, 1], "end_mask": [True, True]},
        lambda x: x[3::-1, 0:],
    ),
    ({"begin": [2, 0], "end": [0, 3], "squeeze_mask": [True, False]}, lambda x: x[2, 0:3]),
    ({"begin": [-1, -2], "end": [0, 0], "squeeze_mask": [True, True]}, lambda x: x[-1, -2]),
    ({"begin": [0, 0], "end": [99, 2]}, lambda x: x[0:99, 0:2]),
]


@pytest.mark.parametrize(("parameters", "wanted"), SLICES)
def test_slice_by_index_is_numpys_slicing(parameters, wanted):
    x = counted(4, 5)
    got = slice_by_index(x=x, **{name: np.array(v) for name, v in parameters.items()})
    assert got.shape == wanted(x).shape
    np.testing.assert_array_equal(got, wanted(x))


def test_slice_by_index_refuses_vectors_of_another_rank():
    with pytest.raises(ValueError, match="do not fit x"):
        slice_by_index(x=counted(2, 2), begin=np.array([0]), end=np.array([1]))
    with pytest.raises(ValueError, match="zero"):
        slice_by_index(x=counted(2), begin=np.array([0]), end=np.array([1]), stride=np.array([0]))


def test_slice_by_size_counts_from_either_end():
    x = counted(4, 5)
    got = slice_by_size(x=x, begin=np.array([1, -2]), size=np.array([-1, 2]))
    np.testing.assert_array_equal(got, x[1:, 3:])
    with pytest.raises(ValueError, match="leave a dimension of 5"):
        slice_by_size(x=x, begin=np.array([0, 4]), size=np.array([1, 2]))


@st.composite
def slices(draw):
    """A tensor, Core ML's vectors for one slice of it, and Python's own lists of places."""
    shape = draw(shapes)
    vectors = {name: [] for name in ("begin", "end", "stride", "begin_mask", "end_mask")}
    places = []
    for size in shape:
        begin, end = draw(st.integers(-size, size)), draw(st.integers(-size, size))
        stride = draw(st.sampled_from([1, 2, 3, -1, -2]))
        no_begin, no_end = draw(st.booleans()), draw(st.booleans())
        for name, value in zip(vectors, (begin, end, stride, no_begin, no_end), strict=True):
            vectors[name].append(value)
        whole = list(range(size))
        places.append(whole[None if no_begin else begin : None if no_end else end : stride])
    return counted(*shape), {name: np.array(v) for name, v in vectors.items()}, places


@given(slices())
def test_slice_by_index_takes_the_places_pythons_lists_take(case):
    x, vectors, places = case
    np.testing.assert_array_equal(slice_by_index(x=x, **vectors), x[np.ix_(*places)])


@given(slices())
def test_slice_update_writes_what_slice_by_index_reads(case):
    x, vectors, places = case
    update = -1 - slice_by_index(x=x, **vectors)
    before = x.copy()
    got = slice_update(x=x, update=update, **vectors)
    np.testing.assert_array_equal(slice_by_index(x=got, **vectors), update)
    outside = np.ones(x.shape, bool)
    outside[np.ix_(*places)] = False
    np.testing.assert_array_equal(got[outside], x[outside])
    np.testing.assert_array_equal(x, before)


def test_slice_update_drops_squeezed_dimensions_and_refuses_other_shapes():
    vectors = {"begin": np.array([1, 0]), "end": np.array([0, 2])}
    mask = np.array([True, False])
    got = slice_update(x=counted(2, 3), update=np.array([8, 9]), squeeze_mask=mask, **vectors)
    assert got.tolist() == [[0, 1, 2], [8, 9, 5]]
    with pytest.raises(ValueError, match=r"update \(1, 2\) does not fit a slice \(2,\)"):
        slice_update(x=counted(2, 3), update=counted(1, 2), squeeze_mask=mask, **vectors)


@given(shapes, st.data())
def test_slice_by_size_is_torchs_narrow(shape, data):
    x = counted(*shape)
    wanted, begin, size = torch.from_numpy(x), [], []
    for dim, whole in enumerate(shape):
        start = data.draw(st.integers(0, whole - 1))
        length = data.draw(st.integers(1, whole - start))
        wanted = wanted.narrow(dim, start, length)
        begin.append(start - whole if data.draw(st.booleans()) else start)
        size.append(-1 if start + length == whole and data.draw(st.booleans()) else length)
    np.testing.assert_array_equal(
        slice_by_size(x=x, begin=np.array(begin), size=np.array(size)), wanted
    )


@given(shapes, st.data())
def test_sliding_windows_are_torchs_unfold(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    size = data.draw(st.integers(1, shape[axis]))
    stride = data.draw(st.integers(1, 4))
    x = counted(*shape)
    unfolded = torch.from_numpy(x).unfold(axis, size, stride)
    wanted = unfolded.movedim(-1, axis % len(shape) + 1)
    got = sliding_windows(x=x, axis=axis, size=size, stride=stride)
    assert got.shape == tuple(wanted.shape)
    np.testing.assert_array_equal(got, wanted)


def test_sliding_windows_that_do_not_fit_or_fill_memory_are_refused():
    for wrong in ({"size": 4}, {"size": 0}, {"size": 2, "stride": 0}):
        with pytest.raises(ValueError, match="has no windows"):
            sliding_windows(x=counted(3), axis=0, **wrong)
    with pytest.raises(ValueError, match="is refused"):
        sliding_windows(x=np.zeros(2**16, np.float32), axis=0, size=2**15)
