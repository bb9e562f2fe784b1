"""MIL op ``make_list``, of family ``control_flow``."""

from __future__ import annotations

import numpy as np

from poseconvert.budgets import LIST_LENGTH
from poseconvert.mil.ops.control_flow.tensor_list import TensorList
from poseconvert.mil.ops.shared import bounded, carrier, integers, op


@op("make_list", since="CoreML5", several=("elem_shape",))
def make_list(
    *,
    elem_shape: tuple[int | str, ...],
    init_length: int = 1,
    dynamic_length: bool = True,
    dtype: str = "fp32",
) -> TensorList:
    """``y`` is a list of ``init_length`` zeros of shape ``elem_shape``.

    Shapes
    ------
    ``elem_shape``: sizes; a string stands for one that the first written element decides.

    Raises
    ------
    ValueError
        The length is negative or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``make_list``.
    """
    if not 0 <= int(init_length) <= LIST_LENGTH.value:
        raise ValueError(f"a list of {init_length} elements is refused (limit {LIST_LENGTH.value})")
    sizes = [size for size in elem_shape if not isinstance(size, str)]
    known = len(sizes) == len(elem_shape)
    blank = np.zeros(bounded(integers(sizes)), carrier(dtype)) if known else None
    return TensorList((None,) * int(init_length), blank, bool(dynamic_length))
