"""What drift is measured against, as ``golden.json`` stores it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift import Yardstick
from poseconvert.drift.channels import Spread
from poseconvert.drift.yardstick import Parts
from poseconvert.fields import Count, Name, Size

_KINDS: tuple[Literal["output", "channel", "value"], ...] = ("output", "channel", "value")


@dataclass(frozen=True, slots=True)
class PartsRecord:
    """All of an output, its channels or its values on the stored inputs: a number for each part.

    Attributes
    ----------
    deviation : Standard deviation about its mean.
    span : Largest value minus least.
    peak : Largest magnitude.
    floor : Float32 noise as a share of the span; null: not known.
    rounding : Rms that rounding the weights to float16 gives, as a share of the deviation, of the
        peak for all of an output; null: not known.
    """

    deviation: tuple[Size, ...]
    span: tuple[Size, ...]
    peak: tuple[Size, ...]
    floor: tuple[Size | None, ...]
    rounding: tuple[Size | None, ...]

    def __post_init__(self) -> None:
        lists = (self.deviation, self.span, self.peak, self.floor, self.rounding)
        if len({len(one) for one in lists}) > 1 or not self.span:
            raise ValueError("parts whose lists are not of one length")


@dataclass(frozen=True, slots=True)
class YardstickRecord:
    """What the drift of an output is a share of.

    Attributes
    ----------
    parts : By output, channel and value: how each part was on the stored inputs.
    op_span : How far the op that gives the output can go, such as 1 for a sigmoid; 0: any.
    groups : Parts of the first axis that belong together, as the depth bins of a joint; 0: none.
    labels : What they are called.
    """

    parts: Mapping[Literal["output", "channel", "value"], PartsRecord]
    op_span: Size = 0.0
    groups: Count = 0
    labels: tuple[Name, ...] = ()


def recorded(yardstick: Yardstick) -> dict[str, object]:
    """Return a yardstick as JSON values."""
    return {
        "parts": {
            kind: {
                "deviation": _numbers(parts.spread.deviation),
                "span": _numbers(parts.spread.span),
                "peak": _numbers(parts.spread.peak),
                "floor": _numbers(parts.floor),
                "rounding": _numbers(parts.rounding),
            }
            for kind, parts in yardstick.parts.items()
        },
        "op_span": yardstick.op_span,
        "groups": yardstick.groups,
        "labels": list(yardstick.labels),
    }


def read(record: YardstickRecord) -> Yardstick:
    """Return the yardstick that was recorded."""
    parts = {
        kind: Parts(
            Spread(_array(one.deviation), _array(one.span), _array(one.peak)),
            _array(one.floor),
            _array(one.rounding),
        )
        for kind in _KINDS
        if (one := record.parts.get(kind))
    }
    return Yardstick(parts, record.op_span, record.groups, record.labels)


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [float(x) if math.isfinite(x) else None for x in values]


def _array(values: tuple[float | None, ...]) -> NDArray[np.float64]:
    return np.array([math.inf if x is None else x for x in values], np.float64)
