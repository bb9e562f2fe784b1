"""Resizing of the last two axes, and cropping of boxes."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer

_SAMPLING = ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS")
_BOXES = (
    "CORNERS_HEIGHT_FIRST",
    "CORNERS_WIDTH_FIRST",
    "CENTER_SIZE_HEIGHT_FIRST",
    "CENTER_SIZE_WIDTH_FIRST",
)
#: UpsampleLayerParams: InterpolationMode.BILINEAR, LinearUpsampleMode.DEFAULT and the others.
_BILINEAR, _DEFAULT, _ALIGNED = 1, 0, 1


@layer("upsample")
def upsample(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``upsample_nearest_neighbor`` or ``upsample_bilinear``; ``resize`` of the default mode."""
    (x,) = inputs
    factors = [
        float(f) for f in (list(p.fractionalScalingFactor) or list(p.scalingFactor) or [1, 1])
    ]
    folded = to.folded(x, 4)
    scales: dict[str, Any] = {"scale_factor_height": factors[0], "scale_factor_width": factors[1]}
    if p.mode != _BILINEAR:
        y = to.op("upsample_nearest_neighbor", 4, x=folded, **scales)
    elif p.linearUpsampleMode == _DEFAULT:
        y = _spaced(to, folded, factors)
    else:
        aligned = p.linearUpsampleMode == _ALIGNED
        y = to.op("upsample_bilinear", 4, x=folded, align_corners=aligned, **scales)
    return to.unfolded(y, x)


def _spaced(to: Lowering, x: Value, factors: list[float]) -> Value:
    """``resize_bilinear`` by factors, sampled every ``(size - size / new) / (new - 1)``."""
    new = []
    for axis, factor in zip((-2, -1), factors, strict=True):
        size = to.scalar(to.sizes(x, axis, None if axis == -1 else -1))
        scaled = to.op("mul", 0, "fp32", x=to.cast(size, "fp32"), y=factor)
        new.append(to.cast(scaled, "int32"))
    return to.op(
        "resize_bilinear",
        4,
        x=x,
        target_size_height=new[0],
        target_size_width=new[1],
        sampling_mode="DEFAULT",
    )


@layer("resizeBilinear")
def resize_bilinear(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``resize_bilinear``."""
    (x,) = inputs
    height, width = list(p.targetSize) or [1, 1]
    y = to.op(
        "resize_bilinear",
        4,
        x=to.folded(x, 4),
        target_size_height=int(height),
        target_size_width=int(width),
        sampling_mode=_SAMPLING[p.mode.samplingMethod],
    )
    return to.unfolded(y, x)


@layer("cropResize")
def crop_resize(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``crop_resize`` of [1, B, C, H, W] at boxes [N, 1, 4 or 5, 1, 1]: [N, B, C, h, w]."""
    x, boxes = inputs
    height, width = list(p.targetSize) or [1, 1]
    if to.rank(x) != 5:
        raise to.error(f"crops a value of rank {to.rank(x)}, expected 5")
    image = to.op("squeeze", 4, x=x, axes=np.array([0]))
    return to.op(
        "crop_resize",
        5,
        x=image,
        roi=boxes,
        target_height=int(height),
        target_width=int(width),
        normalized_coordinates=p.normalizedCoordinates,
        spatial_scale=p.spatialScale or 1.0,
        box_coordinate_mode=_BOXES[p.boxIndicesMode.boxMode],
        sampling_mode=_SAMPLING[p.mode.samplingMethod],
    )
