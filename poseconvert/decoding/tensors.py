"""The tensors of a head, checked against its spec before anything is read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.geometry import Geometry, geometry_of
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.errors import DecodeError

Tensor = npt.NDArray[np.floating[Any]]
Cells = npt.NDArray[np.intp]
Outputs = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Shapes of a head's tensors for N frames, and where each joint starts in them.

    ``maps_shape`` is ``(N, J, cells)``; ``first_cell`` ``(N, J)`` and ``first_offset``
    ``(dims, N, J)`` are flat indices of a joint's cell 0, the latter per position axis.
    """

    geometry: Geometry
    heatmap_shape: tuple[int, ...]
    offset_shape: tuple[int, ...]
    maps_shape: tuple[int, int, int]
    first_cell: Cells
    first_offset: Cells


@lru_cache(maxsize=32)
def layout_of(spec: DecodeSpec, frames: int) -> Layout:
    """Tables of a spec and a number of frames, made once."""
    depth = spec.cells // (spec.grid[-2] * spec.grid[-1])
    channels = spec.joints * depth
    frame, joint = np.indices((frames, spec.joints))
    geometry = geometry_of(spec)
    block = geometry.block[:, None, None]
    if spec.interleaved:
        channel = (frame * spec.joints + joint) * spec.dims + block
    else:
        channel = (frame * spec.dims + block) * spec.joints + joint
    return Layout(
        geometry=geometry,
        heatmap_shape=(frames, channels + spec.background, *spec.grid[-2:]),
        offset_shape=(frames, channels * spec.dims, *spec.grid[-2:]),
        maps_shape=(frames, spec.joints, spec.cells),
        first_cell=(frame * spec.joints + joint) * spec.cells,
        first_offset=channel * spec.cells,
    )


def float_tensor(outputs: Outputs, name: str | None) -> Tensor:
    """Return the output called ``name`` if it is a numpy float tensor."""
    tensor = outputs.get(name or "")
    if tensor is None:
        raise DecodeError(
            f'output "{name}": not among the outputs {", ".join(outputs) or "(none)"}. '
            "Name the head's outputs in the decode spec."
        )
    if not isinstance(tensor, np.ndarray) or tensor.dtype.kind != "f" or not tensor.ndim:
        found = getattr(tensor, "dtype", type(tensor).__name__)
        raise DecodeError(
            f'output "{name}": {found} is not a numpy float tensor. '
            "Give float16, float32 or float64 with leading N."
        )
    return tensor


def require_shape(tensor: Tensor, shape: tuple[int, ...], *, name: str | None) -> None:
    """Refuse a tensor of another shape, or without frames."""
    if tensor.shape != shape or not tensor.size:
        wanted = ", ".join(str(side) for side in shape[1:])
        frames = shape[0] or "N from 1"
        raise DecodeError(
            f'output "{name}": shape {tensor.shape} does not fit ({frames}, {wanted}). '
            "Use the decode spec of this network and size, and NCHW layout."
        )


def heatmaps(outputs: Outputs, spec: DecodeSpec) -> tuple[Tensor, Layout]:
    """Return the heatmap as ``(N, J, cells)``, cells in z, y, x order, and its layout."""
    heatmap = float_tensor(outputs, spec.heatmap)
    layout = layout_of(spec, len(heatmap))
    require_shape(heatmap, layout.heatmap_shape, name=spec.heatmap)
    if spec.background:
        heatmap = np.ascontiguousarray(heatmap[:, : spec.joints])
    return heatmap.reshape(layout.maps_shape), layout


def sigmoid(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the sigmoid in float64."""
    with np.errstate(over="ignore"):  # exp overflows to inf, whose sigmoid is 0, as it must
        found: npt.NDArray[np.float64] = 1 / (1 + np.exp(-values.astype(np.float64)))
    return found
