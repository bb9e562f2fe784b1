"""Frames per second over time, as inline SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import groupby

from poseconvert.devices.result import Sustained
from poseconvert.devices.run import PhoneRun
from poseconvert.devices.unit import UnitFacts

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 900, 240, 44, 34, 10
# Colour only repeats the word that stands in each stretch.
_HEAT = {"nominal": "#e8f3ea", "fair": "#fbf3d5", "serious": "#fbdfc8", "critical": "#f6c6c6"}
_LINES = ("#1f4e79", "#a23b2a", "#3c7a3c", "#6b4c9a")
_TICKS = 4
_ROUND = 5 * _TICKS  # so that every tick is a multiple of 5


@dataclass(frozen=True, slots=True)
class _Scale:
    seconds: int
    fps: float

    def x(self, second: float) -> float:
        """Place of a second."""
        return _LEFT + (_WIDTH - _LEFT) * second / self.seconds

    def y(self, fps: float) -> float:
        """Height of a rate."""
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - fps / self.fps)


def fps_plot(run: PhoneRun, rows: tuple[UnitFacts, ...]) -> str:
    """Return one line per model and unit, of the first sustained run that counts; empty for none.

    The stretches behind the lines are the thermal states of the first line.
    """
    drawn = [(f"{row.model}, {row.units}", row.longs[0]) for row in rows if row.longs]
    if not drawn:
        return ""
    seconds = max(len(long.seconds) for _, long in drawn)
    most = max(second.frames for _, long in drawn for second in long.seconds)
    scale = _Scale(seconds, _ROUND * math.ceil((most + 1) / _ROUND))
    parts = [*_heat(drawn[0][1], scale), *_axes(scale)]
    for (name, long), colour in zip(drawn, _cycled(len(drawn)), strict=True):
        parts += _line(name, long, colour, scale)
    title = f"frames per second over {seconds} s, {run.title}"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def legend(rows: tuple[UnitFacts, ...]) -> tuple[tuple[str, str], ...]:
    """Return the name and the colour of every line, in the order of drawing."""
    names = [f"{row.model}, {row.units}" for row in rows if row.longs]
    return tuple(zip(names, _cycled(len(names)), strict=True))


def _cycled(count: int) -> list[str]:
    return [_LINES[index % len(_LINES)] for index in range(count)]


def _heat(long: Sustained, scale: _Scale) -> list[str]:
    parts, at = [], 0
    for state, group in groupby(second.thermal for second in long.seconds):
        length = len(list(group))
        x, width = scale.x(at), scale.x(at + length) - scale.x(at)
        parts.append(
            f'<rect x="{x:.1f}" y="{_TOP}" width="{width:.1f}"'
            f' height="{_HEIGHT - _TOP - _BOTTOM}" fill="{_HEAT[state]}"/>'
            f'<text x="{x + 3:.1f}" y="{_HEIGHT - _BOTTOM - 4}">{state}</text>'
        )
        at += length
    return parts


def _axes(scale: _Scale) -> list[str]:
    parts = []
    for tick in range(_TICKS + 1):
        fps, second = scale.fps * tick / _TICKS, scale.seconds * tick / _TICKS
        y, x = scale.y(fps), scale.x(second)
        anchor = "end" if tick == _TICKS else "start"
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{fps:.0f}</text>'
            f'<text x="{x:.1f}" y="{_HEIGHT - 16}" text-anchor="{anchor}">{second:.0f} s</text>'
        )
    return parts


def _line(name: str, long: Sustained, colour: str, scale: _Scale) -> list[str]:
    points = " ".join(
        f"{scale.x(index + 0.5):.1f},{scale.y(second.frames):.1f}"
        for index, second in enumerate(long.seconds)
    )
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5">'
        f"<title>{escape(name)}</title></polyline>"
    ]
