"""Drift of the values inside a network: added up input by input, judged op by op."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.tolerances import OpTolerance


@dataclass(slots=True)
class ValueDrift:
    """Drift of one value over the inputs added so far, measured as ``tensor_drift`` does.

    Attributes
    ----------
    elements : values compared; 0 means nothing was.
    max_abs : largest absolute difference of finite values, in the value's unit.
    low, high : the reference's finite range.
    non_finite : values that are NaN or Inf in either tensor.
    """

    elements: int = 0
    max_abs: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    non_finite: int = 0

    @property
    def relative(self) -> float:
        """``max_abs`` over the reference's range, or over its magnitude where the range is 0.

        NaN where nothing was compared, or where a value is not finite: never a pass.
        """
        if not self.elements or self.non_finite:
            return math.nan
        spread = (self.high - self.low) or max(abs(self.low), abs(self.high))
        if spread:
            return self.max_abs / spread
        return 0.0 if self.max_abs == 0 else math.inf

    def add(
        self, reference: NDArray[Any], candidate: NDArray[Any], *, span: Span | None = None
    ) -> float:
        """Add one input's values, two arrays of one shape; return their own ``relative``.

        Parameters
        ----------
        span : what ``span_of`` says of the reference, where it was asked before.
        """
        one = _measured(np.asarray(reference), np.asarray(candidate), span)
        self.elements += one.elements
        self.max_abs = max(self.max_abs, one.max_abs)
        self.low, self.high = min(self.low, one.low), max(self.high, one.high)
        self.non_finite += one.non_finite
        return one.relative


#: Least and greatest value, NaN or infinite where any value is.
Span = tuple[float, float]


def span_of(values: NDArray[Any]) -> Span:
    """Return the least and the greatest of some values."""
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _measured(
    reference: NDArray[Any], candidate: NDArray[Any], span: Span | None = None
) -> ValueDrift:
    if not reference.size:
        return ValueDrift()
    kinds = {reference.dtype, candidate.dtype}
    wide = np.float32 if kinds == {np.dtype(np.float32)} else np.float64
    with np.errstate(over="ignore", invalid="ignore"):
        difference = np.subtract(candidate, reference, dtype=wide)
        largest = max(float(difference.max()), -float(difference.min()))
    low, high = span or span_of(reference)
    if math.isfinite(largest) and math.isfinite(low) and math.isfinite(high):
        return ValueDrift(reference.size, largest, low, high)
    a, b = reference.astype(np.float64), candidate.astype(np.float64)
    finite = np.isfinite(a) & np.isfinite(b)
    lost = int(a.size - np.count_nonzero(finite))
    if not finite.any():
        return ValueDrift(reference.size, non_finite=lost)
    a, b = a[finite], b[finite]
    return ValueDrift(
        a.size + lost, float(np.abs(b - a).max()), float(a.min()), float(a.max()), lost
    )


@dataclass(frozen=True, slots=True)
class MovedJoint:
    """One joint that one op moved on one input.

    Attributes
    ----------
    joint, head, input_name : which one; ``head`` is ``2d`` or ``3d``.
    px : how far, in input pixels; inf where it is on one side only.
    flipped : whether its peak went to another cell.
    visible : whether either side sees it.
    """

    joint: str
    head: str
    input_name: str
    px: float
    flipped: bool
    visible: bool


def furthest(joints: Iterable[MovedJoint]) -> tuple[MovedJoint, ...]:
    """Order joints: visible flips, other flips, then by distance."""
    return tuple(sorted(joints, key=lambda j: (not j.flipped, not j.visible, -_size(j.px))))


def _size(distance: float) -> float:
    return 0.0 if math.isnan(distance) else distance


@dataclass(frozen=True, slots=True)
class OpDrift:
    """One value that an op of a candidate graph gives, against its reference.

    Attributes
    ----------
    depth : the op's place in the candidate graph, from 0.
    name, type : of the op, as its artifact has them.
    value : name of the value.
    dtype : declared dtype; "" where the artifact declares none.
    reference : name of the reference value; "" where unmatched.
    matched : how it was matched: ``name``, ``structure``, ``value``, or "".
    module : path of the PyTorch module it comes from; "" where unknown.
    local : the op alone on the reference's inputs, against the reference's output.
    accumulated : the candidate run as a whole, against the reference's output.
    hazards : what may go wrong in the op, where it was looked at.
    tried : on how many inputs the reference went on from this op's local result.
    joints : joints that moved then, furthest first.
    """

    depth: int
    name: str
    type: str
    value: str
    dtype: str = ""
    reference: str = ""
    matched: str = ""
    module: str = ""
    local: ValueDrift = field(default_factory=ValueDrift)
    accumulated: ValueDrift = field(default_factory=ValueDrift)
    hazards: tuple[str, ...] = ()
    tried: int = 0
    joints: tuple[MovedJoint, ...] = ()

    def add(
        self,
        reference: NDArray[Any],
        *,
        accumulated: NDArray[Any],
        local: NDArray[Any] | None = None,
    ) -> float:
        """Add what one input gave: arrays of one shape; return the local drift on it alone.

        Parameters
        ----------
        local : None where it was not computed: nothing is added then, and NaN returned.
        """
        span = span_of(reference)
        self.accumulated.add(reference, accumulated, span=span)
        return math.nan if local is None else self.local.add(reference, local, span=span)

    @property
    def measured(self) -> bool:
        """Whether it was compared."""
        return self.accumulated.elements > 0

    def over(self, tolerance: OpTolerance) -> bool:
        """Whether it is over tolerance; NaN and Inf always are, what was not measured is not."""
        if not self.measured:
            return False
        alone = not self.local.elements or self.local.relative <= tolerance.local
        return not (alone and self.accumulated.relative <= tolerance.accumulated)


@dataclass(frozen=True, slots=True)
class GraphDrift:
    """Every op of one candidate graph.

    Attributes
    ----------
    stage : the comparison: ``simplified_from_onnx``, ``coreml_from_onnx/fp32`` or
        ``coreml_from_onnx/fp16``.
    reference, candidate : what ran.
    tolerance : what was allowed per op.
    ops : in graph order.
    nested : ops of nested blocks and the op that owns them: measured with it, not by themselves.
    unused : reference values that no candidate value was matched with.
    reason : why nothing was measured; empty when something was.
    """

    stage: str
    reference: str
    candidate: str
    tolerance: OpTolerance
    ops: tuple[OpDrift, ...] = ()
    nested: tuple[tuple[str, str], ...] = ()
    unused: tuple[str, ...] = ()
    reason: str = ""

    @property
    def first(self) -> OpDrift | None:
        """The first op over tolerance, in graph order."""
        return next((op for op in self.ops if op.over(self.tolerance)), None)

    @property
    def unmatched(self) -> tuple[OpDrift, ...]:
        """Values without a counterpart: not compared, so never equal."""
        return tuple(op for op in self.ops if not op.matched)

    def matches(self, how: str) -> int:
        """Count the values matched by ``name``, ``structure`` or ``value``."""
        return sum(op.matched == how for op in self.ops)


def matters(graph: GraphDrift, limit: int) -> tuple[OpDrift, ...]:
    """Return the ``limit`` ops with the largest accumulated drift, in graph order, and the first.

    Values that are NaN come before every number.
    """
    compared: Sequence[OpDrift] = [op for op in graph.ops if op.measured]
    ranked = sorted(compared, key=lambda op: (-_rank(op.accumulated), op.depth))
    chosen = {(op.depth, op.value): op for op in ranked[:limit]}
    if graph.first:
        chosen[graph.first.depth, graph.first.value] = graph.first
    return tuple(chosen[place] for place in sorted(chosen))


def _rank(drift: ValueDrift) -> float:
    return math.inf if math.isnan(drift.relative) else drift.relative
