"""``crop_resize`` of every opset: boxes cut out of pictures and resized."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.image_resizing.grids import grid_points
from poseconvert.mil.ops.image_resizing.points import bilinear_at
from poseconvert.mil.ops.shared import Array, bounded, integers, op, tensor

# Whether height comes first, and whether the numbers are centre and size.
_BOX_MODES = {
    "CORNERS_HEIGHT_FIRST": (True, False),
    "CORNERS_WIDTH_FIRST": (False, False),
    "CENTER_SIZE_HEIGHT_FIRST": (True, True),
    "CENTER_SIZE_WIDTH_FIRST": (False, True),
}

#: Relative to the picture: a box that ends on the last element may overshoot it by rounding.
_SLACK = 1e-9


@op("crop_resize", since="CoreML5")
def crop_resize_ios15(
    *,
    x: Array,
    roi: Array,
    target_height: int = 1,
    target_width: int = 1,
    normalized_coordinates: bool = False,
    spatial_scale: float = 1.0,
    box_coordinate_mode: str = "CORNERS_HEIGHT_FIRST",
    sampling_mode: str = "DEFAULT",
) -> Array:
    """``y[n, b, c, i, j] = x[b, c]`` at ``(start + g(i), start + g(j))`` of box ``n``.

    As in iOS 16, with 0 outside ``x``.

    Shapes
    ------
    As in iOS 16.

    Raises
    ------
    ValueError
        As in iOS 16.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``crop_resize``.
    """
    return crop_resize_ios16(
        x=x,
        roi=roi,
        target_height=target_height,
        target_width=target_width,
        normalized_coordinates=normalized_coordinates,
        spatial_scale=spatial_scale,
        box_coordinate_mode=box_coordinate_mode,
        sampling_mode=sampling_mode,
    )


@op("crop_resize", since="CoreML6")
def crop_resize_ios16(
    *,
    x: Array,
    roi: Array,
    target_height: int = 1,
    target_width: int = 1,
    normalized_coordinates: bool = False,
    spatial_scale: float = 1.0,
    box_coordinate_mode: str = "CORNERS_HEIGHT_FIRST",
    sampling_mode: str = "DEFAULT",
    pad_value: float = 0.0,
) -> Array:
    """``y[n, b, c, i, j] = x[b, c]`` at ``(start + g(i), start + g(j))`` of box ``n``, bilinear.

    ``g`` is the grid of ``sampling_mode`` (``grids.grid_points``) on ``|end - start| + 1``
    elements, counted backwards where ``end < start``. Points outside ``[0, size - 1]`` read
    ``pad_value``. Normalised coordinates are multiplied by ``size - 1``, all by ``spatial_scale``.

    Shapes
    ------
    ``x``: [B, C, H, W]; ``roi``: [N, 1, 4, 1, 1] for boxes of every picture, result
    [N, B, C, target height, target width]; or [N, 1, 5, 1, 1], each box led by the index of its
    picture, result [N, 1, C, target height, target width].

    Raises
    ------
    ValueError
        A mode is unknown, a picture does not exist, the shapes do not fit each other, or the
        result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/image_resizing.py, ``crop_resize``; TensorFlow's
    ``CropAndResize``, which is lowered to it with ``ALIGN_CORNERS``; and one test, in which a
    backward box that starts beyond the picture gives the whole of it
    (mil/ops/tests/iOS15/test_image_resizing.py, ``TestCropResize``).
    """
    if roi.ndim != 5 or roi.shape[1:] not in ((1, 4, 1, 1), (1, 5, 1, 1)):
        raise ValueError(f"roi {roi.shape} is not [N, 1, 4 or 5, 1, 1]")
    flat = roi.reshape(roi.shape[0], -1)
    crops = 1 if flat.shape[1] == 5 else x.shape[0]
    pictures = flat[:, 0] if flat.shape[1] == 5 else np.tile(np.arange(crops), len(flat))
    y = _crops(
        x,
        np.repeat(flat[:, -4:], crops, axis=0),
        pictures,
        (target_height, target_width),
        (sampling_mode, box_coordinate_mode),
        normalized=normalized_coordinates,
        scale=float(spatial_scale),
        outside=float(pad_value),
        whole=sampling_mode == "UNALIGN_CORNERS",
    )
    return y.reshape(roi.shape[0], crops, *y.shape[1:])


@op("crop_resize", since="CoreML7")
def crop_resize_ios17(
    *,
    x: Array,
    boxes: Array,
    box_indices: Array | None = None,
    target_height: int = 1,
    target_width: int = 1,
    normalized_coordinates: bool = False,
    spatial_scale: float = 1.0,
    box_coordinate_mode: str = "CORNERS_HEIGHT_FIRST",
    sampling_mode: str = "DEFAULT",
    pad_value: float = 0.0,
) -> Array:
    """``y[n, c, i, j] = x[box_indices[n], c]`` at ``(start + g(i), start + g(j))`` of box ``n``.

    As in iOS 16, without the whole picture for a backward box that starts beyond it.

    Shapes
    ------
    ``x``: [B, C, H, W]; ``boxes``: [N, 4]; ``box_indices``: [N], else 0, 1, ...; result:
    [N, C, target height, target width].

    Raises
    ------
    ValueError
        As in iOS 16.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/image_resizing.py, ``crop_resize``.
    """
    return _crops(
        x,
        boxes,
        np.arange(len(boxes)) if box_indices is None else box_indices,
        (target_height, target_width),
        (sampling_mode, box_coordinate_mode),
        normalized=normalized_coordinates,
        scale=float(spatial_scale),
        outside=float(pad_value),
    )


def _crops(
    x: Array,
    boxes: Array,
    pictures: Array,
    targets: tuple[int, int],
    modes: tuple[str, str],
    *,
    normalized: bool,
    scale: float,
    outside: float,
    whole: bool = False,
) -> Array:
    """Cut box n, [N, 4], out of picture n: [N, C, *targets]; ``modes``: of sampling, of boxes."""
    if modes[1] not in _BOX_MODES:
        raise ValueError(f'unknown box_coordinate_mode "{modes[1]}"')
    indices = integers(pictures)
    if x.ndim != 4 or 0 in x.shape or boxes.shape != (len(indices), 4) or min(targets) < 1:
        raise ValueError(f"boxes {boxes.shape} of x {x.shape} cannot be resized to {targets}")
    if not all(0 <= index < x.shape[0] for index in indices):
        raise ValueError(f"boxes of pictures {indices}, but x {x.shape} has {x.shape[0]}")
    bounded([len(indices), x.shape[1], *targets])
    corners = tensor(boxes).double() * scale
    axes = [
        _axis(pair, size, target, modes[0], normalized=normalized, whole=whole)
        for pair, size, target in zip(_ends(corners, modes[1]), x.shape[2:], targets, strict=True)
    ]
    rows, columns = axes[0][:, :, None], axes[1][:, None, :]
    batch = torch.tensor(indices, dtype=torch.long)[:, None, None]
    found = bilinear_at(tensor(x), batch, rows, columns, outside=outside)
    beyond = rows.isnan() | columns.isnan()
    return torch.where(beyond[:, None], outside, found).numpy()


def _ends(boxes: torch.Tensor, mode: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Start and end of every box, [N, 2], for height and width."""
    height_first, centred = _BOX_MODES[mode]
    first, second = boxes[:, 0::2], boxes[:, 1::2]
    if centred:
        first, second = (
            pair[:, :1] + pair[:, 1:] * torch.tensor([-0.5, 0.5]) for pair in (first, second)
        )
    return (first, second) if height_first else (second, first)


def _axis(
    ends: torch.Tensor, size: int, target: int, mode: str, *, normalized: bool, whole: bool
) -> torch.Tensor:
    """Points of every box on one axis, [N, target]; NaN where they lie outside the picture."""
    start, end = (ends * (size - 1) if normalized else ends).unbind(-1)
    if whole:
        reset = (end < start) & (start > size - 1)
        start, end = start.where(~reset, 0), end.where(~reset, size - 1)
    points = grid_points(mode, (end - start).abs() + 1, target)
    points = start[:, None] + points * torch.where(end < start, -1, 1)[:, None]
    slack = _SLACK * size
    outside = (points < -slack) | (points > size - 1 + slack)
    return points.clamp(0, size - 1).masked_fill(outside, torch.nan)
