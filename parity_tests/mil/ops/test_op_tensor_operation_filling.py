import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil import Executor, read_package
from poseconvert.mil.ops.tensor_operation.fill import fill
from poseconvert.mil.ops.tensor_operation.fill_like import fill_like
from poseconvert.mil.ops.tensor_operation.one_hot import one_hot
from poseconvert.mil.ops.tensor_operation.range_1d import range_1d

shapes = st.lists(st.integers(1, 4), max_size=4)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_fill_is_torchs_full(shape):
    got = fill(shape=np.array(shape), value=np.float32(2.5))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, torch.full(shape, 2.5))


def test_fill_keeps_the_dtype_of_the_value_and_defaults_to_zero():
    assert fill(shape=np.array([1])).dtype == np.float32
    assert fill(shape=np.array([1])) == 0
    assert fill(shape=np.array([1]), value=3).dtype == np.int32
    assert fill(shape=np.array([1]), value=True).dtype == np.bool_
    assert fill_like(ref_tensor=np.zeros((2, 3), np.int32), value=True).dtype == np.bool_
    assert fill_like(ref_tensor=np.zeros((2, 3), np.int32)).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("shape", [[-1], [2**14, 2**15]])
def test_fill_refuses_impossible_sizes(shape):
    with pytest.raises(ValueError, match="is refused"):
        fill(shape=np.array(shape))


@given(shapes, st.integers(1, 5), st.data())
def test_one_hot_is_torchs(shape, size, data):
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    indices = np.random.default_rng(size).integers(0, size, shape).astype(np.int32)
    hot = torch.nn.functional.one_hot(torch.tensor(indices).long(), size)
    wanted = torch.where(hot.movedim(-1, axis) == 1, 7.0, -0.5)
    got = one_hot(
        indices=indices,
        one_hot_vector_size=size,
        axis=axis,
        on_value=np.float32(7),
        off_value=np.float32(-0.5),
    )
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, wanted)


def test_one_hot_of_a_scalar_is_a_vector_of_integers():
    got = one_hot(indices=2, one_hot_vector_size=np.array(4, np.int32))
    assert got.dtype == np.int32
    assert got.tolist() == [0, 0, 1, 0]


def test_one_hot_refuses_indices_outside_and_sizes_that_fill_memory():
    for index in (-1, 3):
        with pytest.raises(IndexError, match=r"outside 0\.\.2"):
            one_hot(indices=np.array([0, index]), one_hot_vector_size=3)
    with pytest.raises(ValueError, match="is refused"):
        one_hot(indices=np.zeros(2**10, np.int32), one_hot_vector_size=2**20)
    with pytest.raises(ValueError, match="axis"):
        one_hot(indices=np.array([0]), one_hot_vector_size=3, axis=2)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-7, 7).filter(bool))
def test_ranges_of_integers_are_pythons(start, end, step):
    got = range_1d(start=start, end=end, step=step)
    assert got.dtype == np.int32
    assert got.tolist() == list(range(start, end, step))


@given(st.integers(-50, 50), st.integers(-50, 50), st.sampled_from([0.25, 0.5, 1.5, -0.5]))
def test_ranges_of_floats_are_numpys(start, end, step):
    got = range_1d(start=np.float32(start), end=np.float32(end), step=np.float32(step))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, np.arange(start, end, step))


def test_ranges_of_tenths_do_not_gain_an_element():
    """0.6 / 0.1 is 6 in float32, and a little more in float64 of the same numbers."""
    assert len(range_1d(start=np.float32(0), end=np.float32(0.6), step=np.float32(0.1))) == 6


def test_ranges_without_end_are_refused():
    with pytest.raises(ValueError, match="step 0"):
        range_1d(start=0, end=1, step=0)
    with pytest.raises(ValueError, match="no length"):
        range_1d(start=np.float32(0), end=np.float32(np.inf), step=np.float32(1))
    for number in (int, np.float32):
        with pytest.raises(ValueError, match="is refused"):
            range_1d(start=number(0), end=number(2**30), step=number(1))


def test_a_shape_of_unknown_length_gives_a_tensor_of_unknown_rank(coreml, save):
    from coremltools.converters.mil.mil import get_new_symbol

    flexible = coreml.ct.TensorType(name="x", shape=(coreml.ct.RangeDim(1, 5, 3),), dtype=np.int32)
    path = save(
        lambda mb, x: mb.exp(x=mb.fill(shape=x)),
        (get_new_symbol(),),
        dtype="int32",
        inputs=[flexible],
    )
    executor = Executor(read_package(path))
    for shape in ([2, 1, 3], [4]):
        (got,) = executor.run({"x": np.array(shape, np.int32)}).values()
        np.testing.assert_array_equal(got, np.ones(shape))
