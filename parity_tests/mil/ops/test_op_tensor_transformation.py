import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.tensor_transformation.expand_dims import expand_dims
from poseconvert.mil.ops.tensor_transformation.reshape import reshape_ios15, reshape_ios17
from poseconvert.mil.ops.tensor_transformation.reshape_like import reshape_like
from poseconvert.mil.ops.tensor_transformation.reverse import reverse
from poseconvert.mil.ops.tensor_transformation.reverse_sequence import reverse_sequence
from poseconvert.mil.ops.tensor_transformation.squeeze import squeeze
from poseconvert.mil.ops.tensor_transformation.transpose import transpose

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def counted(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize(
    ("reshape", "old", "shape", "new"),
    [
        (reshape_ios15, (2, 3, 4), (6, -1), (6, 4)),
        (reshape_ios15, (2, 3, 4), (0, 12, 1), (2, 12, 1)),
        (reshape_ios15, (2, 3, 4), (0, -1, 0), (2, 3, 4)),
        (reshape_ios15, (4, 3, 2), (0, -1), (4, 6)),
        (reshape_ios15, (), (1, 1), (1, 1)),
        (reshape_ios17, (2, 50), (1, 0, -1, 0), (1, 1, 2, 50)),  # the documented example
        (reshape_ios17, (2, 3, 4), (-1, 0), (6, 4)),
        (reshape_ios17, (2, 3, 4), (0, -1, 0), (2, 3, 4)),
        (reshape_ios17, (), (0, -1), (1, 1)),
    ],
)
def test_reshape_resolves_zero_and_minus_one(reshape, old, shape, new):
    got = reshape(x=counted(*old), shape=np.array(shape))
    assert got.shape == new
    np.testing.assert_array_equal(got.reshape(-1), counted(*old).reshape(-1))


def test_reshape_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"has a 0 where x \(2, 50\) has no dimension"):
        reshape_ios15(x=counted(2, 50), shape=np.array([1, 0, -1, 0]))
    with pytest.raises(ValueError, match="cannot reshape"):
        reshape_ios17(x=counted(4), shape=np.array([3]))


@given(shapes, st.data())
def test_transpose_is_torchs(shape, data):
    perm = data.draw(st.permutations(range(len(shape))))
    signed = [p - len(shape) if data.draw(st.booleans()) else p for p in perm]
    x = counted(*shape)
    wanted = torch.from_numpy(x).permute(perm)
    np.testing.assert_array_equal(transpose(x=x, perm=np.array(signed)), wanted)


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
    wide = expand_dims(x=x, axes=np.array(axes))
    assert [wide.shape[axis] for axis in axes] == [1] * len(axes)
    np.testing.assert_array_equal(squeeze(x=wide, axes=np.array(axes)), x)


def test_squeeze_leaves_other_sizes_alone():
    assert squeeze(x=counted(2, 1, 3), axes=np.array([0, 1])).shape == (2, 3)
    assert squeeze(x=counted(1, 2, 1)).shape == (2,)


def test_transpose_refuses_what_is_no_permutation():
    with pytest.raises(ValueError, match="repeated axis"):
        transpose(x=counted(2, 3), perm=np.array([0, -2]))


def test_expand_dims_and_squeeze_refuse_axes_outside():
    with pytest.raises(ValueError, match="out of bounds"):
        expand_dims(x=counted(2), axes=np.array([2]))
    with pytest.raises(IndexError):
        squeeze(x=counted(2), axes=np.array([1]))


@given(st.lists(st.integers(1, 4), min_size=4, max_size=4), st.integers(0, 3), st.integers(1, 4))
def test_reshape_like_joins_parts_of_shapes(sizes, begin, end):
    """The parts cut a shape at two places and are put together again by the op."""
    begin, end = sorted((begin, end))
    refs = (np.zeros((9, *sizes[:begin])), np.zeros(sizes), np.zeros((*sizes[end:], 5, 7)))
    got = reshape_like(
        x=counted(int(np.prod(sizes))),
        ref_tensors=refs,
        begins=(1, begin, 0),
        ends=(0, end, -2),
        end_masks=(True, False, False),
    )
    np.testing.assert_array_equal(got, counted(*sizes))


def test_reshape_like_refuses_what_does_not_fit():
    parts = {"ref_tensors": (counted(2),), "begins": (0,), "ends": (1,), "end_masks": (False,)}
    with pytest.raises(ValueError, match="cannot reshape"):
        reshape_like(x=counted(3), **parts)
    with pytest.raises(ValueError, match="argument"):
        reshape_like(x=counted(2), **{**parts, "ends": (1, 2)})


@given(shapes, st.data())
def test_reverse_is_torchs_flip(shape, data):
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True))
    signed = [axis - len(shape) if data.draw(st.booleans()) else axis for axis in axes]
    x = counted(*shape)
    wanted = torch.from_numpy(x).flip(axes)
    np.testing.assert_array_equal(reverse(x=x, axes=np.array(signed, int)), wanted)


def test_reverse_without_axes_reverses_all():
    assert reverse(x=counted(2, 3)).tolist() == [[5, 4, 3], [2, 1, 0]]


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.data())
def test_reverse_sequence_turns_the_first_of_each(shape, data):
    batch_axis, seq_axis = data.draw(st.permutations(range(len(shape))))[:2]
    lengths = [data.draw(st.integers(0, shape[seq_axis])) for _ in range(shape[batch_axis])]
    x = counted(*shape)
    got = reverse_sequence(
        x=x, lengths=np.array(lengths), seq_axis=seq_axis - len(shape), batch_axis=batch_axis
    )
    assert got.shape == x.shape
    for place in np.ndindex(*shape):
        length, i = lengths[place[batch_axis]], place[seq_axis]
        source = list(place)
        source[seq_axis] = length - 1 - i if i < length else i
        assert got[place] == x[tuple(source)]


def test_reverse_sequence_refuses_lengths_that_do_not_fit():
    for lengths in ([4, 0], [-1, 0], [1], [1, 1, 1]):
        with pytest.raises(ValueError, match="do not fit 2 sequences of 3"):
            reverse_sequence(x=counted(2, 3), lengths=np.array(lengths), seq_axis=1)
    with pytest.raises(ValueError, match="repeated axis"):
        reverse_sequence(x=counted(2, 3), lengths=np.array([1, 1]))
