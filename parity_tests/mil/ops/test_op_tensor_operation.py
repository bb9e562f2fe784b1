import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.tensor_operation.band_part import band_part
from poseconvert.mil.ops.tensor_operation.concat import concat
from poseconvert.mil.ops.tensor_operation.cumsum import cumsum
from poseconvert.mil.ops.tensor_operation.flatten2d import flatten2d
from poseconvert.mil.ops.tensor_operation.identity import identity
from poseconvert.mil.ops.tensor_operation.non_zero import non_zero
from poseconvert.mil.ops.tensor_operation.pad import pad as pad_kernel
from poseconvert.mil.ops.tensor_operation.shape import shape
from poseconvert.mil.ops.tensor_operation.split import split
from poseconvert.mil.ops.tensor_operation.stack import stack
from poseconvert.mil.ops.tensor_operation.tile import tile

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def counted(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(-3, 2), shapes)
def test_split_undoes_concat(sizes, axis, shape):
    axis = axis % len(shape)
    parts = [counted(*[size if d == axis else n for d, n in enumerate(shape)]) for size in sizes]
    together = concat(values=tuple(parts), axis=axis)
    assert together.shape[axis] == sum(sizes)
    back = split(x=together, split_sizes=np.array(sizes), axis=axis)
    for part, again in zip(parts, back, strict=True):
        np.testing.assert_array_equal(part, again)


def test_interleaved_concat_is_the_documented_example():
    first, second = np.array([[1, 2], [3, 4], [5, 6]]), np.array([[7, 8], [9, 10], [11, 12]])
    got = concat(values=(first, second), axis=0, interleave=True)
    assert got.tolist() == [[1, 2], [7, 8], [3, 4], [9, 10], [5, 6], [11, 12]]
    got = concat(values=(first, second), axis=-1, interleave=True)
    assert got.tolist() == [[1, 7, 2, 8], [3, 9, 4, 10], [5, 11, 6, 12]]


def test_concat_of_shapes_that_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="must match exactly"):
        concat(values=(counted(2, 2), counted(2, 3)), axis=0)


def test_concat_takes_scalars():
    assert concat(values=(np.int32(1), np.array(2)), axis=0).tolist() == [1, 2]


@given(st.integers(1, 3), shapes, st.integers(-5, 4))
def test_stack_is_torchs(number, shape, axis):
    values = tuple(counted(*shape) + i for i in range(number))
    axis = axis % (len(shape) + 1)
    wanted = torch.stack([torch.from_numpy(v) for v in values], axis).numpy()
    np.testing.assert_array_equal(stack(values=values, axis=axis), wanted)


def test_split_into_equal_parts_or_not_at_all():
    assert [part.tolist() for part in split(x=counted(4), num_splits=2, axis=0)] == [
        [0, 1],
        [2, 3],
    ]
    for wrong in ({"num_splits": 3}, {"split_sizes": np.array([1, 2])}, {}, {"num_splits": 0}):
        with pytest.raises(ValueError):  # noqa: PT011
            split(x=counted(4), axis=0, **wrong)


@given(shapes, st.data())
def test_tile_is_torchs(shape, data):
    reps = [data.draw(st.integers(1, 3)) for _ in shape]
    x = counted(*shape)
    np.testing.assert_array_equal(tile(x=x, reps=np.array(reps)), torch.from_numpy(x).repeat(reps))


@given(st.integers(1, 3), st.sampled_from(["constant", "reflect", "replicate"]), st.data())
def test_padding_is_torchs(spatial, mode, data):
    sizes = [data.draw(st.integers(2, 5)) for _ in range(spatial)]
    most = [size if mode != "reflect" else size - 1 for size in sizes]
    pad = [data.draw(st.integers(0, most[d])) for d in range(spatial) for _ in "ab"]
    x = counted(1, 2, *sizes)
    order = [amount for d in reversed(range(spatial)) for amount in pad[2 * d : 2 * d + 2]]
    fill = {"value": 7.0} if mode == "constant" else {}
    wanted = torch.nn.functional.pad(torch.from_numpy(x), order, mode=mode, **fill)
    got = pad_kernel(x=x, pad=np.array(pad), mode=mode, constant_val=np.float32(7))
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
        pad_kernel(x=counted(2), **parameters)


def test_shape_and_identity():
    assert shape(x=counted(2, 3)).tolist() == [2, 3]
    assert shape(x=counted(2, 3)).dtype == np.int32
    np.testing.assert_array_equal(identity(x=counted(2)), counted(2))


@pytest.mark.parametrize(
    ("axis", "wanted"), [(0, (1, 24)), (1, (2, 12)), (-1, (6, 4)), (3, (24, 1)), (-3, (1, 24))]
)
def test_flatten2d_cuts_before_the_axis(axis, wanted):
    x = counted(2, 3, 4)
    got = flatten2d(x=x, axis=axis)
    assert got.shape == wanted
    np.testing.assert_array_equal(got.reshape(2, 3, 4), x)


def test_flatten2d_refuses_an_axis_outside():
    with pytest.raises(ValueError, match="axis 4 is outside"):
        flatten2d(x=counted(2, 3, 4), axis=4)


matrices = st.tuples(st.integers(1, 2), st.integers(1, 5), st.integers(1, 5))


@given(matrices, st.integers(-1, 5), st.integers(-1, 5))
def test_band_part_is_what_torchs_triangles_share(shape, lower, upper):
    x = counted(*shape) + 1
    wanted = torch.from_numpy(x)
    wanted = wanted if lower < 0 else wanted.triu(-lower)
    wanted = wanted if upper < 0 else wanted.tril(upper)
    np.testing.assert_array_equal(band_part(x=x, lower=lower, upper=upper), wanted)


def test_band_part_leaves_nothing_of_infinity_outside_and_refuses_vectors():
    x = np.full((2, 2), np.inf, np.float32)
    assert band_part(x=x, lower=0, upper=0).tolist() == [[np.inf, 0], [0, np.inf]]
    with pytest.raises(ValueError, match="no matrices"):
        band_part(x=counted(3))


@given(shapes, st.data(), st.booleans(), st.booleans())
def test_cumsum_adds_what_came_before(shape, data, exclusive, reverse):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(len(shape)).integers(-9, 9, shape).astype(np.int32)
    got = cumsum(x=x, axis=axis, exclusive=exclusive, reverse=reverse)
    rows = np.moveaxis(x, axis, 0)
    wanted = np.zeros_like(rows)
    for i in range(len(rows)):
        before, after = (rows[:i], rows[i + 1 :])
        wanted[i] = (after if reverse else before).sum(0) + (0 if exclusive else rows[i])
    assert got.dtype == np.int32
    np.testing.assert_array_equal(got, np.moveaxis(wanted, 0, axis))


def test_cumsum_of_floats_is_torchs():
    x = np.random.default_rng(0).normal(size=(3, 50)).astype(np.float32)
    wanted = torch.from_numpy(x).double().cumsum(1)
    np.testing.assert_allclose(cumsum(x=x, axis=-1), wanted, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.bool_])
@given(shape=shapes, seed=st.integers(0, 9))
def test_non_zero_is_torchs(dtype, shape, seed):
    x = np.random.default_rng(seed).integers(0, 2, shape).astype(dtype)
    got = non_zero(x=x)
    assert got.dtype == np.int32
    np.testing.assert_array_equal(got, torch.nonzero(torch.from_numpy(x)))
