import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.scatter_gather.gather import gather_ios15, gather_ios16, gather_ios17
from poseconvert.mil.ops.scatter_gather.gather_along_axis import (
    gather_along_axis_ios15,
    gather_along_axis_ios17,
)
from poseconvert.mil.ops.scatter_gather.gather_nd import (
    gather_nd_ios15,
    gather_nd_ios16,
    gather_nd_ios17,
)

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)
SIGNED, UNSIGNED = [np.int8, np.int16, np.int32], [np.uint8, np.uint16]


def counted(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def drawn(data, shape, sizes, *, negative):
    """Indices of a shape, the last dimension's k-th below sizes[k], some counted from the end."""
    sizes = np.broadcast_to(np.array(sizes), shape)
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    low = -sizes if negative else np.zeros_like(sizes)
    return rng.integers(low, sizes).astype(
        data.draw(st.sampled_from(SIGNED if negative else SIGNED + UNSIGNED))
    )


@given(shapes, st.lists(st.integers(0, 3), max_size=2), st.data(), st.booleans())
def test_gather_takes_whole_slices(shape, index_shape, data, negative):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    indices = drawn(data, index_shape, shape[axis], negative=negative)
    x = counted(*shape)
    moved = np.moveaxis(x, axis, 0)
    taken = np.array([moved[i] for i in indices.reshape(-1)]).reshape(
        (*indices.shape, *moved.shape[1:])
    )
    front = axis % len(shape)
    wanted = np.moveaxis(taken, range(indices.ndim), range(front, front + indices.ndim))
    gathers = (gather_ios15, gather_ios16) if negative else (gather_ios15, gather_ios17)
    for gather in gathers:
        np.testing.assert_array_equal(gather(x=x, indices=indices, axis=axis), wanted)


@given(st.data())
def test_gather_with_batch_dims_is_a_gather_for_each(data):
    shape = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    batch_dims = data.draw(st.integers(1, len(shape) - 1))
    axis = data.draw(st.integers(batch_dims, len(shape) - 1))
    rest = data.draw(st.lists(st.integers(1, 3), max_size=2))
    indices = drawn(data, (*shape[:batch_dims], *rest), shape[axis], negative=False)
    x = counted(*shape)
    for gather in (gather_ios16, gather_ios17):
        got = gather(x=x, indices=indices, axis=axis - len(shape), batch_dims=batch_dims)
        for b in np.ndindex(*shape[:batch_dims]):
            wanted = torch.from_numpy(x[b])[
                (slice(None),) * (axis - batch_dims) + (torch.tensor(indices[b]).long(),)
            ]
            np.testing.assert_array_equal(got[b], wanted)


def test_gather_with_batch_dims_is_torchs_take_along():
    x, indices = counted(2, 3, 5), np.array([[[4, 0]] * 3, [[1, -1]] * 3], np.int32)
    got = gather_ios16(x=x, indices=indices, axis=2, batch_dims=2)
    wanted = torch.gather(torch.from_numpy(x), 2, torch.from_numpy(indices % 5).long())
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("index", [-4, 3])
def test_gather_refuses_indices_outside(index):
    x, indices = counted(3), np.array([0, index])
    for gather in (gather_ios15, gather_ios16, gather_along_axis_ios15):
        with pytest.raises(IndexError, match="allowed are -3 to 2"):
            gather(x=x, indices=indices)
    for gather_nd in (gather_nd_ios15, gather_nd_ios16):
        with pytest.raises(IndexError, match="allowed are -3 to 2"):
            gather_nd(x=x, indices=indices[:, None])


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("index", [-1, 3])
def test_gather_of_ios17_refuses_negative_indices_too(index, validate):
    x, indices = counted(3), np.array([0, index])
    for gather, places in (
        (gather_ios17, indices),
        (gather_along_axis_ios17, indices),
        (gather_nd_ios17, indices[:, None]),
    ):
        with pytest.raises(IndexError, match="allowed are 0 to 2"):
            gather(x=x, indices=places, validate_indices=validate)


def test_gather_refuses_axes_and_batches_that_do_not_fit():
    with pytest.raises(IndexError, match="do not fit x"):
        gather_ios16(x=counted(3), indices=np.array([0]), batch_dims=1)
    with pytest.raises(IndexError, match="axis 1"):
        gather_ios15(x=counted(3), indices=np.array([0]), axis=1)
    with pytest.raises(ValueError, match="do not share 1 dims"):
        gather_ios16(x=counted(2, 3), indices=np.zeros((3, 1), int), axis=1, batch_dims=1)
    with pytest.raises(ValueError, match="is refused"):
        gather_ios15(x=np.zeros((1, 2**15), np.float32), indices=np.zeros(2**14, np.int32))


@given(shapes, st.data(), st.booleans())
def test_gather_along_axis_is_torchs_gather(shape, data, negative):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    size = shape[axis]
    index_shape = list(shape)
    index_shape[axis] = data.draw(st.integers(1, 5))
    indices = drawn(data, index_shape, size, negative=negative)
    x = counted(*shape)
    wanted = torch.gather(torch.from_numpy(x), axis, torch.tensor(indices).long() % size)
    gather = gather_along_axis_ios15 if negative else gather_along_axis_ios17
    np.testing.assert_array_equal(gather(x=x, indices=indices, axis=axis), wanted)


def test_gather_along_axis_refuses_shapes_that_only_broadcast():
    for shape in ((1, 2), (2,), (2, 2, 1)):
        with pytest.raises(ValueError, match="do not fit x"):
            gather_along_axis_ios15(x=counted(3, 2), indices=np.zeros(shape, int), axis=1)


@given(st.data(), st.booleans())
def test_gather_nd_takes_one_slice_per_row(data, negative):
    shape = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    batch_dims = data.draw(st.integers(0, len(shape) - 1))
    depth = data.draw(st.integers(1, len(shape) - batch_dims))
    rest = data.draw(st.lists(st.integers(1, 3), max_size=2))
    sizes = shape[batch_dims : batch_dims + depth]
    indices = drawn(data, (*shape[:batch_dims], *rest, depth), sizes, negative=negative)
    x = counted(*shape)
    gather = gather_nd_ios16 if negative else gather_nd_ios17
    got = gather(x=x, indices=indices, batch_dims=batch_dims)
    assert got.shape == (*shape[:batch_dims], *rest, *shape[batch_dims + depth :])
    for row in np.ndindex(*indices.shape[:-1]):
        place = (*row[:batch_dims], *indices[row].tolist())
        np.testing.assert_array_equal(got[row], x[place])
    if batch_dims == 0:
        np.testing.assert_array_equal(gather_nd_ios15(x=x, indices=indices), got)


def test_gather_nd_refuses_shapes_that_do_not_fit():
    for shape, batch_dims in (((2, 3), 0), ((2, 0), 0), ((2, 2), 1), ((2, 1), 2)):
        with pytest.raises(ValueError, match="do not fit x"):
            gather_nd_ios16(x=counted(2, 2), indices=np.zeros(shape, int), batch_dims=batch_dims)
    with pytest.raises(ValueError, match="do not share 1 dims"):
        gather_nd_ios16(x=counted(2, 2), indices=np.zeros((3, 1), int), batch_dims=1)
    with pytest.raises(ValueError, match="is refused"):
        gather_nd_ios15(x=np.zeros((1, 2**15)), indices=np.zeros((2**14, 1), int))


@pytest.mark.parametrize("target", ["iOS15", "iOS16", "iOS17", "iOS18"])
def test_gather_runs_in_a_program_of_any_opset(run, target):
    x = counted(2, 3)
    got = run(lambda mb, x: mb.gather(x=x, indices=[2, 0], axis=1), x, target=target)
    assert got.tolist() == [[2, 0], [5, 3]]
