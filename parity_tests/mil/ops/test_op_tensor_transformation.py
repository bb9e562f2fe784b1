import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops import tensor_transformation as ops

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def counted(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize(
    ("reshape", "old", "shape", "new"),
    [
        (ops.reshape_ios15, (2, 3, 4), (6, -1), (6, 4)),
        (ops.reshape_ios15, (2, 3, 4), (0, 12, 1), (2, 12, 1)),
        (ops.reshape_ios15, (2, 3, 4), (0, -1, 0), (2, 3, 4)),
        (ops.reshape_ios17, (2, 50), (1, 0, -1, 0), (1, 1, 2, 50)),  # the documented example
        (ops.reshape_ios17, (2, 3, 4), (-1, 0), (6, 4)),
        (ops.reshape_ios17, (2, 3, 4), (0, -1, 0), (2, 3, 4)),
    ],
)
def test_reshape_resolves_zero_and_minus_one(reshape, old, shape, new):
    got = reshape(x=counted(*old), shape=np.array(shape))
    assert got.shape == new
    np.testing.assert_array_equal(got.reshape(-1), counted(*old).reshape(-1))


def test_reshape_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="not the rank of x"):
        ops.reshape_ios15(x=counted(2, 50), shape=np.array([1, 0, -1, 0]))
    with pytest.raises(ValueError, match="cannot reshape"):
        ops.reshape_ios17(x=counted(4), shape=np.array([3]))


@given(shapes, st.data())
def test_transpose_is_torchs(shape, data):
    perm = data.draw(st.permutations(range(len(shape))))
    signed = [p - len(shape) if data.draw(st.booleans()) else p for p in perm]
    x = counted(*shape)
    wanted = torch.from_numpy(x).permute(perm)
    np.testing.assert_array_equal(ops.transpose(x=x, perm=np.array(signed)), wanted)


@given(shapes, st.data())
def test_squeeze_undoes_expand_dims(shape, data):
    rank = len(shape) + data.draw(st.integers(1, 2))
    axes = data.draw(
        st.lists(
            st.integers(-rank, rank - 1),
            unique_by=lambda a: a % rank,
            min_size=rank - len(shape),
            max_size=rank - len(shape),
        )
    )
    x = counted(*shape)
    wide = ops.expand_dims(x=x, axes=np.array(axes))
    assert [wide.shape[axis] for axis in axes] == [1] * len(axes)
    np.testing.assert_array_equal(ops.squeeze(x=wide, axes=np.array(axes)), x)


def test_squeeze_leaves_other_sizes_alone():
    assert ops.squeeze(x=counted(2, 1, 3), axes=np.array([0, 1])).shape == (2, 3)
    assert ops.squeeze(x=counted(1, 2, 1)).shape == (2,)


@pytest.mark.parametrize(
    ("axis", "wanted"), [(0, (1, 24)), (1, (2, 12)), (-1, (6, 4)), (3, (24, 1))]
)
def test_flatten2d_cuts_before_the_axis(axis, wanted):
    assert ops.flatten2d(x=counted(2, 3, 4), axis=axis).shape == wanted


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
    got = ops.slice_by_index(x=x, **{name: np.array(v) for name, v in parameters.items()})
    assert got.shape == wanted(x).shape
    np.testing.assert_array_equal(got, wanted(x))


def test_slice_by_index_refuses_vectors_of_another_rank():
    with pytest.raises(ValueError, match="do not fit x"):
        ops.slice_by_index(x=counted(2, 2), begin=np.array([0]), end=np.array([1]))
    with pytest.raises(ValueError, match="zero"):
        ops.slice_by_index(
            x=counted(2), begin=np.array([0]), end=np.array([1]), stride=np.array([0])
        )


def test_slice_by_size_counts_from_either_end():
    x = counted(4, 5)
    got = ops.slice_by_size(x=x, begin=np.array([1, -2]), size=np.array([-1, 2]))
    np.testing.assert_array_equal(got, x[1:, 3:])
    with pytest.raises(ValueError, match="leave a dimension of 5"):
        ops.slice_by_size(x=x, begin=np.array([0, 4]), size=np.array([1, 2]))
