import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops import tensor_operation as ops
from poseconvert.mil.ops.scatter_gather import gather_ios15, gather_ios16, gather_ios17

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def counted(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(-3, 2), shapes)
def test_split_undoes_concat(sizes, axis, shape):
    axis = axis % len(shape)
    parts = [counted(*[size if d == axis else n for d, n in enumerate(shape)]) for size in sizes]
    together = ops.concat(values=tuple(parts), axis=axis)
    assert together.shape[axis] == sum(sizes)
    back = ops.split(x=together, split_sizes=np.array(sizes), axis=axis)
    for part, again in zip(parts, back, strict=True):
        np.testing.assert_array_equal(part, again)


def test_interleaved_concat_is_the_documented_example():
    first, second = np.array([[1, 2], [3, 4], [5, 6]]), np.array([[7, 8], [9, 10], [11, 12]])
    got = ops.concat(values=(first, second), axis=0, interleave=True)
    assert got.tolist() == [[1, 2], [7, 8], [3, 4], [9, 10], [5, 6], [11, 12]]
    got = ops.concat(values=(first, second), axis=-1, interleave=True)
    assert got.tolist() == [[1, 7, 2, 8], [3, 9, 4, 10], [5, 11, 6, 12]]


def test_concat_takes_scalars():
    assert ops.concat(values=(np.int32(1), np.array(2)), axis=0).tolist() == [1, 2]


@given(st.integers(1, 3), shapes, st.integers(-5, 4))
def test_stack_is_torchs(number, shape, axis):
    values = tuple(counted(*shape) + i for i in range(number))
    axis = axis % (len(shape) + 1)
    wanted = torch.stack([torch.from_numpy(v) for v in values], axis).numpy()
    np.testing.assert_array_equal(ops.stack(values=values, axis=axis), wanted)


def test_split_into_equal_parts_or_not_at_all():
    assert [part.tolist() for part in ops.split(x=counted(4), num_splits=2, axis=0)] == [
        [0, 1],
        [2, 3],
    ]
    for wrong in ({"num_splits": 3}, {"split_sizes": np.array([1, 2])}, {}, {"num_splits": 0}):
        with pytest.raises(ValueError):  # noqa: PT011
            ops.split(x=counted(4), axis=0, **wrong)


@given(shapes, st.data())
def test_tile_is_torchs(shape, data):
    reps = [data.draw(st.integers(1, 3)) for _ in shape]
    x = counted(*shape)
    np.testing.assert_array_equal(
        ops.tile(x=x, reps=np.array(reps)), torch.from_numpy(x).repeat(reps)
    )


@given(st.integers(1, 3), st.sampled_from(["constant", "reflect", "replicate"]), st.data())
def test_padding_is_torchs(spatial, mode, data):
    sizes = [data.draw(st.integers(2, 5)) for _ in range(spatial)]
    most = [size if mode != "reflect" else size - 1 for size in sizes]
    pad = [data.draw(st.integers(0, most[d])) for d in range(spatial) for _ in "ab"]
    x = counted(1, 2, *sizes)
    order = [amount for d in reversed(range(spatial)) for amount in pad[2 * d : 2 * d + 2]]
    fill = {"value": 7.0} if mode == "constant" else {}
    wanted = torch.nn.functional.pad(torch.from_numpy(x), order, mode=mode, **fill)
    got = ops.pad(x=x, pad=np.array(pad), mode=mode, constant_val=np.float32(7))
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"pad": np.array([1])}, "does not fit"),
        ({"pad": np.array([-1, 0])}, "does not fit"),
        ({"pad": np.array([2, 0]), "mode": "reflect"}, "too much"),
        ({"pad": np.array([3, 0]), "mode": "replicate"}, "too much"),
        ({"pad": np.array([2, 0]), "mode": "wrap"}, 'unknown mode "wrap"'),
        ({"pad": np.array([2**30, 0])}, "is refused"),
    ],
)
def test_padding_that_does_not_fit_is_refused(parameters, text):
    with pytest.raises(ValueError, match=text):
        ops.pad(x=counted(2), **parameters)


def test_shape_and_identity():
    assert ops.shape(x=counted(2, 3)).tolist() == [2, 3]
    assert ops.shape(x=counted(2, 3)).dtype == np.int32
    np.testing.assert_array_equal(ops.identity(x=counted(2)), counted(2))


@given(shapes, st.integers(-4, 3), st.lists(st.integers(0, 3), max_size=2), st.integers(0, 9))
def test_gather_takes_whole_slices(shape, axis, index_shape, seed):
    axis = axis % len(shape) - (len(shape) if seed % 2 else 0)
    size = shape[axis]
    indices = np.random.default_rng(seed).integers(-size, size, index_shape).astype(np.int32)
    x = counted(*shape)
    moved = np.moveaxis(x, axis, 0)
    taken = np.array([moved[i] for i in indices.reshape(-1)]).reshape(
        (*indices.shape, *moved.shape[1:])
    )
    front = axis % len(shape)
    wanted = np.moveaxis(taken, range(indices.ndim), range(front, front + indices.ndim))
    for gather in (gather_ios15, gather_ios16, gather_ios17):
        np.testing.assert_array_equal(gather(x=x, indices=indices, axis=axis), wanted)


def test_gather_with_batch_dims_is_torchs_take_along():
    x, indices = counted(2, 3, 5), np.array([[[4, 0]] * 3, [[1, -1]] * 3], np.int32)
    got = gather_ios16(x=x, indices=indices, axis=2, batch_dims=2)
    wanted = torch.gather(torch.from_numpy(x), 2, torch.from_numpy(indices % 5).long())
    np.testing.assert_array_equal(got, wanted)


def test_gather_refuses_indices_outside():
    with pytest.raises(IndexError):
        gather_ios15(x=counted(3), indices=np.array([3]))
    with pytest.raises(IndexError, match="validate_indices"):
        gather_ios17(x=counted(3), indices=np.array([-1]), validate_indices=True)
    with pytest.raises(IndexError, match="do not fit x"):
        gather_ios16(x=counted(3), indices=np.array([0]), batch_dims=1)
