import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.tensor_transformation.batch_to_space import batch_to_space
from poseconvert.mil.ops.tensor_transformation.depth_to_space import depth_to_space
from poseconvert.mil.ops.tensor_transformation.pixel_shuffle import pixel_shuffle
from poseconvert.mil.ops.tensor_transformation.pixel_unshuffle import pixel_unshuffle
from poseconvert.mil.ops.tensor_transformation.space_to_batch import space_to_batch
from poseconvert.mil.ops.tensor_transformation.space_to_depth import space_to_depth

sizes = st.tuples(*[st.integers(1, 3)] * 4)
edges = st.tuples(*[st.integers(0, 2)] * 4)


def counted(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape) + 1


@given(sizes, st.integers(1, 3))
def test_pixel_shuffle_and_unshuffle_are_torchs(shape, f):
    n, c, h, w = shape
    deep, wide = counted(n, c * f * f, h, w), counted(n, c, h * f, w * f)
    np.testing.assert_array_equal(
        pixel_shuffle(x=deep, upscale_factor=f),
        F.pixel_shuffle(torch.from_numpy(deep), f),
    )
    np.testing.assert_array_equal(
        pixel_unshuffle(x=wide, downscale_factor=f),
        F.pixel_unshuffle(torch.from_numpy(wide), f),
    )


@given(sizes, st.integers(1, 3))
def test_space_to_depth_lists_the_phases_of_the_picture(shape, b):
    """TensorFlow's order: all channels of the block's first pixel, then of its second."""
    n, c, h, w = shape
    x = counted(n, c, h * b, w * b)
    phases = [x[:, :, i::b, j::b] for i in range(b) for j in range(b)]
    deep = np.concatenate(phases, axis=1)
    np.testing.assert_array_equal(space_to_depth(x=x, block_size=b), deep)
    np.testing.assert_array_equal(depth_to_space(x=deep, block_size=b), x)


@given(sizes, st.integers(1, 3), st.integers(1, 3), edges)
def test_space_to_batch_lists_the_phases_of_the_padded_picture(shape, bh, bw, edges):
    n, c, h, w = shape
    top, bottom, left, right = edges
    x = counted(n, c, h, w)
    bottom += -(h + top + bottom) % bh
    right += -(w + left + right) % bw
    padded = F.pad(torch.from_numpy(x), (left, right, top, bottom)).numpy()
    phases = [padded[:, :, i::bh, j::bw] for i in range(bh) for j in range(bw)]
    got = space_to_batch(
        x=x, block_shape=np.array([bh, bw]), paddings=np.array([[top, bottom], [left, right]])
    )
    np.testing.assert_array_equal(got, np.concatenate(phases))
    back = batch_to_space(
        x=got, block_shape=np.array([bh, bw]), crops=np.array([[top, bottom], [left, right]])
    )
    np.testing.assert_array_equal(back, x)


def test_space_to_batch_is_apples_example():
    x = np.arange(1, 17, dtype=np.float32).reshape(2, 1, 2, 4)
    got = space_to_batch(x=x, block_shape=np.array([2, 2]), paddings=np.array([[0, 0], [2, 0]]))
    assert got.reshape(8, 3).tolist() == [
        [0, 1, 3], [0, 9, 11], [0, 2, 4], [0, 10, 12],
        [0, 5, 7], [0, 13, 15], [0, 6, 8], [0, 14, 16],
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [(1, 3, 3, 3), (4, 4, 4)])
def test_blocks_that_do_not_fill_are_refused(shape):
    for op, factor in (
        (depth_to_space, "block_size"),
        (space_to_depth, "block_size"),
        (pixel_shuffle, "upscale_factor"),
        (pixel_unshuffle, "downscale_factor"),
    ):
        with pytest.raises(ValueError, match="blocks of 2 x 2 do not fit x"):
            op(x=counted(*shape), **{factor: 2})


def test_blocks_and_edges_that_do_not_fit_are_refused():
    x, two, none = counted(4, 1, 2, 2), np.array([2, 2]), np.zeros((2, 2), int)
    with pytest.raises(ValueError, match="do not fill 3 x 2"):
        space_to_batch(x=x, block_shape=two, paddings=np.array([[1, 0], [0, 0]]))
    with pytest.raises(ValueError, match="do not fit x"):
        space_to_batch(x=x[0], block_shape=two, paddings=none)
    with pytest.raises(ValueError, match="are impossible"):
        space_to_batch(x=x, block_shape=np.array([0, 1]), paddings=none)
    with pytest.raises(ValueError, match="is refused"):
        space_to_batch(x=x, block_shape=two, paddings=np.array([[2**30, 0], [0, 0]]))
    with pytest.raises(ValueError, match="do not fit x"):
        batch_to_space(x=x[:3], block_shape=two, crops=none)
    with pytest.raises(ValueError, match="do not fit x"):
        batch_to_space(x=x, block_shape=two, crops=np.array([[2, 2], [0, 0]]))
