"""Begin, end, stride and masks as slices, for the ops that take them."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, integers


def python_slices(
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None,
    begin_mask: Array | None,
    end_mask: Array | None,
    squeeze_mask: Array | None,
) -> tuple[int | slice, ...]:
    """Turn Core ML's vectors into what numpy indexes with, one entry per dimension."""
    columns = [
        integers(begin),
        integers(end),
        [1] * x.ndim if stride is None else integers(stride),
        *(
            [0] * x.ndim if mask is None else integers(mask)
            for mask in (begin_mask, end_mask, squeeze_mask)
        ),
    ]
    if any(len(column) != x.ndim for column in columns):
        raise ValueError(f"slices of {[len(column) for column in columns]} do not fit x {x.shape}")
    return tuple(
        (0 if no_begin else first)
        if squeezed
        else slice(None if no_begin else first, None if no_end else last, step)
        for first, last, step, no_begin, no_end, squeezed in zip(*columns, strict=True)
    )
