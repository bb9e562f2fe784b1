"""Resize at fixed shapes as products with matrices, for the ways Core ML has no op for.

Source: ONNX's operator Resize, "coordinate_transformation_mode", "cubic_coeff_a",
"exclude_outside"; ``onnx:onnx/reference/ops/op_resize.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

# What converters have an op for is left to them: linear upsampling where corners or halves match.
_ODD = {b"half_pixel_symmetric", b"pytorch_half_pixel"}
_KNOWN = {b"half_pixel", b"asymmetric", b"align_corners", *_ODD}


def resize_nodes(
    node: NodeProto,
    before: Sequence[int] | None,
    after: Sequence[int] | None,
    constants: Mapping[str, NDArray[Any]],
) -> list[NodeProto] | None:
    """Return nodes equal to a Resize of (N, C, H, W) that is cubic, or linear and odd.

    Parameters
    ----------
    before, after : shapes of the picture and of the result.
    constants : stored tensors by name, for the scales.

    Returns
    -------
    list of NodeProto or None
        None where a converter has an op for it, or the form is another.
    """
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    mode, where = (
        given.get("mode", b"nearest"),
        given.get("coordinate_transformation_mode", b"half_pixel"),
    )
    if before is None or after is None or len(before) != 4 or tuple(before[:2]) != tuple(after[:2]):
        return None
    smaller = any(a < b for a, b in zip(after, before, strict=True))
    wanted = mode == b"cubic" or (mode == b"linear" and (where in _ODD or smaller))
    if not wanted or where not in _KNOWN or given.get("antialias"):
        return None
    if given.get("keep_aspect_ratio_policy", b"stretch") != b"stretch":
        return None
    scales = _scales(node, given, before, after, constants)
    if scales is None:
        return None
    nodes, source = [], node.input[0]
    axes = [axis for axis in (2, 3) if after[axis] != before[axis] or scales[axis] != 1]
    for axis in axes:
        matrix = weights(before[axis], after[axis], scales[axis], mode.decode(), given)
        result = node.output[0] if axis == axes[-1] else f"{node.output[0]}__rows"
        name = f"{node.output[0]}__weights_{axis}"
        stored = numpy_helper.from_array(matrix if axis == 2 else matrix.T.copy(), name)
        nodes.append(helper.make_node("Constant", [], [name], value=stored))
        factors = [name, source] if axis == 2 else [source, name]
        nodes.append(helper.make_node("MatMul", factors, [result]))
        source = result
    return nodes or [helper.make_node("Identity", [source], list(node.output))]


def weights(
    size: int, result: int, scale: float, mode: str, given: Mapping[str, Any]
) -> NDArray[np.float32]:
    """Return the matrix (result, size) that resizes one axis.

    Parameters
    ----------
    given : the node's attributes.
    """
    places = np.arange(result, dtype=np.float64)
    at = _original(places, size, result, scale, given.get("coordinate_transformation_mode"))
    floor = np.floor(at)
    ratio = at - floor
    if mode == "linear":
        near, shares = np.array([0, 1]), np.stack([1 - ratio, ratio])
    else:
        near = np.array([-1, 0, 1, 2])
        shares = _cubic(ratio, float(given.get("cubic_coeff_a", -0.75)))
    index = (floor + near[:, None]).astype(np.intp)
    if given.get("exclude_outside") and mode == "cubic":
        shares = np.where((index >= 0) & (index < size), shares, 0)
        shares = shares / shares.sum(axis=0)
    matrix = np.zeros((result, size))
    rows = np.broadcast_to(np.arange(result), index.shape)
    np.add.at(matrix, (rows, np.clip(index, 0, size - 1)), shares)
    return matrix.astype(np.float32)


def _original(
    places: NDArray[np.float64], size: int, result: int, scale: float, where: bytes | None
) -> NDArray[np.float64]:
    """Return where in the input each place of the result lies."""
    if where == b"align_corners":
        return places * ((size - 1) / (result - 1) if result > 1 else 0)
    if where == b"asymmetric":
        return places / scale
    if where == b"pytorch_half_pixel" and result == 1:
        return places * 0 - 0.5
    middle = (places + 0.5) / scale - 0.5
    if where == b"half_pixel_symmetric":  # the result is cut from one of a whole multiple
        return middle + size / 2 * (1 - result / (scale * size))
    return middle


def _cubic(ratio: NDArray[np.float64], a: float) -> NDArray[np.float64]:
    """Shares of four neighbours, Keys' kernel."""
    near, far = np.stack([ratio, 1 - ratio]), np.stack([ratio + 1, 2 - ratio])
    inner = ((a + 2) * near - (a + 3)) * near * near + 1
    outer = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
    return np.stack([outer[0], inner[0], inner[1], outer[1]])


def _scales(
    node: NodeProto,
    given: Mapping[str, Any],
    before: Sequence[int],
    after: Sequence[int],
    constants: Mapping[str, NDArray[Any]],
) -> list[float] | None:
    """Return the scale of each axis: as it is given, else of the sizes."""
    name = node.input[2] if len(node.input) > 2 else ""
    if not name or (name in constants and not constants[name].size):
        return [a / b for a, b in zip(after, before, strict=True)]
    if name not in constants:
        return None
    axes = [axis % 4 for axis in given.get("axes", range(4))]
    scales = [1.0] * 4
    for axis, scale in zip(axes, constants[name].tolist(), strict=True):
        scales[axis] = float(scale)
    return scales
