"""ONNX forms of the ops of family ``image_resizing``.

``Resize`` where its grid is the op's in every digit, else ``Gather`` at the kernels' own points.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Input, Value, f32, flag, i64, ints, number, text
from poseconvert.mil.onnx_registry import onnx_form
from poseconvert.mil.ops.image_resizing.grids import grid_points, nearest_indices
from poseconvert.mil.program import Array


@onnx_form("upsample_nearest_neighbor")
def upsample_nearest_neighbor(
    graph: Graph,
    *,
    x: Value,
    scale_factor_height: Value | None = None,
    scale_factor_width: Value | None = None,
) -> str:
    """``Resize`` by whole factors, else ``Gather``."""
    sizes = _factored(x, scale_factor_height, scale_factor_width)
    if _whole(x, sizes):
        return _resize(
            graph, x, sizes, mode="nearest", coordinates="asymmetric", nearest_mode="floor"
        )
    places = [np.arange(n) * size // n for size, n in zip(x.shape[-2:], sizes, strict=True)]
    return _taken(graph, x, places)


@onnx_form("upsample_bilinear", "CoreML5", "CoreML6")
def upsample_bilinear(
    graph: Graph,
    *,
    x: Value,
    scale_factor_height: Value | None = None,
    scale_factor_width: Value | None = None,
    align_corners: Value | None = None,
    half_pixel_centers: Value | None = None,
) -> str:
    """``Resize`` by whole factors between pixel centres, else ``Gather``."""
    aligned = flag(align_corners, True)
    centred = flag(half_pixel_centers, not aligned)
    if aligned and centred:
        raise UnsupportedOpError("align_corners and half_pixel_centers exclude each other")
    mode = "STRICT_ALIGN_CORNERS" if aligned else "UNALIGN_CORNERS" if centred else "DEFAULT"
    return _bilinear(graph, x, _factored(x, scale_factor_height, scale_factor_width), mode)


@onnx_form("resize_bilinear")
def resize_bilinear(
    graph: Graph,
    *,
    x: Value,
    target_size_height: Value | None = None,
    target_size_width: Value | None = None,
    sampling_mode: Value | None = None,
) -> str:
    """``Resize`` by whole factors between pixel centres, else ``Gather``."""
    sizes = [*ints(target_size_height, [1]), *ints(target_size_width, [1])]
    return _bilinear(graph, x, sizes, text(sampling_mode, "DEFAULT"))


@onnx_form("resize_nearest_neighbor")
def resize_nearest_neighbor(
    graph: Graph, *, x: Value, target_size_height: Value, target_size_width: Value
) -> str:
    """``Gather``."""
    sizes = [*ints(target_size_height), *ints(target_size_width)]
    return _nearest(graph, x, sizes, "DEFAULT")


@onnx_form("resize", "CoreML7")
def resize(
    graph: Graph,
    *,
    x: Value,
    shape: Value,
    resized_dims: Value,
    interpolation_mode: Value | None = None,
    sampling_mode: Value | None = None,
) -> str:
    """``Resize`` by whole factors between pixel centres, else ``Gather``."""
    (count,) = ints(resized_dims)
    targets = ints(shape)
    kept = x.shape[x.rank - count :]
    chosen = targets[len(targets) - count :]
    sizes = [target or size for target, size in zip(chosen, kept, strict=True)]
    mode = text(sampling_mode, "DEFAULT")
    if text(interpolation_mode, "LINEAR") == "LINEAR":
        return _bilinear(graph, x, sizes, mode)
    return _nearest(graph, x, sizes, mode)


@onnx_form("crop")
def crop(graph: Graph, *, x: Value, crop_height: Value, crop_width: Value) -> str:
    """``Slice``."""
    (top, bottom), (left, right) = ints(crop_height), ints(crop_width)
    height, width = x.shape[-2:]
    if min(top, bottom, left, right) < 0 or top + bottom > height or left + right > width:
        raise UnsupportedOpError(f"crop does not fit {list(x.shape)}")
    return graph.node(
        "Slice", x, i64([top, left]), i64([height - bottom, width - right]), i64([-2, -1])
    )


def _factored(x: Value, height: Value | None, width: Value | None) -> list[int]:
    """Height and width of the result of scaling."""
    factors = (number(height, 1.0), number(width, 1.0))
    return [
        floor(size * np.float32(factor)) for size, factor in zip(x.shape[-2:], factors, strict=True)
    ]


def _whole(x: Value, sizes: Sequence[int]) -> bool:
    """Whether pictures grow by whole factors: their grid has no rounding."""
    pairs = zip(x.shape[-2:], sizes, strict=False)
    return x.rank == 4 and len(sizes) == 2 and all(n and n % size == 0 for size, n in pairs)


def _resize(
    graph: Graph, x: Value, sizes: Sequence[int], *, mode: str, coordinates: str, **attributes: str
) -> str:
    return graph.node(
        "Resize",
        x,
        None,
        None,
        i64([*x.shape[:2], *sizes]),
        mode=mode,
        coordinate_transformation_mode=coordinates,
        **attributes,
    )


def _bilinear(graph: Graph, x: Value, sizes: Sequence[int], mode: str) -> str:
    if not x.is_float:
        raise UnsupportedOpError(f"{x.dtype} cannot be interpolated")
    if mode == "UNALIGN_CORNERS" and _whole(x, sizes):
        return _resize(graph, x, sizes, mode="linear", coordinates="half_pixel")
    y: Input = x
    first = x.rank - len(sizes)
    for axis in reversed(range(first, x.rank)):
        points = grid_points(mode, x.shape[axis], sizes[axis - first]).numpy()
        y = _interpolated(graph, y, axis, x, points)
    return graph.name(y)


def _interpolated(graph: Graph, y: Input, axis: int, x: Value, points: Array) -> str:
    """Read one axis at fractional points inside it."""
    low = np.floor(points).astype(np.int64)
    share = (points - low).astype(np.float32).reshape([-1, *[1] * (x.rank - 1 - axis)])
    below = graph.node("Gather", y, low, axis=axis)
    above = graph.node("Gather", y, np.minimum(low + 1, x.shape[axis] - 1), axis=axis)
    left = graph.node("Mul", below, f32(1) - share)
    return graph.node("Add", left, graph.node("Mul", above, share))


def _nearest(graph: Graph, x: Value, sizes: Sequence[int], mode: str) -> str:
    kept = x.shape[x.rank - len(sizes) :]
    return _taken(
        graph,
        x,
        [nearest_indices(mode, size, n).numpy() for size, n in zip(kept, sizes, strict=True)],
    )


def _taken(graph: Graph, x: Value, places: Sequence[Array]) -> str:
    """Take elements along each of the last axes."""
    y: Input = x
    for axis, chosen in enumerate(places, start=x.rank - len(places)):
        y = graph.node("Gather", y, chosen.astype(np.int64), axis=axis)
    return graph.name(y)
