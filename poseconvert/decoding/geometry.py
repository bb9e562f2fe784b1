"""Where cells lie in the picture: the one place that holds the position formula."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.spec import DecodeSpec

Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """``position = origin + step * index + scale * offset`` in pixels, per axis x, y(, z).

    ``origin`` and ``step`` are ``(dims,)``; ``scale`` is ``(dims, 1, 1)``, to multiply offsets
    ``(dims, N, J)``; ``cell_position`` is ``origin + step * index`` of every cell, ``(dims,
    cells)`` by flat index in z, y, x order; ``block`` is each axis's block of offset channels.
    """

    grid: tuple[int, ...]
    origin: Float64Array
    step: Float64Array
    scale: Float64Array
    cell_position: Float64Array
    block: npt.NDArray[np.intp]


@lru_cache(maxsize=32)
def geometry_of(spec: DecodeSpec) -> Geometry:
    """Tables of a spec, made once."""
    height, width = spec.size
    dims = spec.dims
    sign, shift = np.ones(3), np.zeros(3)
    if spec.frame == "centred_y_up":
        sign[1] = -1
        shift[:2] = -width / 2, height / 2
    stride = np.array(spec.stride[::-1], dtype=np.float64)
    unit = {"pixel": np.ones(dims), "cell": stride, "image": np.array([width, height, width])}
    zero = np.array([0, 0, spec.z_zero])

    step = sign[:dims] * stride
    origin = shift[:dims] + step * (spec.centre - zero[:dims])
    scale = sign[:dims] * unit[spec.offset_unit][:dims] * spec.offset_scale
    index = np.indices(spec.grid).reshape(dims, -1)[::-1]
    return Geometry(
        grid=spec.grid,
        origin=origin,
        step=step,
        scale=scale[:, None, None],
        cell_position=origin[:, None] + step[:, None] * index,
        block=np.array([spec.offset_order.index(axis) for axis in "xyz"[:dims]], dtype=np.intp),
    )
