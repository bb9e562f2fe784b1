"""Local and accumulated drift over depth, as points of a drawing with a logarithmic height."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from poseconvert.drift import GraphDrift, OpDrift, ValueDrift
from poseconvert.drift.format import number

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _PAD = 900, 260, 56, 20, 8
# What drifts less is drawn here: no drift at all has no logarithm.
_LEAST = 1e-9
_TICKS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: ``runs`` of points between gaps, and a dot with its label per op."""

    name: str
    runs: tuple[str, ...]
    dots: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A drawing of ``width`` x ``height`` units, ``left`` of which are for labels.

    Attributes
    ----------
    ticks : heights with their drift.
    depths : places with their depth.
    lines : local and accumulated.
    lost : places of ops that gave NaN or infinity, with their names.
    allowed : heights of what is allowed, by the name of the line; those out of the drawing lack.
    first : place of the first op over tolerance with its name; None without one.
    """

    width: int
    height: int
    left: int
    ticks: tuple[tuple[float, str], ...]
    depths: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]
    lost: tuple[tuple[float, str], ...]
    allowed: tuple[tuple[float, str], ...]
    first: tuple[float, str] | None


def drift_curve(graph: GraphDrift) -> Curve | None:
    """Draw a graph's drift over depth; None where nothing was compared."""
    ops = [op for op in graph.ops if op.measured]
    if not ops:
        return None
    deepest = max(op.depth for op in ops) or 1
    drifts = [d for op in ops for d in (op.local, op.accumulated)]
    found = [d.relative for d in drifts if math.isfinite(d.relative) and d.relative > 0]
    high = math.ceil(math.log10(max(found, default=1.0)))
    low = math.floor(math.log10(max(min(found, default=_LEAST), _LEAST)))
    low = min(low, high - 1)

    def x(op: OpDrift) -> float:
        return round(_LEFT + _PAD + (_WIDTH - _LEFT - 2 * _PAD) * op.depth / deepest, 1)

    def y(drift: float) -> float:
        part = (math.log10(min(max(drift, 10.0**low), 10.0**high)) - low) / (high - low)
        return round(_PAD + (_HEIGHT - _BOTTOM - 2 * _PAD) * (1 - part), 1)

    step = max(1, math.ceil((high - low) / _TICKS))
    limits = (graph.tolerance.accumulated, "accumulated"), (graph.tolerance.local, "local")
    return Curve(
        _WIDTH,
        _HEIGHT,
        _LEFT,
        tuple((y(10.0**power), f"1e{power}") for power in range(low, high + 1, step)),
        tuple((x(op), str(op.depth)) for op in ops[:: max(1, len(ops) // 10)]),
        (
            _line("accumulated", ops, lambda op: op.accumulated, x, y),
            _line("local", ops, lambda op: op.local, x, y),
        ),
        tuple((x(op), op.module or op.name) for op in ops if _lost(op)),
        tuple((y(limit), name) for limit, name in limits if 10.0**low <= limit <= 10.0**high),
        (x(graph.first), graph.first.module or graph.first.name) if graph.first else None,
    )


def _lost(op: OpDrift) -> bool:
    return bool(op.local.non_finite or op.accumulated.non_finite)


def _line(
    name: str,
    ops: Sequence[OpDrift],
    drift: Callable[[OpDrift], ValueDrift],
    x: Callable[[OpDrift], float],
    y: Callable[[float], float],
) -> Line:
    def known(op: OpDrift) -> bool:
        return not math.isnan(drift(op).relative)

    runs = [list(group) for is_known, group in groupby(ops, key=known) if is_known]
    return Line(
        name,
        tuple(" ".join(f"{x(op)},{y(drift(op).relative)}" for op in run) for run in runs),
        tuple(
            (
                x(op),
                y(drift(op).relative),
                f"{op.depth} {op.module or op.name} ({op.type}): {number(drift(op).relative)}",
            )
            for run in runs
            for op in run
        ),
    )
