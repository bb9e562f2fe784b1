"""Decoders written element by element, as the formulas of the op documentation read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.compression.constexpr_blockwise_shift_scale import (
    constexpr_blockwise_shift_scale,
)
from poseconvert.mil.ops.compression.constexpr_lut_to_dense import constexpr_lut_to_dense
from poseconvert.mil.ops.compression.constexpr_lut_to_sparse import constexpr_lut_to_sparse
from poseconvert.mil.ops.compression.constexpr_sparse_blockwise_shift_scale import (
    constexpr_sparse_blockwise_shift_scale,
)
from poseconvert.mil.ops.compression.constexpr_sparse_to_dense import constexpr_sparse_to_dense


def scaled_by_loops(data, scale, offset):
    """output[i] = scale[i // b] * (data[i] - offset[i // b])."""
    out = np.zeros(data.shape, np.float64)
    for place in np.ndindex(*data.shape):
        block = tuple(
            i * n // size for i, n, size in zip(place, scale.shape, data.shape, strict=True)
        )
        shift = 0.0 if offset is None else float(offset[block])
        out[place] = float(scale[block]) * (float(data[place]) - shift)
    return out


def looked_up_by_loops(indices, lut, axis):
    """Each index is replaced by its group's entry, a vector laid along the axis."""
    vector = lut.shape[-1]
    shape = list(indices.shape)
    shape[axis] *= vector
    out = np.zeros(shape, lut.dtype)
    for place in np.ndindex(*indices.shape):
        ends = zip(place, lut.shape[:-2], indices.shape, strict=True)
        group = tuple(i * n // size for i, n, size in ends)
        for element in range(vector):
            target = list(place)
            target[axis] = place[axis] * vector + element
            out[tuple(target)] = lut[(*group, indices[place], element)]
    return out


@st.composite
def blocked(draw):
    """A tensor's shape, and how many blocks each axis is cut into."""
    rank = draw(st.integers(1, 4))
    groups = [draw(st.integers(1, 3)) for _ in range(rank)]
    sizes = [draw(st.integers(1, 3)) for _ in range(rank)]
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    return tuple(g * s for g, s in zip(groups, sizes, strict=True)), tuple(groups), chance


@given(case=blocked(), with_offset=st.booleans(), dtype=st.sampled_from(["int8", "uint8", "f4"]))
def test_every_block_has_its_scale_and_offset(case, with_offset, dtype):
    shape, groups, chance = case
    low = -8 if dtype == "int8" else 0
    data = chance.integers(low, low + 16, shape).astype(dtype)
    scale = chance.normal(size=groups).astype(np.float32)
    offset = chance.integers(low, low + 16, groups).astype(dtype) if with_offset else None
    got = constexpr_blockwise_shift_scale(data=data, scale=scale, offset=offset)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, scaled_by_loops(data, scale, offset), rtol=1e-6)


@given(
    case=blocked(),
    bits=st.sampled_from([1, 2, 3, 4, 6, 8]),
    vector=st.integers(1, 3),
    dtype=st.sampled_from(["f4", "int8", "uint8"]),
)
def test_every_group_has_its_palette(case, bits, vector, dtype):
    shape, groups, chance = case
    indices = chance.integers(0, 2**bits, shape).astype(np.uint8)
    lut = chance.integers(0, 100, (*groups, 2**bits, vector)).astype(dtype)
    for axis in range(-len(shape), len(shape)):
        got = constexpr_lut_to_dense(indices=indices, lut=lut, vector_axis=axis)
        assert got.dtype == lut.dtype
        np.testing.assert_array_equal(got, looked_up_by_loops(indices, lut, axis))
    if vector == 1:
        np.testing.assert_array_equal(constexpr_lut_to_dense(indices=indices, lut=lut), got)


def test_vectors_lie_as_in_apples_example():
    """The op documentation of constexpr_lut_to_dense, case 2.1 and 2.2."""
    indices = np.array([[[0, 0], [1, 0]], [[1, 1], [0, 0]]], np.uint8)
    lut = np.array([[10, 11, 12], [20, 21, 22]], np.int8).reshape(1, 1, 1, 2, 3)
    down = constexpr_lut_to_dense(indices=indices, lut=lut, vector_axis=1)
    assert down[0].T.tolist() == [[10, 11, 12, 20, 21, 22], [10, 11, 12, 10, 11, 12]]
    along = constexpr_lut_to_dense(indices=indices, lut=lut, vector_axis=2)
    assert along[0].tolist() == [[10, 11, 12, 10, 11, 12], [20, 21, 22, 10, 11, 12]]


@given(case=blocked(), dtype=st.sampled_from(["f4", "int8", "uint8"]))
def test_masked_weights_are_zero(case, dtype):
    shape, _, chance = case
    mask = chance.integers(0, 2, shape).astype(np.uint8)
    dense = np.where(mask, chance.integers(1, 99, shape), 0).astype(dtype)
    nonzero = np.array([dense[place] for place in np.ndindex(*shape) if mask[place]], dtype)
    got = constexpr_sparse_to_dense(nonzero_data=nonzero, mask=mask)
    assert got.dtype == dense.dtype
    np.testing.assert_array_equal(got, dense)


@given(case=blocked(), with_offset=st.booleans())
def test_sparse_weights_are_scaled_by_the_block_they_lie_in(case, with_offset):
    shape, groups, chance = case
    mask = chance.integers(0, 2, shape).astype(np.uint8)
    dense = chance.integers(-8, 8, shape).astype(np.int8)
    scale = chance.normal(size=groups).astype(np.float32)
    offset = chance.integers(-8, 8, groups).astype(np.int8) if with_offset else None
    wanted = scaled_by_loops(dense, scale, offset)
    got_mask, got = constexpr_sparse_blockwise_shift_scale(
        data_mask=mask, nonzero_data=dense[mask != 0], scale=scale, offset=offset
    )
    np.testing.assert_array_equal(got_mask, mask)
    listed = [wanted[place] for place in np.ndindex(*shape) if mask[place]]
    np.testing.assert_allclose(got, listed, rtol=1e-6)


@given(case=blocked(), vector=st.integers(1, 3))
def test_sparse_indices_point_into_the_palette_of_their_group(case, vector):
    shape, groups, chance = case
    mask = chance.integers(0, 2, shape).astype(np.uint8)
    indices = chance.integers(0, 4, shape).astype(np.uint8)
    lut = chance.normal(size=(*groups, 4, vector)).astype(np.float32)
    for axis in range(-len(shape), len(shape)):
        got_mask, got = constexpr_lut_to_sparse(
            indices_mask=mask, indices_nonzero_data=indices[mask != 0], lut=lut, vector_axis=axis
        )
        ones = np.ones((*groups, 2, vector), np.uint8) * np.array([0, 1]).reshape(2, 1)
        wanted_mask = looked_up_by_loops(mask, ones, axis)
        np.testing.assert_array_equal(got_mask, wanted_mask)
        dense = looked_up_by_loops(indices, lut, axis)
        listed = [dense[place] for place in np.ndindex(*dense.shape) if wanted_mask[place]]
        np.testing.assert_array_equal(got, listed)


ONES = np.ones((2, 4), np.uint8)


@pytest.mark.parametrize(
    ("kernel", "arguments", "text"),
    [
        (
            constexpr_blockwise_shift_scale,
            {"data": ONES, "scale": np.ones((2, 3))},
            r"shape \(2, 4\) cannot be cut into \(2, 3\) blocks",
        ),
        (
            constexpr_blockwise_shift_scale,
            {"data": ONES, "scale": np.ones(2)},
            r"cannot be cut into \(2,\) blocks",
        ),
        (
            constexpr_blockwise_shift_scale,
            {"data": ONES, "scale": np.ones((2, 0))},
            r"cannot be cut into \(2, 0\) blocks",
        ),
        (
            constexpr_blockwise_shift_scale,
            {"data": ONES, "scale": np.ones((1, 2)), "offset": np.ones((2, 1))},
            r"offset \(2, 1\) and scale \(1, 2\) differ",
        ),
        (
            constexpr_lut_to_dense,
            {"indices": ONES, "lut": np.ones((2, 4, 1), np.float32)},
            "does not have two axes more",
        ),
        (
            constexpr_lut_to_dense,
            {"indices": ONES, "lut": np.ones((1, 3, 2, 1), np.float32)},
            "cannot be cut",
        ),
        (
            constexpr_lut_to_dense,
            {"indices": ONES, "lut": np.ones((1, 2, 1, 1), np.float32)},
            "index 1 lies outside palettes of 1 entries",
        ),
        (
            constexpr_lut_to_dense,
            {"indices": ONES, "lut": np.ones((1, 1, 2, 3), np.float32)},
            "vector_axis None does not fit",
        ),
        (
            constexpr_lut_to_dense,
            {"indices": ONES, "lut": np.ones((1, 1, 2, 3), np.float32), "vector_axis": 2},
            "vector_axis 2 does not fit",
        ),
        (
            constexpr_lut_to_dense,
            {"indices": ONES, "lut": np.ones((1, 1, 2, 2**26), np.float32), "vector_axis": 0},
            "is refused",
        ),
        (
            constexpr_sparse_to_dense,
            {"nonzero_data": np.ones(7), "mask": ONES},
            r"8 elements of the mask are set, the values have shape \(7,\)",
        ),
        (
            constexpr_lut_to_sparse,
            {
                "indices_mask": ONES,
                "indices_nonzero_data": np.ones(9),
                "lut": np.ones((1, 1, 2, 1)),
            },
            "8 elements of the mask are set",
        ),
        (
            constexpr_sparse_blockwise_shift_scale,
            {"data_mask": ONES, "nonzero_data": np.ones(8), "scale": np.ones((3, 1))},
            "cannot be cut",
        ),
    ],
)
def test_what_does_not_fit_is_refused(kernel, arguments, text):
    with pytest.raises(ValueError, match=text):
        kernel(**arguments)
