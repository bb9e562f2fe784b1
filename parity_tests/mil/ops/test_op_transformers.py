import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.transformers.scaled_dot_product_attention import (
    scaled_dot_product_attention,
)

small = st.integers(1, 5)


def drawn(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


@given(
    st.lists(small, min_size=1, max_size=3),
    small,
    small,
    small,
    small,
    st.sampled_from([None, "bool", "float"]),
    st.integers(1, 5),
    st.data(),
)
def test_attention_is_torchs(batch, targets, sources, size, values, mask, rank, data):
    query, key = drawn(*batch, targets, size), drawn(*batch, sources, size)
    value = drawn(*batch, sources, values)
    attn_mask = None
    if mask is not None:
        whole = (*batch, targets, sources)[-rank:]
        shape = [data.draw(st.sampled_from([1, n])) for n in whole[:-1]] + [sources]
        attn_mask = 2 * drawn(*shape)
        if mask == "bool":
            attn_mask = attn_mask > 0
            attn_mask[..., 0] = True  # torch and the formula differ on rows without any score
    wanted = F.scaled_dot_product_attention(
        *map(torch.from_numpy, (query, key, value)),
        # torch 2.13 takes no mask of one axis with some batches; of two it means the same.
        None if attn_mask is None else torch.from_numpy(np.atleast_2d(attn_mask)),
    )
    got = scaled_dot_product_attention(query=query, key=key, value=value, attn_mask=attn_mask)
    np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_minus_infinity_in_a_float_mask_hides_a_source():
    query, key, value = drawn(1, 2, 3), drawn(1, 4, 3), drawn(1, 4, 2)
    mask = np.array([0, -np.inf, 0, 0], np.float32)
    shown = [0, 2, 3]
    wanted = scaled_dot_product_attention(query=query, key=key[:, shown], value=value[:, shown])
    got = scaled_dot_product_attention(query=query, key=key, value=value, attn_mask=mask)
    np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_a_row_without_any_score_is_nan_as_the_formula_says():
    got = scaled_dot_product_attention(
        query=drawn(1, 2, 3),
        key=drawn(1, 2, 3),
        value=drawn(1, 2, 3),
        attn_mask=np.array([[False, False], [True, False]]),
    )
    assert np.isnan(got[0, 0]).all()
    assert np.isfinite(got[0, 1]).all()


def test_a_program_with_attention_runs(run):
    x = drawn(2, 3, 4)
    got = run(
        lambda mb, x: mb.scaled_dot_product_attention(query=x, key=x, value=x), x, target="iOS18"
    )
    wanted = F.scaled_dot_product_attention(*[torch.from_numpy(x)] * 3)
    np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"query": drawn(2, 3)},
        {"query": drawn(1, 2, 4)},
        {"key": drawn(2, 2, 3)},
        {"value": drawn(1, 3, 3)},
        {"attn_mask": drawn(3)},
    ],
)
def test_shapes_that_do_not_fit_are_refused(change):
    fitting = {"query": drawn(1, 2, 3), "key": drawn(1, 2, 3), "value": drawn(1, 2, 3)}
    with pytest.raises((ValueError, RuntimeError)):
        scaled_dot_product_attention(**{**fitting, **change})


def test_scores_too_large_are_refused_before_they_are_made():
    long = np.broadcast_to(np.float32(0), (1, 2**15, 1))
    with pytest.raises(ValueError, match="is refused"):
        scaled_dot_product_attention(query=long, key=long, value=long)
