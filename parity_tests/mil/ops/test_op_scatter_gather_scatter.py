import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from poseconvert.mil.ops.scatter_gather.scatter import scatter_ios15, scatter_ios17
from poseconvert.mil.ops.scatter_gather.scatter_along_axis import (
    scatter_along_axis_ios15,
    scatter_along_axis_ios17,
)
from poseconvert.mil.ops.scatter_gather.scatter_nd import scatter_nd_ios15, scatter_nd_ios17

modes = st.sampled_from(["update", "add", "sub", "mul", "div", "max", "min"])
SCATTERS = (scatter_ios15, scatter_ios17)
ALONG_AXIS = (scatter_along_axis_ios15, scatter_along_axis_ios17)
SCATTERS_ND = (scatter_nd_ios15, scatter_nd_ios17)


def applied(mode, old, new):
    """One update of one number, in Python's arithmetic."""
    return {
        "update": lambda: new,
        "add": lambda: old + new,
        "sub": lambda: old - new,
        "mul": lambda: old * new,
        "div": lambda: old / new,
        "max": lambda: max(old, new),
        "min": lambda: min(old, new),
    }[mode]()


def scattered(data, updates, mode, place_of):
    """Update element by element: place_of says where each element of updates goes, or None."""
    y = data.astype(np.float64)
    for source in np.ndindex(*updates.shape):
        place = place_of(source)
        if place is not None:
            y[place] = applied(mode, y[place], float(updates[source]))
    return y


@st.composite
def cases(draw):
    """Data, an axis, a generator of updates of any shape, and one of indices below sizes."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    data = rng.uniform(0.5, 2, shape).astype(np.float32)
    return data, draw(st.integers(-len(shape), len(shape) - 1)), rng


def updates_of(shape, rng):
    return rng.uniform(0.5, 2, shape).astype(np.float32)


@settings(max_examples=100)
@given(
    mode=modes,
    negative=st.booleans(),
    case=cases(),
    index_shape=st.lists(st.integers(0, 3), min_size=1, max_size=2),
)
def test_scatter_applies_slice_after_slice(mode, negative, case, index_shape):
    data, axis, rng = case
    size, front = data.shape[axis], axis % data.ndim
    indices = rng.integers(-size if negative else 0, size, index_shape).astype(np.int32)
    updates = updates_of((*data.shape[:front], *index_shape, *data.shape[front + 1 :]), rng)

    def place_of(source):
        middle = source[front : front + len(index_shape)]
        return (*source[:front], indices[middle], *source[front + len(index_shape) :])

    wanted = scattered(data, updates, mode, place_of)
    for scatter in SCATTERS[:1] if negative else SCATTERS:
        before = data.copy()
        got = scatter(data=data, indices=indices, updates=updates, axis=axis, mode=mode)
        np.testing.assert_allclose(got, wanted, rtol=1e-5)
        np.testing.assert_array_equal(data, before)


@settings(max_examples=100)
@given(mode=modes, negative=st.booleans(), case=cases(), length=st.integers(0, 5))
def test_scatter_along_axis_applies_element_after_element(mode, negative, case, length):
    data, axis, rng = case
    size, front = data.shape[axis], axis % data.ndim
    shape = (*data.shape[:front], length, *data.shape[front + 1 :])
    indices = rng.integers(-size if negative else 0, size, shape).astype(np.int32)
    updates = updates_of(shape, rng)

    def place_of(source):
        return (*source[:front], indices[source], *source[front + 1 :])

    wanted = scattered(data, updates, mode, place_of)
    for scatter in ALONG_AXIS[:1] if negative else ALONG_AXIS:
        got = scatter(data=data, indices=indices, updates=updates, axis=axis, mode=mode)
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


@given(case=cases(), length=st.integers(1, 5))
def test_scatter_along_axis_that_adds_is_torchs(case, length):
    data, axis, rng = case
    shape = list(data.shape)
    shape[axis] = length
    indices = rng.integers(0, data.shape[axis], shape)
    updates = updates_of(shape, rng)
    wanted = torch.from_numpy(data).scatter_add(
        axis, torch.from_numpy(indices), torch.from_numpy(updates)
    )
    got = scatter_along_axis_ios15(data=data, indices=indices, updates=updates, axis=axis)
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


@settings(max_examples=100)
@given(
    mode=modes,
    negative=st.booleans(),
    case=cases(),
    rows=st.lists(st.integers(0, 3), max_size=2),
    data=st.data(),
)
def test_scatter_nd_applies_row_after_row(mode, negative, case, rows, data):
    x, _, rng = case
    depth = data.draw(st.integers(1, x.ndim))
    sizes = np.broadcast_to(x.shape[:depth], (*rows, depth))
    indices = rng.integers(-sizes if negative else 0, sizes).astype(np.int32)
    updates = updates_of((*rows, *x.shape[depth:]), rng)

    def place_of(source):
        return (*indices[source[: len(rows)]].tolist(), *source[len(rows) :])

    wanted = scattered(x, updates, mode, place_of)
    for scatter in SCATTERS_ND[:1] if negative else SCATTERS_ND:
        got = scatter(data=x, indices=indices, updates=updates, mode=mode)
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


@pytest.mark.parametrize("outside", [-1, -9, 2, 9])
def test_ios17_drops_updates_outside_or_refuses_them_when_told_to(outside):
    data, updates = np.array([[1.0, 2], [3, 4]]), np.array([[10.0, 20], [30, 40]])
    wanted = np.array([[31.0, 42], [3, 4]])
    along = np.broadcast_to(np.array([[outside], [0]]), (2, 2))
    rows, columns = np.array([[outside], [0]]), np.array([[0, outside], [0, 1]])
    for scatter, indices, values, result in (
        (scatter_ios17, rows[:, 0], updates, wanted),
        (scatter_along_axis_ios17, along, updates, wanted),
        (scatter_nd_ios17, rows, updates, wanted),
        (scatter_nd_ios17, columns, updates[:, 1], np.array([[1.0, 42], [3, 4]])),
    ):
        got = scatter(data=data, indices=indices, updates=values)
        np.testing.assert_array_equal(got, result)
        with pytest.raises(IndexError, match="allowed are 0 to 1"):
            scatter(data=data, indices=indices, updates=values, validate_indices=True)


@pytest.mark.parametrize("outside", [-3, 2])
def test_ios15_refuses_indices_outside(outside):
    data, updates = np.zeros((2, 2)), np.zeros((1, 2))
    for scatter, indices in (
        (scatter_ios15, np.array([outside])),
        (scatter_along_axis_ios15, np.array([[0, outside]])),
        (scatter_nd_ios15, np.array([[outside]])),
    ):
        with pytest.raises(IndexError, match="allowed are -2 to 1"):
            scatter(data=data, indices=indices, updates=updates)


def test_integers_are_divided_towards_zero_and_never_by_it():
    data, two = np.array([7, -7], np.int32), np.array([0, 1])
    got = scatter_ios15(data=data, indices=two, updates=np.array([2, 2], np.int32), mode="div")
    assert (got.tolist(), got.dtype) == ([3, -3], np.int32)
    with pytest.raises(ValueError, match="divided by 0"):
        scatter_ios15(data=data, indices=two, updates=np.array([1, 0], np.int32), mode="div")


def test_shapes_and_modes_that_do_not_fit_are_refused():
    data, place = np.zeros((2, 3)), np.array([0])
    with pytest.raises(ValueError, match=r"shape \(1, 2\), expected \(1, 3\)"):
        scatter_ios15(data=data, indices=place, updates=np.zeros((1, 2)))
    with pytest.raises(ValueError, match="axis 2 is outside"):
        scatter_ios15(data=data, indices=place, updates=np.zeros((1, 3)), axis=2)
    with pytest.raises(ValueError, match='unknown mode "mean"'):
        scatter_ios15(data=data, indices=place, updates=np.zeros((1, 3)), mode="mean")
    with pytest.raises(ValueError, match="do not fit data"):
        scatter_along_axis_ios15(data=data, indices=place, updates=np.zeros(1))
    with pytest.raises(ValueError, match=r"shape \(1, 2\), expected \(1, 3\)"):
        scatter_along_axis_ios15(data=data, indices=np.zeros((1, 2), int), updates=np.zeros((1, 2)))
    with pytest.raises(ValueError, match="do not fit data"):
        scatter_nd_ios15(data=data, indices=np.zeros((1, 3), int), updates=np.zeros(1))


def test_scatter_runs_in_a_program(run):
    x = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    updates = np.array([[5, 6, 7], [8, 9, 10]], np.float32)
    got = run(lambda mb, x: mb.scatter(data=x, indices=[1, 0], updates=updates), x)
    assert got.tolist() == [[9, 11, 13], [9, 11, 13]]
