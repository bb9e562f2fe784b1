"""The nonMaximumSuppression model: the last step of detectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from poseconvert.mil.package.features import ArrayFeature, InputFeature, OutputFeature
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value


def thresholds(p: Any, inputs: Iterable[InputFeature]) -> list[InputFeature]:
    """Give the inputs, those that override a threshold optional: left out, the model's own holds.

    Pipelines describe these inputs as their own; the model inside need not.
    """
    held = {
        p.iouThresholdInputFeatureName: p.iouThreshold,
        p.confidenceThresholdInputFeatureName: p.confidenceThreshold,
    }
    held.pop("", None)
    described = {feature.name: feature for feature in inputs}
    for name, default in held.items():
        feature = described.get(name, ArrayFeature(name, (), "fp64"))
        if isinstance(feature, ArrayFeature):
            described[name] = replace(feature, default=float(default))
    return list(described.values())


def non_maximum_suppression(
    to: Lowering, p: Any, values: Mapping[str, Value], outputs: Sequence[OutputFeature]
) -> dict[str, Value]:
    """Boxes [N, 4] and confidences [N, C] -> those that are kept, the best first.

    Boxes whose largest confidence is below the threshold are left out before; where none reaches
    it, no box is kept. As many rows leave as are kept, unless the outputs describe how many.

    Source: NonMaximumSuppression.proto.
    """
    if p.WhichOneof("SuppressionMethod") not in (None, "pickTop"):
        raise to.error("suppresses by no known method")
    scores, boxes = (
        _rows(to, values, name)
        for name in (p.confidenceInputFeatureName, p.coordinatesInputFeatureName)
    )
    least, most = _described_rows(outputs)
    overlap = _threshold(to, values, p.iouThresholdInputFeatureName, p.iouThreshold)
    wanted = _threshold(to, values, p.confidenceThresholdInputFeatureName, p.confidenceThreshold)
    rows: Any = to.scalar(to.sizes(boxes, 0, 1)) if most is None else most
    if most is None and least:
        rows = to.op("maximum", 0, "int32", x=rows, y=np.int32(least))
    kept = to.ops(
        "non_maximum_suppression",
        (3, 3, 2, 1),
        ("fp32", "fp32", "int32", "int32"),
        boxes=to.op("expand_dims", 3, x=boxes, axes=np.array([0])),
        scores=to.op("expand_dims", 3, x=scores, axes=np.array([0])),
        iou_threshold=overlap,
        score_threshold=wanted,
        max_boxes=rows,
        per_class_suppression=p.pickTop.perClass,
    )
    best = to.op("reduce_max", 0, x=scores, axes=np.arange(2), keep_dims=False)
    some = to.cast(to.op("greater_equal", 0, "bool", x=best, y=wanted), "int32")
    count = to.op("mul", 1, "int32", x=kept[3], y=some)
    # The op gives the best box even where it is below the threshold: it must not be seen.
    sure = to.cast(some, "fp32")
    if least:
        count = to.op("maximum", 1, "int32", x=count, y=np.int32(least))
    end = to.op("concat", 1, "int32", values=(count, to.stored([0])), axis=0)
    left = []
    for value in kept[:2]:
        whole = to.op("squeeze", 2, x=value, axes=np.array([0]))
        seen = to.op("mul", 2, x=whole, y=sure)
        mask = np.array([False, True])
        left.append(
            to.op("slice_by_index", 2, x=seen, begin=np.array([0, 0]), end=end, end_mask=mask)
        )
    return {p.coordinatesOutputFeatureName: left[0], p.confidenceOutputFeatureName: left[1]}


def _rows(to: Lowering, values: Mapping[str, Value], name: str) -> Value:
    """Give an input as a matrix; leading axes of size 1 go."""
    if name not in values:
        raise to.error(f'takes "{name}", its inputs are {sorted(values)}')
    x = to.cast(values[name], "fp32")
    rank = to.rank(x)
    if rank < 2:
        raise to.error(f'takes "{name}" of rank {rank}, expected rows of numbers')
    return x if rank == 2 else to.op("squeeze", 2, x=x, axes=np.arange(rank - 2))


def _threshold(to: Lowering, values: Mapping[str, Value], name: str, held: float) -> Any:
    if name in values:
        return to.scalar(to.cast(values[name], "fp32"))
    return np.float32(held)


def _described_rows(outputs: Sequence[OutputFeature]) -> tuple[int, int | None]:
    """Least and most rows that the outputs describe; None is no upper bound."""
    least, most = 0, None
    for output in outputs:
        if not isinstance(output, ArrayFeature):
            continue
        if output.flexible.ranges:
            low, high = output.flexible.ranges[0]
        elif len(output.shape) == 2:
            low = high = output.shape[0]
        else:
            continue
        least = max(least, low)
        most = high if most is None else most if high is None else min(most, high)
    return least, most
